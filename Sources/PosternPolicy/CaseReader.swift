import PosternModel
import Yams

/// Reads `cases/*.yaml`, gathering every fault.
///
/// A case says what differs from an ordinary message: a new one, by a member of the group it names, to one
/// colleague of the same group who is among the sender's contacts, on a working day at noon UTC.
struct CaseReader {
    static let keys = [
        "name", "group", "at", "session", "draft", "recalled", "action", "parent", "protection",
        "password", "expiresIn", "expiryGroup", "recipients", "askToInvite", "challengeCode",
        "messagesUsed", "invitesUsed", "wrongPasswords", "subject", "body", "bodyFormat",
        "attachments", "answer", "rules", "shadows",
    ]
    /// Monday, 2 March 2026, 12:00 UTC.
    static let ordinaryInstant = Instant(milliseconds: 1_772_452_800_000)

    let policy: Policy
    let faults: FaultList

    /// What a case says about its password.
    enum PasswordWord: String, CaseIterable {
        case missing, unchecked, right, wrong
        case lockedOut = "locked-out"
    }

    func cases(_ bytes: [UInt8], file: String) -> [PolicyCase] {
        guard let root = YAMLText.compose(bytes, file: file, faults: faults),
            let fields = Fields(
                root, "a file of cases", known: ["cases"], file: file, faults: faults)
        else { return [] }
        if !fields.has("cases") { fields.fault("cases", "The key `cases` is missing.") }
        var names: [String: Int] = [:]
        return (fields.items("cases")?.value ?? []).compactMap { node in
            guard let fields = Fields(node, "a case", known: Self.keys, file: file, faults: faults)
            else { return nil }
            guard let policyCase = policyCase(fields, file: file) else { return nil }
            if let line = names.updateValue(policyCase.line, forKey: policyCase.name) {
                fields.fault("name", "The case on line \(line) has the same name.")
            }
            return policyCase
        }
    }

    private func policyCase(_ fields: Fields, file: String) -> PolicyCase? {
        let name = fields.requiredText("name")
        let group = fields.requiredText("group")
        let expectation = expectation(fields)
        if let group, !policy.groupNames.contains(group.value) {
            faults.add(
                group.place, "There is no group `\(Quote.text(group.value))`.",
                suggestion: Spelling.nearest(to: group.value, among: policy.groupNames))
        }
        let at = fields.instant("at")?.value ?? Self.ordinaryInstant
        let send = send(fields, group: group?.value ?? policy.defaultGroup, at: at)
        let session = fields.word("session", SessionFact.self)?.value ?? .valid
        let draft =
            fields.word("draft", DraftFact.self)?.value
            ?? (session == .valid ? .visible : .notLookedFor)
        let text = CaseText(
            subject: fields.text("subject")?.value ?? "", body: fields.text("body")?.value ?? "",
            bodyFormat: fields.word("bodyFormat", BodyFormat.self)?.value ?? .text,
            attachmentNames: (fields.words("attachments")?.value ?? []).map(\.value))
        let rules = ruleIDs(fields, "rules")
        let shadows = ruleIDs(fields, "shadows")
        guard let name, let expectation else { return nil }
        return PolicyCase(
            name: name.value, file: file, line: fields.place.line, at: at,
            facts: Facts(
                session: session, draft: draft,
                send: session == .valid && draft == .visible ? send : nil),
            text: text, expectation: expectation, rules: rules, shadows: shadows)
    }

    private func send(_ fields: Fields, group: String, at: Instant) -> SendFacts {
        let recipients = recipients(fields, group: group)
        let action = fields.word("action", MessageAction.self)?.value ?? .new
        var send = SendFacts(
            group: group, recipients: recipients, action: action,
            parent: parent(fields, action: action, group: group))
        send.recalled = fields.flag("recalled")?.value ?? false
        send.fyeo = fields.word("protection", FYEOType.self)?.value ?? .disabled
        if let days = fields.signedDuration("expiresIn") {
            send.expiry.date = at.advanced(by: days)
        }
        send.expiry.group = fields.text("expiryGroup")?.value
        send.inviteAsked = fields.flag("askToInvite")?.value ?? true
        send.challengeCodeGiven = fields.flag("challengeCode")?.value ?? false
        send.messagesUsed = fields.number("messagesUsed", 0...1_000_000)?.value ?? 0
        send.invitesUsed = fields.number("invitesUsed", 0...1_000_000)?.value ?? 0
        send.attempts.principal = fields.number("wrongPasswords", 0...1_000_000)?.value ?? 0
        send.attempts.message = send.attempts.principal
        // An ordinary protected message comes with its password, not yet looked at.
        send.passwordGiven = send.fyeo != .disabled
        switch fields.word("password", PasswordWord.self)?.value {
        case nil, .unchecked: break
        case .missing: send.passwordGiven = false
        case .right: send.password = .matched
        case .wrong: send.password = .wrong
        case .lockedOut: send.password = .attemptsUsedUp
        }
        return send
    }

    private func parent(_ fields: Fields, action: MessageAction, group: String) -> ParentFacts? {
        let sender = RecipientClass(standing: .active, group: group, contact: true)
        guard fields.has("parent") else {
            return action == .new ? nil : ParentFacts(sender: sender)
        }
        if fields.isScalar("parent") {
            if let text = fields.text("parent"), text.value != "gone" {
                faults.add(text.place, "`parent` must be `gone` or a mapping of what differs.")
            }
            return nil
        }
        let keys = [
            "recalled", "allowReply", "allowReplyAll", "allowForward", "wasBlindCopied",
            "recipientsBesidesSender",
        ]
        guard let inner = fields.fields("parent", "`parent`", known: keys) else { return nil }
        if action == .new {
            fields.fault("parent", "A new message has no parent: give the case an `action`.")
        }
        return ParentFacts(
            recalled: inner.flag("recalled")?.value ?? false,
            allowReply: inner.flag("allowReply")?.value ?? true,
            allowReplyAll: inner.flag("allowReplyAll")?.value ?? true,
            allowForward: inner.flag("allowForward")?.value ?? true,
            wasBlindCopied: inner.flag("wasBlindCopied")?.value ?? false,
            recipientsBesidesSender: inner.number("recipientsBesidesSender", 0...1_000_000)?.value
                ?? 0,
            sender: sender)
    }

    /// Recipients go through ``Policy/classify(_:for:)``, so that cases try the domain and challenge rules too.
    private func recipients(_ fields: Fields, group: String) -> RecipientFacts {
        guard let items = fields.items("recipients") else {
            return RecipientFacts(
                to: 1, classes: [RecipientClass(standing: .active, group: group, contact: true)])
        }
        var facts = RecipientFacts()
        for node in items.value {
            let people = ["standing", "group", "contact", "address", "challengePassed"]
            guard
                let inner = Fields(
                    node, "a recipient", known: people + ["count", "phone", "cell"],
                    file: items.place.file, faults: faults)
            else { continue }
            let count = inner.number("count", 1...1_000_000)?.value ?? 1
            facts.to += count
            if inner.has("phone") || inner.has("cell") {
                if let outsider = outsider(inner, besides: people) {
                    var recipient = policy.classify(outsider, for: group)
                    recipient.count = count
                    facts.classes.append(recipient)
                }
                continue
            }
            let standing = inner.word("standing", RecipientStanding.self)?.value ?? .active
            if standing == .phone {
                inner.fault(
                    "standing",
                    "A telephone is written by its number: `phone: \"+41791234567\"` instead of `standing`."
                )
                continue
            }
            if standing == .cell {
                inner.fault(
                    "standing",
                    "A cell is written by its address: `cell: https://unit.example/name/` instead of `standing`."
                )
                continue
            }
            let text = inner.text("address")
            let address = text.flatMap { EmailAddress($0.value) } ?? Self.someone
            if let text, EmailAddress(text.value) == nil {
                faults.add(
                    text.place,
                    "`\(Quote.text(text.value))` is not an email address such as `lab@example.org`."
                )
            }
            let known = inner.text("group")
            if let known, !policy.groupNames.contains(known.value) {
                faults.add(
                    known.place, "There is no group `\(Quote.text(known.value))`.",
                    suggestion: Spelling.nearest(to: known.value, among: policy.groupNames))
            }
            var recipient = policy.classify(
                RecipientRecord(
                    address: address, standing: standing,
                    group: standing == .unknown ? nil : known?.value ?? group,
                    contact: inner.flag("contact")?.value ?? (standing != .unknown),
                    challengePassed: inner.flag("challengePassed")?.value ?? false),
                for: group)
            recipient.count = count
            facts.classes.append(recipient)
        }
        return facts
    }

    /// A telephone or a cell, of which nothing is known but where it is.
    private func outsider(_ fields: Fields, besides others: [String]) -> Outsider? {
        let isCell = fields.has("cell")
        let others = others + (isCell ? ["phone"] : [])
        for key in others where fields.has(key) {
            fields.fault(
                key,
                isCell
                    ? "`\(key)` is not said of a cell, which has its address only."
                    : "`\(key)` is said of people: a telephone has its number only.")
        }
        return isCell ? fields.text("cell").flatMap(cell) : fields.text("phone").flatMap(phone)
    }

    private func cell(_ text: Located<String>) -> Outsider? {
        if let cell = CellURL(text.value) { return .cell(cell) }
        faults.add(
            text.place,
            "`\(Quote.text(text.value))` is not the address of a cell, such as `https://unit.example/name/`."
        )
        return nil
    }

    private func phone(_ text: Located<String>) -> Outsider? {
        if let phone = PhoneNumber(text.value) { return .phone(phone) }
        let meant = PhonePrefix.meant(by: text.value).flatMap { PhoneNumber($0.description) }
        faults.add(
            text.place,
            "`\(Quote.text(text.value))` is not a telephone number such as `+41791234567`.",
            suggestion: meant?.description)
        return nil
    }

    private static let someone: EmailAddress = {
        guard let address = EmailAddress("someone@example.org") else {
            preconditionFailure("a well-formed address")
        }
        return address
    }()

    private func expectation(_ fields: Fields) -> PolicyCase.Expectation? {
        guard let text = fields.requiredText("answer") else { return nil }
        switch text.value {
        case "allow": return .allow
        case "allow-if-password-matches": return .allowIfPasswordMatches
        default:
            if let number = Int(text.value), let code = RefusalCode(rawValue: number) {
                return .refuse(code)
            }
            faults.add(
                text.place,
                "`answer` must be `allow`, `allow-if-password-matches` or one of the twenty codes, not `\(Quote.text(text.value))`.",
                suggestion: Spelling.nearest(
                    to: text.value,
                    among: ["allow", "allow-if-password-matches"]
                        + RefusalCode.allCases.map { "\($0.rawValue)" }))
            return nil
        }
    }

    private func ruleIDs(_ fields: Fields, _ key: String) -> Set<RuleID>? {
        guard let words = fields.words(key) else { return nil }
        let known = policy.ruleIDs.map(\.rawValue)
        for word in words.value where !known.contains(word.value) {
            faults.add(
                word.place, "There is no rule `\(Quote.text(word.value))`.",
                suggestion: Spelling.nearest(to: word.value, among: known))
        }
        return Set(words.value.map { RuleID(rawValue: $0.value) })
    }
}

extension Fields {
    /// A duration that may lie in the past: `-1d`.
    func signedDuration(_ key: String) -> Duration? {
        guard let text = text(key) else { return nil }
        if text.value.hasPrefix("-"), let past = DurationText.read(String(text.value.dropFirst())) {
            return .zero - past
        }
        return duration(key)?.value ?? nil
    }
}

extension PolicyFolder {
    /// Loads the cases beside a policy.
    ///
    /// - Parameters:
    ///   - path: The policy folder.
    ///   - policy: The policy loaded from it: cases name its groups and rules.
    /// - Returns: The cases, or the place of every fault in them.
    public static func loadCases(at path: String, for policy: Policy) -> Result<
        PolicyCases, PolicyFaults
    > {
        cases(caseFiles(at: path), for: policy) { read($0, in: path) }
    }

    /// Loads cases from files in memory; those not named `cases/….yaml` are left aside.
    ///
    /// - Parameters:
    ///   - files: Contents by name relative to the folder.
    ///   - policy: The policy loaded from them.
    /// - Returns: The cases, or the place of every fault in them.
    public static func loadCases(files: [String: [UInt8]], for policy: Policy)
        -> Result<PolicyCases, PolicyFaults>
    {
        let names = files.keys.filter { $0.hasPrefix("cases/") && $0.hasSuffix(".yaml") }.sorted()
        return cases(names, for: policy) { .success(files[$0] ?? []) }
    }

    private static func cases(
        _ names: [String], for policy: Policy,
        read: (String) -> Result<[UInt8], PolicyReader.FileRefusal>
    ) -> Result<PolicyCases, PolicyFaults> {
        let faults = FaultList()
        let reader = CaseReader(policy: policy, faults: faults)
        let cases = names.flatMap { name in
            switch read(name) {
            case .success(let bytes): return reader.cases(bytes, file: name)
            case .failure(let refusal):
                faults.add(
                    Place(file: name, line: 1, column: 1), "The file of cases \(refusal.reason).")
                return []
            }
        }
        return faults.faults.isEmpty
            ? .success(PolicyCases(cases: cases)) : .failure(PolicyFaults(faults.faults))
    }
}
