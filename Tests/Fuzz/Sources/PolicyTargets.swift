import PosternModel

@testable import PosternPolicy

extension FuzzTarget {
    /// A policy folder: it loads or is refused with places in its own files, and what loads can decide anything.
    ///
    /// Files stand after lines `=== name`; the first is `policy.yaml`. `cases/….yaml` are read as cases.
    static let policy = FuzzTarget(name: "policy", longest: 8192) { bytes in
        let files = FuzzInput.files(bytes, first: "policy.yaml")
        let loaded = PolicyFolder.load(files: files)
        switch loaded {
        case .failure(let error): check(error)
        case .success(let policy):
            var input = FuzzInput(bytes.reversed())
            for _ in 0..<8 { check(policy, &input) }
            for name in policy.groupNames + ["nobody's"] {
                require(!policy.effective(name).isEmpty, "every value has a place")
                _ = policy.keywordListIDs(for: name)
                let attachments = policy.attachmentRules(for: name)
                require(
                    (1...attachments.maximumTotal).contains(attachments.maximumSize)
                        && attachments.maximumCount > 0,
                    "what may be attached is more than nothing")
                for type in attachments.deniedTypes {
                    require(attachments.denies(fileName: "a.\(type) .b"), "denied is denied")
                }
                _ = attachments.denies(fileName: String(decoding: bytes, as: UTF8.self))
            }
            require(
                !policy.ruleIDs.isEmpty && policy.groupNames.contains(policy.defaultGroup),
                "it has groups")
            switch PolicyFolder.loadCases(files: files, for: policy) {
            case .success(let cases): _ = cases.run(policy) { _ in [] }.lines
            case .failure(let error): check(error)
            }
        }
        if case .success(let again) = PolicyFolder.load(files: files),
            case .success(let policy) = loaded
        {
            require(again.digest == policy.digest, "the digest is of the files alone")
        }
    }

    /// The shipped policy's decision on any facts at any time.
    static let decision = FuzzTarget(name: "decision", longest: 256) { bytes in
        guard let shipped else {
            fatalError("run from the top of the checkout: no policies/policy.yaml")
        }
        var input = FuzzInput(bytes)
        check(shipped, &input)
    }

    private static let shipped = try? PolicyFolder.load(at: "policies").get()

    private static func check(_ faults: PolicyFaults) {
        require(!faults.faults.isEmpty, "a refusal says why")
        for fault in faults.faults {
            require(fault.line >= 1 && fault.column >= 1, "a fault has a place: \(fault)")
            require(!fault.file.isEmpty && !fault.message.isEmpty, "and a sentence")
        }
    }

    private static func check(_ policy: Policy, _ input: inout FuzzInput) {
        let facts = facts(&input, policy)
        let instant = instant(&input)
        let decision = policy.decide(facts, at: instant)
        require(
            policy.decide(facts, at: instant) == decision,
            "a decision depends on facts and time alone")
        require(
            (decision.answer == .refuse) == !decision.objections.isEmpty, "a no has an objection")
        require(
            policy.explain(facts, at: instant).decision == decision,
            "the explanation explains this decision")
        _ = policy.explain(facts, at: instant).lines
        if facts.session != .valid || facts.draft != .visible {
            require(decision.answer == .refuse, "nothing passes without a session and a draft")
        }
        let day = policy.day(at: instant)
        require(day.startsAt <= instant && instant < day.endsAt, "an instant is within its day")
        if let remedies = decision.remedies { _ = facts.applying(remedies, under: policy) }
        if let quota = decision.quota {
            require(
                (0...max(0, quota.limit)).contains(quota.remaining),
                "what remains is within the limit")
        }
    }

    private static func instant(_ input: inout FuzzInput) -> Instant {
        // Years 1970 to 2106 by the second; loaded policies give dates to the millisecond at most.
        var seconds: Int64 = 0
        for _ in 0..<4 { seconds = seconds << 8 | Int64(input.byte()) }
        return Instant(milliseconds: seconds * 1000 + Int64(input.byte()))
    }

    private static func facts(_ input: inout FuzzInput, _ policy: Policy) -> Facts {
        let session = input.number(below: 8) == 0 ? input.pick(SessionFact.allCases) : .valid
        let draft = input.number(below: 8) == 0 ? input.pick(DraftFact.allCases) : .visible
        if input.number(below: 16) == 15 { return Facts(session: session, draft: draft) }
        let groups = policy.groupNames + ["nobody's", ""]
        func recipients(_ input: inout FuzzInput) -> RecipientClass {
            RecipientClass(
                standing: input.pick(RecipientStanding.allCases),
                group: input.flag() ? input.pick(groups) : nil, contact: input.flag(),
                invitable: input.flag(), challenged: input.flag(), count: input.count())
        }
        var addressed = RecipientFacts(to: input.count(), cc: input.count(), bcc: input.count())
        for _ in 0..<input.number(below: 5) { addressed.classes.append(recipients(&input)) }
        var send = SendFacts(
            group: input.pick(groups), recipients: addressed,
            action: input.pick(MessageAction.allCases))
        if input.flag() {
            send.parent = ParentFacts(
                recalled: input.flag(), allowReply: input.flag(), allowReplyAll: input.flag(),
                allowForward: input.flag(), wasBlindCopied: input.flag(),
                recipientsBesidesSender: input.count(),
                sender: input.flag() ? recipients(&input) : nil)
        }
        send.recalled = input.number(below: 8) == 0
        send.fyeo = input.pick(FYEOType.allCases)
        switch input.number(below: 6) {
        case 0: send.expiry.date = instant(&input)
        case 1: send.expiry.group = input.pick(policy.expiryGroups.keys.sorted() + ["none"])
        case 2: send.expiry.date = Instant(milliseconds: input.flag() ? .max : .min)
        default: break
        }
        send.passwordGiven = input.flag()
        send.password = input.pick(PasswordFact.allCases)
        send.passwordMustMatch = input.flag()
        send.inviteAsked = input.flag()
        send.challengeCodeGiven = input.flag()
        for _ in 0..<input.number(below: 4) {
            send.content.append(
                ContentHit(
                    list: input.pick(policy.keywordLists.map(\.id) + ["none"]),
                    part: input.pick(MessagePart.allCases), distinct: input.count(), spans: []))
        }
        send.messagesUsed = input.count()
        send.invitesUsed = input.count()
        send.attempts = AttemptFacts(message: input.count(), principal: input.count())
        return Facts(session: session, draft: draft, send: send)
    }
}
