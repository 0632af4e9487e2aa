import Foundation
import PosternCredentials
import PosternModel
import PosternPipeline
import PosternPolicy
import PosternTesting
import Testing

/// Dry runs beside the sends they stand for, on policies, drafts and days of all kinds.
@Suite struct PreflightTests {
    /// How many sends are drawn; `POSTERN_PREFLIGHTS=100000` draws as many as are promised.
    static let draws =
        ProcessInfo.processInfo.environment["POSTERN_PREFLIGHTS"].flatMap { Int($0) } ?? 3000
    private static let policies = 30

    @Test func `a dry run answers as the send would, passwords aside, and changes nothing`()
        async throws
    {
        var random = Seeded(seed: 4)
        var words: [String: Int] = [:]
        for policy in 1...Self.policies {
            let corridor = try Corridor(policy: Self.policy(&random))
            let hash = try await corridor.passwords.hash(Corridor.password)
            for draw in 1...max(1, Self.draws / Self.policies) {
                let intent = try Self.prepare(corridor, hash, &random)
                let before = corridor.ledger.snapshot
                var rehearsal = intent
                rehearsal.dryRun = true
                let foreseen = await corridor.send(rehearsal)
                let after = corridor.ledger.snapshot
                #expect(
                    after.settled.isEmpty && after.used == before.used
                        && after.attempts == before.attempts && after.upgrades == before.upgrades)
                let sent = await corridor.send(intent)
                #expect(
                    Self.agree(foreseen, sent),
                    "policy \(policy), draw \(draw): \(foreseen) and \(sent)")
                words[sent.word, default: 0] += 1
            }
        }
        // Nothing is shown by draws that all end alike.
        let refused = RefusalCode.allCases.filter { (words["\($0.rawValue)"] ?? 0) > 0 }
        #expect(refused.count >= 15, "\(words)")
        #expect((words["accepted"] ?? 0) > Self.draws / 20, "\(words)")
        #expect((words[OperationCode.OwnCode.cellsUnserved.rawValue] ?? 0) > 0, "\(words)")
    }

    /// Whether a send ended as its dry run said; what was used of the day in between is the send's own.
    private static func agree(_ foreseen: SendOutcome, _ sent: SendOutcome) -> Bool {
        switch (foreseen, sent) {
        case (.wouldAccept(let preview), .accepted(let acceptance)):
            preview.stamp.policy == acceptance.stamp.policy && !acceptance.replayed
        case (.wouldAccept(let preview), .refused(let refusal)):
            preview.passwordRequired && refusal.objections.map(\.code) == [.passwordWrong]
        case (.refused(let one), .refused(let other)):
            one.objections == other.objections && one.remedies == other.remedies
                && one.retryAt == other.retryAt && one.found == other.found
                && one.stamp.quota == other.stamp.quota
        case (.obstructed(let one), .obstructed(let other)):
            one.refusal == other.refusal && one.missing == other.missing
        case (.failed(let one), .failed(let other)): one.fault == other.fault
        default: false
        }
    }

    // MARK: - Anything at all

    private static func policy(_ random: inout Seeded) -> String {
        func flag() -> String { Bool.random(using: &random) ? "yes" : "no" }
        func mostly() -> String { random.rarely() ? "no" : "yes" }
        let relaxable = [
            "reply.allowed", "reply-all.allowed", "forward.allowed", "fyeo.right",
            "confidential.right", "expiry.allowed", "expiry.range", "recipients.limit",
            "recipients.disabled", "recipients.allowed", "invitations.allowed", "challenge.single",
            "challenge.several", "content.banned.secrets", "quota.daily",
        ]
        let rules = relaxable.filter { _ in random.rarely() }.map { rule in
            let exception =
                "exceptions: [{groups: [staff], until: 2026-03-10, owner: a, ticket: b}]"
            return "  \(rule): {\(random.rarely() ? exception : "mode: shadow")}"
        }
        return """
            version: 1
            timeZone: Europe/Zurich
            defaultGroup: staff
            attempts: {warnAfter: 2, lockAfter: 3, burnAfter: never}
            expiryGroups: {week: 1w}
            keywordLists:
              secrets: {file: keywords/secrets.txt}
              rumours: {file: keywords/rumours.txt}
              patients: {file: keywords/patients.txt, threshold: 2}
            groups:
              staff:
                dailyMessages: \(Int.random(in: 0...4, using: &random))
                dailyInvites: \(Int.random(in: 0...4, using: &random))
                recipientLimit: \(Int.random(in: 2...5, using: &random))
                confidential: \(mostly())
                fyeo: \(mostly())
                reply: \(mostly())
                replyAll: \(mostly())
                forward: \(mostly())
                mayWriteTo: \(random.rarely() ? "{contacts: yes, groups: [guests]}" : "anyone")
                phones: {allowed: \(mostly()), prefixes: [+41]}
                cells: {allowed: \(mostly())}
                expiry: {allowed: \(flag()), minimum: 1h, maximum: 10d, default: 5d}
                inviting: {allowed: \(mostly()), deniedDomains: [bad.example]}
                challenge: {required: \(flag())}
                keywordLists: all
              guests:
                inherits: staff
                dailyMessages: 1
            rules:
              content.banned.rumours: {mode: shadow}
            \(rules.joined(separator: "\n"))
            """
    }

    /// Puts a draft before the corridor, on a day of which something was used, and draws how it is sent.
    private static func prepare(
        _ corridor: Corridor, _ hash: PasswordHash, _ random: inout Seeded
    ) throws -> SendIntent {
        let draft = try draft(&random)
        let loaded = try loaded(draft, hash, &random)
        let used = QuotaUse(
            messages: Int.random(in: 0...2, using: &random),
            invites: Int.random(in: 0...3, using: &random))
        let group = random.rarely() ? "guests" : "staff"
        let wrong = random.rarely() ? Int.random(in: 1...3, using: &random) : 0
        let isVouched = !random.rarely(), isGone = random.rarely() && random.rarely()
        let handle = Handle("ann")
        corridor.ledger.change { state in
            state.drafts = isGone ? [:] : [draft.guid: loaded]
            state.settled = [:]
            state.entries = []
            state.used = [Corridor.ann: ["2026-03-10": used]]
            state.attempts = [MessageGUID.random(): [Corridor.ann: wrong]]
            for token in state.sessions.keys {
                state.sessions[token]?.group = group
                state.sessions[token]?.handle = isVouched ? handle : nil
            }
        }
        let passwords = [Corridor.password, Corridor.password, Secret("wrong"), nil]
        return SendIntent(
            credential: Corridor.token, draft: draft.guid,
            password: passwords.randomElement(using: &random) ?? nil,
            inviteNewUsers: !random.rarely(), sendEmailNotification: random.rarely(),
            challengeCode: random.rarely() ? nil : Secret("tulip"))
    }

    private static func draft(_ random: inout Seeded) throws -> Draft {
        let words = ["good morning", "the merger", "vpn password", "a diagnosis", "the biopsy"]
        func text() -> String {
            random.rarely()
                ? words.shuffled(using: &random).prefix(2).joined(separator: ", ") : words[0]
        }
        var draft = Draft(
            guid: .random(), owner: AccountID(rawValue: random.rarely() && random.rarely() ? 2 : 1),
            to: [try Corridor.address("bob@example.org")], subject: text(), body: text())
        if random.rarely() { draft.attachmentNames = [text() + ".txt"] }
        if random.rarely() {
            draft.action = MessageAction.allCases.randomElement(using: &random) ?? .reply
        }
        if draft.action != .new { draft.parent = .random() }
        if random.rarely() {
            draft.options.fyeoType = FYEOType.allCases.randomElement(using: &random) ?? .disabled
        }
        if random.rarely() {
            draft.expiry.date = HandClock().now().advanced(
                by: .seconds(Int.random(in: -2...12, using: &random) * 86_400))
        }
        if random.rarely() { draft.expiry.group = random.rarely() ? "none" : "week" }
        return draft
    }

    private static func loaded(
        _ draft: Draft, _ hash: PasswordHash, _ random: inout Seeded
    ) throws -> LoadedDraft {
        func record(_ name: String) throws -> RecipientRecord {
            let standing: RecipientStanding =
                random.rarely()
                ? [.pending, .disabled, .unknown].randomElement(using: &random) ?? .unknown
                : .active
            return RecipientRecord(
                address: try Corridor.address(
                    "\(name)@\(random.rarely() ? "bad.example" : "good.example")"),
                standing: standing,
                group: standing == .unknown ? nil : random.rarely() ? "guests" : "staff",
                contact: Bool.random(using: &random), challengePassed: random.rarely())
        }
        let recipients = try (0..<Int.random(in: random.rarely() ? 0...6 : 1...2, using: &random))
            .map { try record("r\($0)") }
        var outsiders: [Outsider] = []
        if random.rarely() {
            let number = random.rarely() ? "+16505551234" : "+41441234567"
            outsiders.append(.phone(try #require(PhoneNumber(number))))
        }
        if random.rarely() {
            outsiders.append(.cell(try #require(CellURL("https://lab.example/ann/"))))
        }
        var parent: ParentRecord?
        if draft.action != .new, !random.rarely() {
            parent = ParentRecord(
                sender: try recipients.first ?? record("parent"),
                recalled: random.rarely() && random.rarely(),
                options: MessageOptions(
                    allowForward: !random.rarely(), allowReply: !random.rarely(),
                    allowReplyAll: !random.rarely()), wasBlindCopied: random.rarely())
        }
        let isCompared =
            draft.options.fyeoType == .accountPassword
            || draft.options.fyeoType == .uniquePassword && random.rarely()
        return LoadedDraft(
            draft: draft, recalled: random.rarely() && random.rarely(), parent: parent,
            recipients: recipients, used: QuotaUse(messages: 0, invites: 0),
            attempts: AttemptFacts(message: 0, principal: 0),
            passwordHash: isCompared ? hash : nil,
            uploadsPending: random.rarely() && random.rarely(), outsiders: outsiders)
    }
}

extension Seeded {
    /// True once in four draws.
    mutating func rarely() -> Bool { Int.random(in: 0..<4, using: &self) == 0 }
}
