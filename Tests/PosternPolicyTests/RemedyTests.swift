import PosternModel
import PosternPolicy
import Testing

@Suite struct RemedyTests {
    @Test func `one removal can mend two rules`() throws {
        let policy = try Fixtures.policy()
        let send = Fixtures.send(
            to: [
                RecipientClass(standing: .active, group: "staff", count: 4),
                RecipientClass(standing: .disabled, group: "staff", count: 3),
            ])
        let decision = policy.decide(Fixtures.facts(send), at: Fixtures.noon)
        #expect(decision.objections.map(\.code) == [.recipientLimit, .recipientDisabled])
        #expect(decision.remedies == [.removeDisabledRecipients(count: 3)])
    }

    @Test func `the design's example: fewer recipients and another expiry`() throws {
        let policy = try Fixtures.policy()
        var send = Fixtures.send(to: [RecipientClass(standing: .active, group: "staff", count: 8)])
        send.expiry.date = Fixtures.noon.advanced(by: .seconds(40 * 86_400))
        let decision = policy.decide(Fixtures.facts(send), at: Fixtures.noon)
        #expect(
            decision.remedies == [
                .removeRecipients(count: 3),
                .setExpiry(
                    notBefore: Fixtures.noon.advanced(by: .seconds(3600)),
                    notAfter: Fixtures.noon.advanced(by: .seconds(30 * 86_400))),
            ])
    }

    @Test func `a reply to all is pointed at the sender when the sender is known`() throws {
        let policy = try Fixtures.policy()
        var send = Fixtures.send(
            to: [RecipientClass(standing: .active, group: "staff", count: 7)], action: .replyAll,
            parent: ParentFacts(allowReplyAll: false, recipientsBesidesSender: 6))
        let blind = policy.decide(Fixtures.facts(send), at: Fixtures.noon)
        #expect(blind.remedies == [.startNewMessage, .removeRecipients(count: 2)])
        send.parent?.sender = Fixtures.colleague
        let known = policy.decide(Fixtures.facts(send), at: Fixtures.noon)
        #expect(known.remedies == [.addressOnlyTheParentsSender])
    }

    @Test func `protection is not given up to save an edit`() throws {
        let policy = try Fixtures.policy(("fyeo: yes", "fyeo: no"))
        var send = Fixtures.send()
        send.fyeo = .uniquePassword
        let decision = policy.decide(Fixtures.facts(send), at: Fixtures.noon)
        #expect(decision.remedies == [.changeFYEO(to: .accountPassword), .givePassword])
    }

    @Test func `a sender can do nothing about a recall, a lock or a message to nobody`() throws {
        let policy = try Fixtures.policy()
        func remedies(_ change: (inout SendFacts) -> Void) -> [Remedy]? {
            var send = Fixtures.send()
            change(&send)
            return policy.decide(Fixtures.facts(send), at: Fixtures.noon).remedies
        }
        #expect(remedies { $0.recalled = true } == nil)
        #expect(remedies { $0.recipients.classes = [] } == nil)
        #expect(remedies { $0.recipients.classes[0].standing = .disabled } == nil)
        #expect(
            remedies {
                $0.fyeo = .accountPassword
                $0.passwordGiven = true
                $0.password = .attemptsUsedUp
            } == nil)
        #expect(remedies { _ in } == [])
    }

    static let seeds = Array(UInt64(1)...16)

    @Test(arguments: seeds)
    func `the edits proposed always pass, and none of them is idle`(_ seed: UInt64) throws {
        var random = Seeded(state: seed &* 7919)
        var refused = 0
        var mended = 0
        for _ in 0..<6 {
            let policy = try Self.randomPolicy(&random)
            for _ in 0..<120 {
                let facts = Fixtures.facts(Self.randomSend(&random))
                let decision = policy.decide(facts, at: Fixtures.noon)
                #expect((decision.answer == .refuse) == !decision.objections.isEmpty)
                guard decision.answer == .refuse else {
                    #expect(decision.remedies == [])
                    continue
                }
                refused += 1
                guard let remedies = decision.remedies else { continue }
                mended += 1
                func passes(_ some: [Remedy]) -> Bool {
                    var at = Fixtures.noon
                    for case .waitUntil(let until) in some { at = until }
                    return policy.decide(facts.applying(some, under: policy), at: at).answer
                        != .refuse
                }
                #expect(passes(remedies), "\(remedies) for \(facts)")
                for index in remedies.indices {
                    var fewer = remedies
                    fewer.remove(at: index)
                    #expect(
                        !passes(fewer), "\(remedies[index]) is idle in \(remedies) for \(facts)")
                }
            }
        }
        #expect(refused > 300 && mended > 100)
    }

    @Test func `where one edit of any kind would do, one is proposed`() throws {
        var random = Seeded(state: 77)
        for _ in 0..<5 {
            let policy = try Self.randomPolicy(&random)
            for _ in 0..<50 {
                let facts = Fixtures.facts(Self.randomSend(&random))
                let decision = policy.decide(facts, at: Fixtures.noon)
                guard decision.answer == .refuse else { continue }
                let single = Self.everySingleEdit(facts, policy).first { edit in
                    var at = Fixtures.noon
                    if case .waitUntil(let until) = edit { at = until }
                    let after = facts.applying([edit], under: policy)
                    return policy.decide(after, at: at).answer != .refuse
                }
                if let single {
                    #expect(
                        decision.remedies?.count == 1,
                        "\(single) would do, not \(String(describing: decision.remedies)) for \(facts)"
                    )
                }
            }
        }
    }

    /// Every edit there is, with every count, but for those that give protection up.
    private static func everySingleEdit(_ facts: Facts, _ policy: Policy) -> [Remedy] {
        let count = facts.send?.recipients.distinct ?? 0
        let counted = (0...count).flatMap { count -> [Remedy] in
            [
                .removeDisabledRecipients(count: count), .removeForbiddenRecipients(count: count),
                .removeUninvitableRecipients(count: count),
                .removeChallengedRecipients(count: count),
                .removeRecipients(count: count),
            ]
        }
        // Removing "any" recipients must pass whichever are taken: only the limit can promise that.
        let objections = policy.decide(facts, at: Fixtures.noon).objections.map(\.code)
        let others: [Remedy] = [
            .askToInvite, .giveChallengeCode, .startNewMessage, .clearExpiry, .givePassword,
            .correctPassword, .removeBannedText(lists: policy.keywordLists.map(\.id)),
            .waitUntil(policy.day(at: Fixtures.noon).endsAt),
        ]
        return others
            + counted.filter {
                if case .removeRecipients = $0 { return objections == [.recipientLimit] }
                return true
            }
    }

    // MARK: - Anything at all

    private static func randomPolicy(_ random: inout Seeded) throws -> Policy {
        func flag() -> String { Bool.random(using: &random) ? "yes" : "no" }
        func mostly() -> String { Int.random(in: 0..<4, using: &random) > 0 ? "yes" : "no" }
        let reach = [
            "anyone", "{ contacts: yes }", "{ groups: [staff] }",
            "{ contacts: yes, groups: [guests] }",
        ]
        let shadows = [
            "recipients.limit", "quota.daily", "invitations.allowed", "content.banned.secrets",
            "recipients.disabled", "expiry.allowed",
        ]
        let limit = [1, 3, 20].randomElement(using: &random) ?? 3
        let inviting = mostly()
        let expiry = mostly()
        let challenge = flag()
        let phones = flag()
        let cells = flag()
        let mayWrite = reach.randomElement(using: &random) ?? "anyone"
        let shadow = shadows.randomElement(using: &random) ?? "quota.daily"
        let rules =
            Int.random(in: 0..<3, using: &random) == 0
            ? "rules: { \(shadow): { mode: shadow } }\n" : ""
        let rights = (flag(), flag(), mostly(), flag(), mostly())
        let messages = Int.random(in: 0...3, using: &random)
        let invites = Int.random(in: 0...4, using: &random)
        return try Fixtures.policy(
            ("groups:\n", rules + "groups:\n"), ("recipientLimit: 5", "recipientLimit: \(limit)"),
            ("dailyMessages: 10", "dailyMessages: \(messages)"),
            ("dailyInvites: 3", "dailyInvites: \(invites)"), ("fyeo: yes", "fyeo: \(rights.0)"),
            ("confidential: yes", "confidential: \(rights.1)"),
            ("    reply: yes", "    reply: \(rights.2)"),
            ("replyAll: yes", "replyAll: \(rights.3)"),
            ("forward: yes", "forward: \(rights.4)"),
            (
                "mayWriteTo: anyone",
                "phones: { allowed: \(phones) }\n    cells: { allowed: \(cells) }\n    mayWriteTo: \(mayWrite)"
            ),
            ("expiry: { allowed: yes", "expiry: { allowed: \(expiry)"),
            ("inviting: { allowed: yes", "inviting: { allowed: \(inviting)"),
            ("challenge: { required: yes", "challenge: { required: \(challenge)"))
    }

    private static func randomSend(_ random: inout Seeded) -> SendFacts {
        func rarely() -> Bool { Int.random(in: 0..<4, using: &random) == 0 }
        func some<Word: CaseIterable>(_: Word.Type) -> Word {
            Array(Word.allCases)[Int.random(in: 0..<Word.allCases.count, using: &random)]
        }
        func recipient() -> RecipientClass {
            let standing = rarely() ? some(RecipientStanding.self) : .active
            if standing == .phone || standing == .cell {
                return RecipientClass(
                    standing: standing, group: nil, invitable: !rarely(),
                    count: Int.random(in: 1...4, using: &random))
            }
            return RecipientClass(
                standing: standing,
                group: standing == .unknown
                    ? nil : ["staff", "guests", "other"].randomElement(using: &random),
                contact: Bool.random(using: &random), invitable: standing != .unknown || !rarely(),
                challenged: rarely(), count: Int.random(in: 1...4, using: &random))
        }
        let action = rarely() ? some(MessageAction.self) : .new
        var parent: ParentFacts?
        if action != .new, !rarely() {
            parent = ParentFacts(
                recalled: rarely() && rarely(), allowReply: !rarely(), allowReplyAll: !rarely(),
                allowForward: !rarely(), wasBlindCopied: rarely(),
                recipientsBesidesSender: Int.random(in: 0...2, using: &random),
                sender: Bool.random(using: &random) ? recipient() : nil)
        }
        let classes = (0..<Int.random(in: 0...4, using: &random)).map { _ in recipient() }
        var send = Fixtures.send(
            rarely() ? "guests" : "staff", to: classes, action: action, parent: parent)
        send.recalled = rarely() && rarely()
        send.fyeo = rarely() ? some(FYEOType.self) : .disabled
        send.passwordGiven = send.fyeo != .disabled && !rarely()
        send.password = send.passwordGiven ? some(PasswordFact.self) : .notEvaluated
        send.passwordMustMatch = send.fyeo == .uniquePassword && rarely()
        if rarely() {
            send.expiry.date = Fixtures.noon.advanced(
                by: .seconds(Int.random(in: -5...40, using: &random) * 86_400))
        }
        if rarely() { send.expiry.group = Bool.random(using: &random) ? "week" : "none" }
        send.inviteAsked = !rarely()
        send.challengeCodeGiven = Bool.random(using: &random)
        if rarely() {
            send.content = [
                ContentHit(
                    list: "secrets", part: .body, distinct: Int.random(in: 1...3, using: &random),
                    spans: [])
            ]
        }
        send.messagesUsed = Int.random(in: 0...2, using: &random)
        send.invitesUsed = Int.random(in: 0...4, using: &random)
        return send
    }
}
