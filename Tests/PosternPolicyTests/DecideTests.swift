import Foundation
import PosternModel
import PosternPolicy
import Testing

@Suite struct DecideTests {
    @Test func `the codes of a send with everything wrong come in check order`() throws {
        let policy = try Fixtures.policy(
            ("replyAll: yes", "replyAll: no"), ("confidential: yes", "confidential: no"))
        var send = Fixtures.send(
            "guests",
            to: [
                RecipientClass(standing: .active, group: "guests", count: 4),
                RecipientClass(standing: .disabled, group: "staff"),
                RecipientClass(standing: .unknown, group: nil, challenged: true, count: 2),
            ],
            action: .reply,
            parent: ParentFacts(recalled: true, allowReply: false, recipientsBesidesSender: 6))
        send.fyeo = .accountPassword
        send.password = .wrong
        send.expiry.date = Fixtures.noon
        send.content = [ContentHit(list: "secrets", part: .body, distinct: 2, spans: [])]
        send.messagesUsed = 2
        let decision = policy.decide(Fixtures.facts(send), at: Fixtures.noon)
        #expect(
            decision.objections.map(\.code.rawValue) == [
                915, 908, 77, 930, 76, 51, 74, 8871, 49, 30, 45, 17, 28, 38,
            ])
        #expect(decision.objections.map(\.code) == decision.objections.map(\.code).sorted())
        #expect(decision.answer == .refuse)
        #expect(decision.retryAt == nil)
        #expect(decision.expiresAt == nil)
        for objection in decision.objections {
            #expect(objection.sentence.hasSuffix("."))
            #expect(!objection.sentence.contains("secrets"))
        }
    }

    @Test func `rule ids follow the order of the codes`() throws {
        let policy = try Fixtures.policy()
        let facts = Fixtures.facts(Fixtures.send())
        let rules = policy.explain(facts, at: Fixtures.noon).rules
        #expect(rules.map(\.rule) == policy.ruleIDs)
        #expect(rules.map(\.code) == rules.map(\.code).sorted())
        #expect(Set(rules.map(\.code)) == Set(RefusalCode.allCases))
    }

    @Test(arguments: SessionFact.allCases, DraftFact.allCases)
    func `without a session or a draft nothing more is said`(
        _ session: SessionFact, _ draft: DraftFact
    ) throws {
        let policy = try Fixtures.policy()
        var send = Fixtures.send()
        send.recalled = true
        let decision = policy.decide(
            Facts(session: session, draft: draft, send: send), at: Fixtures.noon)
        let expected: [RefusalCode] =
            session != .valid
            ? [.sessionInvalid] : draft != .visible ? [.messageNotFound] : [.messageRecalled]
        #expect(decision.objections.map(\.code) == expected)
        #expect((decision.quota == nil) == (expected != [.messageRecalled]))
    }

    @Test func `a visible draft without facts is refused`() throws {
        let decision = try Fixtures.policy().decide(
            Facts(session: .valid, draft: .visible, send: nil), at: Fixtures.noon)
        #expect(decision.objections.map(\.code) == [.messageNotFound])
    }

    @Test func `a message to nobody is refused whatever the policy relaxes`() throws {
        let policy = try Fixtures.policy(
            ("groups:\n", "rules: { recipients.limit: { mode: shadow } }\ngroups:\n"))
        for classes in [[], [RecipientClass(standing: .active, group: "staff", count: 0)]] {
            let decision = policy.decide(
                Fixtures.facts(Fixtures.send(to: classes)), at: Fixtures.noon)
            #expect(decision.objections.map(\.rule) == ["recipients.present"])
            #expect(decision.objections.first?.code == .recipientLimit)
        }
    }

    @Test(arguments: [
        (FYEOType.disabled, false, PasswordFact.notEvaluated, Decision.Answer.allow),
        (.accountPassword, false, .notEvaluated, .allowIfPasswordMatches),
        (.accountPassword, false, .matched, .allow),
        (.accountPassword, false, .wrong, .refuse),
        (.accountPassword, true, .attemptsUsedUp, .refuse),
        (.uniquePassword, false, .notEvaluated, .allow),
        (.uniquePassword, true, .notEvaluated, .allowIfPasswordMatches),
        (.uniquePassword, true, .matched, .allow),
    ])
    func `a yes waits for a password exactly where one is to be compared`(
        _ fyeo: FYEOType, _ mustMatch: Bool, _ password: PasswordFact, _ answer: Decision.Answer
    ) throws {
        var send = Fixtures.send()
        send.fyeo = fyeo
        send.passwordGiven = fyeo != .disabled
        send.passwordMustMatch = mustMatch
        send.password = password
        let decision = try Fixtures.policy().decide(Fixtures.facts(send), at: Fixtures.noon)
        #expect(decision.answer == answer)
    }

    @Test(arguments: [
        (2, "The password is wrong. 2 more attempts will be checked."),
        (0, "The password is wrong."),
        (3, "The password is wrong. 1 more attempt will be checked."),
        (
            4,
            "The password is wrong. No more attempts will be checked until an administrator unlocks them."
        ),
    ])
    func `a wrong password warns before the lock`(_ before: Int, _ sentence: String) throws {
        var send = Fixtures.send()
        send.fyeo = .accountPassword
        send.passwordGiven = true
        send.password = .wrong
        send.attempts.principal = before
        let decision = try Fixtures.policy().decide(Fixtures.facts(send), at: Fixtures.noon)
        #expect(decision.objections.map(\.sentence) == [sentence])
    }

    @Test func `an exception holds to its very instant`() throws {
        let policy = try Fixtures.policy(
            (
                "groups:\n",
                """
                rules:
                  recipients.limit:
                    exceptions:
                      - { groups: [staff], until: "2026-03-02T12:00:00Z", owner: a, ticket: b }
                  quota.daily:
                    exceptions:
                      - { groups: [staff], until: 2026-03-02, owner: a, ticket: b }
                groups:

                """
            ))
        var send = Fixtures.send(to: [RecipientClass(standing: .active, group: "staff", count: 6)])
        func codes(_ instant: Instant) -> [RefusalCode] {
            policy.decide(Fixtures.facts(send), at: instant).objections.map(\.code)
        }
        #expect(codes(Fixtures.noon.advanced(by: .milliseconds(-1))) == [])
        #expect(codes(Fixtures.noon) == [.recipientLimit])
        send.messagesUsed = 10
        #expect(codes(Fixtures.noon) == [.recipientLimit])
        let midnight = try Fixtures.instant("2026-03-03T00:00:00+01:00")
        #expect(codes(midnight.advanced(by: .milliseconds(-1))) == [.recipientLimit])
        #expect(codes(midnight) == [.recipientLimit, .quotaExhausted])
        #expect(policy.dailyLimits(for: "staff", at: Fixtures.noon).messages == .max)
        #expect(policy.dailyLimits(for: "staff", at: midnight).messages == 10)
        #expect(policy.dailyLimits(for: "staff", at: midnight).invites == 3)
        #expect(policy.dailyLimits(for: "guests", at: midnight).invites == 0)
    }

    @Test func `a rule in shadow mode reports and refuses nothing`() throws {
        let policy = try Fixtures.policy(
            ("groups:\n", "rules: { content.banned.secrets: { mode: shadow } }\ngroups:\n"))
        var send = Fixtures.send()
        send.content = [
            ContentHit(list: "secrets", part: .body, distinct: 1, spans: []),
            ContentHit(list: "secrets", part: .subject, distinct: 1, spans: []),
        ]
        let decision = policy.decide(Fixtures.facts(send), at: Fixtures.noon)
        #expect(decision.answer == .allow)
        #expect(decision.shadowObjections.map(\.rule) == ["content.banned.secrets"])
        send.content.removeLast()
        #expect(policy.decide(Fixtures.facts(send), at: Fixtures.noon).shadowObjections == [])
    }

    @Test func `a full quota says when to come again, and only when nothing else objects`() throws {
        let policy = try Fixtures.policy()
        var send = Fixtures.send()
        send.messagesUsed = 10
        let full = policy.decide(Fixtures.facts(send), at: Fixtures.noon)
        let midnight = try Fixtures.instant("2026-03-03T00:00:00+01:00")
        #expect(full.retryAt == midnight)
        #expect(full.remedies == [.waitUntil(midnight)])
        #expect(full.quota?.remaining == 0)
        send.recipients.classes[0].standing = .disabled
        #expect(policy.decide(Fixtures.facts(send), at: Fixtures.noon).retryAt == nil)
        let none = try Fixtures.policy(("dailyMessages: 10", "dailyMessages: 0"))
        send = Fixtures.send()
        let never = none.decide(Fixtures.facts(send), at: Fixtures.noon)
        #expect(never.retryAt == nil)
        #expect(never.remedies == nil)
    }

    /// What has been used of a day, to whom a message goes, and whether it passes by waiting.
    struct Wait: Sendable, CustomTestStringConvertible {
        var says: String
        var messages = 0
        var invites = 0
        var unknown = 0
        var edit: @Sendable (inout SendFacts) -> Void = { _ in }
        var codes: [RefusalCode]
        var helps: Bool
        var testDescription: String { says }
    }

    static let waits: [Wait] = [
        Wait(says: "no messages left", messages: 10, codes: [.quotaExhausted], helps: true),
        Wait(
            says: "too few invitations left", invites: 2, unknown: 2, codes: [.invitationRefused],
            helps: true),
        Wait(
            says: "nothing left at all", messages: 10, invites: 3, unknown: 1,
            codes: [.invitationRefused, .quotaExhausted], helps: true),
        Wait(
            says: "more invitations than a day has", unknown: 4, codes: [.invitationRefused],
            helps: false),
        Wait(
            says: "invitations that are not asked for", invites: 3, unknown: 1,
            edit: { $0.inviteAsked = false }, codes: [.invitationRefused], helps: false),
        Wait(
            says: "something else objects as well", invites: 3, unknown: 1,
            edit: { $0.recalled = true }, codes: [.messageRecalled, .invitationRefused],
            helps: false),
        Wait(
            says: "an expiry that is past by then", messages: 10,
            edit: { $0.expiry.date = Fixtures.noon.advanced(by: .seconds(7200)) },
            codes: [.quotaExhausted], helps: false),
    ]

    @Test(arguments: waits)
    func `a time to come again is named where waiting alone helps`(_ wait: Wait) throws {
        let policy = try Fixtures.policy()
        var send = Fixtures.send()
        if wait.unknown > 0 {
            send.recipients.classes.append(
                RecipientClass(standing: .unknown, group: nil, count: wait.unknown))
        }
        send.messagesUsed = wait.messages
        send.invitesUsed = wait.invites
        send.inviteAsked = true
        wait.edit(&send)
        let decision = policy.decide(Fixtures.facts(send), at: Fixtures.noon)
        #expect(decision.objections.map(\.code) == wait.codes)
        let midnight = try Fixtures.instant("2026-03-03T00:00:00+01:00")
        #expect(decision.retryAt == (wait.helps ? midnight : nil))
        if wait.helps {
            #expect(decision.remedies == [.waitUntil(midnight)])
            send.messagesUsed = 0
            send.invitesUsed = 0
            #expect(policy.decide(Fixtures.facts(send), at: midnight).answer == .allow)
        }
    }

    @Test func `the day that is told is the one that holds for the sender`() throws {
        var send = Fixtures.send()
        send.messagesUsed = 12
        send.invitesUsed = 1
        func day(_ rules: String, _ group: String = "staff") throws -> QuotaState? {
            send.group = group
            return try Fixtures.policy(("groups:\n", "rules: \(rules)\ngroups:\n"))
                .decide(Fixtures.facts(send), at: Fixtures.noon).quota
        }
        let plain = try day("{}")
        #expect(plain?.limit == 10 && plain?.remaining == 0)
        #expect(plain?.invites == QuotaState.Allowance(limit: 3, used: 1))
        #expect(plain?.invites?.remaining == 2)
        // Whoever may invite nobody has no invitations.
        #expect(try day("{}", "guests")?.invites == QuotaState.Allowance(limit: 0, used: 0))
        let spared = "exceptions: [{ groups: [staff], until: 2026-03-02, owner: a, ticket: b }]"
        for relaxed in ["mode: shadow", spared] {
            let free = try day("{ quota.daily: { \(relaxed) } }")
            #expect(free?.limit == .max && (free?.remaining ?? 0) > 0)
            #expect(free?.invites?.limit == 3)
            let inviting = try day("{ invitations.allowed: { \(relaxed) } }")
            #expect(inviting?.limit == 10)
            #expect(inviting?.invites?.limit == .max)
        }
        #expect(try day("{ quota.daily: { \(spared) } }", "guests")?.limit == 2)
    }

    @Test func `what is told of the day is no part of what a decision says`() throws {
        let policy = try Fixtures.policy()
        var send = Fixtures.send()
        let first = policy.decide(Fixtures.facts(send), at: Fixtures.noon)
        send.invitesUsed = 1
        let later = policy.decide(Fixtures.facts(send), at: Fixtures.noon)
        #expect(first != later && first.agrees(with: later))
        send.messagesUsed = 10
        #expect(!policy.decide(Fixtures.facts(send), at: Fixtures.noon).agrees(with: first))
    }

    // MARK: - The catalogue's examples

    /// What a policy is asked so that it answers with an example of the catalogue.
    struct Example: Sendable, CustomTestStringConvertible {
        var code: RefusalCode
        var old = "recipientLimit: 5"
        var new = "recipientLimit: 5"
        var edit: @Sendable (inout SendFacts) -> Void
        var testDescription: String { "\(code.rawValue)" }
    }

    /// The codes that only sends get: with the others, operations answer in the catalogue's own words.
    static let examples: [Example] = [
        Example(code: .replyAllForbidden) {
            $0.action = .reply
            $0.parent = ParentFacts(allowReplyAll: false, recipientsBesidesSender: 2)
        },
        Example(code: .expiryDisabled, old: "expiry: { allowed: yes", new: "expiry: { allowed: no")
        { $0.expiry.group = "week" },
        Example(code: .expiryInvalid, old: "maximum: 30d", new: "maximum: 365d") {
            $0.expiry.date = Fixtures.noon.advanced(by: .seconds(400 * 86_400))
        },
        Example(code: .recipientLimit, new: "recipientLimit: 100") {
            $0.recipients.classes[0].count = 120
        },
        Example(code: .recipientDisabled) { $0.recipients.classes[0].standing = .disabled },
        Example(
            code: .recipientNotAllowed, old: "mayWriteTo: anyone",
            new: "mayWriteTo: { groups: [staff] }"
        ) {
            $0.recipients.classes[0] = RecipientClass(standing: .active, group: "guests", count: 2)
        },
        Example(code: .invitationRefused) {
            $0.recipients.classes.append(RecipientClass(standing: .unknown, group: nil))
            $0.inviteAsked = false
        },
        Example(code: .challengeRequired) { $0.recipients.classes[0].challenged = true },
        Example(code: .challengeRequiredForSeveral) {
            $0.recipients.classes[0].challenged = true
            $0.recipients.classes[0].count = 3
        },
        Example(code: .bannedContent, old: "    threshold: 2\n", new: "") {
            $0.content = [ContentHit(list: "secrets", part: .body, distinct: 2, spans: [])]
        },
        Example(code: .quotaExhausted, old: "dailyMessages: 10", new: "dailyMessages: 50") {
            $0.messagesUsed = 50
        },
    ]

    @Test(arguments: examples)
    func `a sender may really read what the catalogue gives as an example`(
        _ example: Example
    ) throws {
        let policy = try Fixtures.policy((example.old, example.new))
        var send = Fixtures.send()
        example.edit(&send)
        let objections = policy.decide(Fixtures.facts(send), at: Fixtures.noon).objections
        #expect(objections.map(\.code) == [example.code])
        #expect(objections.first?.sentence == example.code.entry.example)
    }

    // MARK: - Expiry

    @Test(arguments: [
        "mode: shadow", "exceptions: [{ groups: [staff], until: 2026-03-02, owner: a, ticket: b }]",
    ])
    func `an expiry that is let pass must be within range all the same`(_ relaxed: String) throws {
        let policy = try Fixtures.policy(
            ("expiry: { allowed: yes", "expiry: { allowed: no"),
            ("groups:\n", "rules: { expiry.allowed: { \(relaxed) } }\ngroups:\n"))
        func decision(_ expiry: Expiry, at instant: Instant = Fixtures.noon) -> Decision {
            var send = Fixtures.send()
            send.expiry = expiry
            return policy.decide(Fixtures.facts(send), at: instant)
        }
        let past = try Fixtures.instant("2000-01-01T00:00:00Z")
        let far = try Fixtures.instant("9999-01-01T00:00:00Z")
        for expiry in [Expiry(date: past), Expiry(date: far), Expiry(group: "none")] {
            #expect(decision(expiry).objections.map(\.rule) == ["expiry.range"])
        }
        #expect(decision(Expiry(group: "week")).answer == .allow)
        // Where it may not be set, that is all there is to say.
        if relaxed.hasPrefix("exceptions") {
            let next = Fixtures.noon.advanced(by: .seconds(86_400))
            #expect(
                decision(Expiry(date: past), at: next).objections.map(\.rule) == ["expiry.allowed"])
        }
    }

    @Test func `expiry falls back to the default, and the earlier of two wins`() throws {
        let policy = try Fixtures.policy()
        var send = Fixtures.send()
        func expires() -> Instant? {
            policy.decide(Fixtures.facts(send), at: Fixtures.noon).expiresAt
        }
        let week = Fixtures.noon.advanced(by: .seconds(7 * 86_400))
        #expect(expires() == week)
        send.expiry.date = Fixtures.noon.advanced(by: .seconds(86_400))
        #expect(expires() == send.expiry.date)
        send.expiry.group = "week"
        #expect(expires() == send.expiry.date)
        send.expiry.date = Fixtures.noon.advanced(by: .seconds(9 * 86_400))
        #expect(expires() == week)
    }

    @Test func `unknown recipients are invited by domain, and challenged unless exempt`() throws {
        let policy = try Fixtures.policy()
        func classify(_ address: String, _ standing: RecipientStanding) throws -> RecipientClass {
            policy.classify(
                RecipientRecord(
                    address: try #require(EmailAddress(address)), standing: standing,
                    group: standing == .unknown ? nil : "staff"),
                for: "staff")
        }
        #expect(try !classify("a@bad.example", .unknown).invitable)
        #expect(try classify("a@sub.bad.example", .unknown).invitable)
        #expect(try classify("a@bad.example", .active).invitable)
        #expect(try classify("a@other.example", .unknown).challenged)
        #expect(try classify("a@other.example", .pending).challenged)
        #expect(try !classify("a@other.example", .active).challenged)
        #expect(try !classify("a@WARD.Hospital.example", .unknown).challenged)
        #expect(try classify("a@hospital.example", .unknown).challenged)
        #expect(try classify("a@evilhospital.example", .unknown).challenged)
    }

    @Test func `hostile numbers in facts do not trap`() throws {
        let policy = try Fixtures.policy()
        for number in [Int.min, -1, 0, .max] {
            var send = Fixtures.send(
                to: Array(
                    repeating: RecipientClass(
                        standing: .unknown, group: nil, challenged: true, count: 0),
                    count: 3))
            for index in send.recipients.classes.indices {
                send.recipients.classes[index].count = number
            }
            send.messagesUsed = number
            send.invitesUsed = number
            send.attempts = AttemptFacts(message: number, principal: number)
            send.password = .wrong
            send.content = Array(
                repeating: ContentHit(list: "secrets", part: .body, distinct: number, spans: []),
                count: 2)
            for milliseconds in [Int64.min, -1, 0, .max] {
                send.expiry.date = Instant(milliseconds: milliseconds)
                let at = Instant(milliseconds: milliseconds)
                let decision = policy.decide(Fixtures.facts(send), at: at)
                #expect(decision.answer == .refuse)
                _ = policy.explain(Fixtures.facts(send), at: at).lines
            }
        }
    }

    @Test func `facts and decisions survive the log`() throws {
        let policy = try Fixtures.policy()
        var send = Fixtures.send(
            "guests", action: .reply, parent: ParentFacts(sender: Fixtures.colleague))
        send.messagesUsed = 5
        let facts = Fixtures.facts(send)
        let decision = policy.decide(facts, at: Fixtures.noon)
        let encoder = JSONEncoder()
        let decoder = JSONDecoder()
        let again = try decoder.decode(Facts.self, from: encoder.encode(facts))
        #expect(again == facts)
        #expect(try decoder.decode(Decision.self, from: encoder.encode(decision)) == decision)
        #expect(policy.decide(again, at: Fixtures.noon) == decision)
    }

    @Test func `an explanation names every rule, its say and its source`() throws {
        let policy = try Fixtures.policy(
            (
                "groups:\n",
                "rules: { recipients.limit: { exceptions: [{ groups: [guests], until: 2026-12-31, owner: ann, ticket: T-1 }] } }\ngroups:\n"
            ))
        let send = Fixtures.send(
            "guests", to: [RecipientClass(standing: .active, group: "guests", count: 6)])
        let lines = policy.explain(Fixtures.facts(send), at: Fixtures.noon).lines
        let text = lines.joined(separator: "\n")
        #expect(lines.first == "answer: refuse with 49")
        #expect(text.contains("except  74    recipients.limit"))
        #expect(text.contains("ann, T-1, policy.yaml:10"))
        #expect(text.contains("OBJECT  49    recipients.allowed"))
        #expect(text.contains("dailyMessages: 2 [policy.yaml:28]"))
        #expect(text.contains("would pass: nothing the sender can do"))
        let unknown = policy.explain(Facts(session: .expired), at: Fixtures.noon)
        #expect(unknown.rules.dropFirst().allSatisfy { $0.outcome == .notReached })
        #expect(unknown.rules.first?.outcome == .objects)
    }

    /// A send to one recipient, and the rules that rest on what a policy found, those of content aside.
    private static let restingOnFindings: [(RecipientStanding, PasswordFact, [String])] = [
        (.active, .notEvaluated, []), (.disabled, .notEvaluated, []),
        (.phone, .notEvaluated, ["recipients.allowed"]),
        (.cell, .notEvaluated, ["recipients.allowed"]),
        (.pending, .notEvaluated, ["challenge.single", "challenge.several"]),
        (
            .unknown, .notEvaluated,
            ["invitations.allowed", "challenge.single", "challenge.several"]
        ),
        (.active, .matched, ["password.right"]), (.active, .wrong, ["password.right"]),
        (.active, .attemptsUsedUp, ["password.right"]),
    ]

    @Test(arguments: restingOnFindings)
    func `an explanation marks what rests on another policy's findings`(
        _ standing: RecipientStanding, _ password: PasswordFact, _ resting: [String]
    ) throws {
        let mark = "(by what was found then)"
        let past = try Fixtures.policy()
        let present = try Fixtures.policy(("dailyMessages: 10", "dailyMessages: 11"))
        var send = Fixtures.send(to: [RecipientClass(standing: standing, group: nil)])
        send.password = password
        let facts = Fixtures.facts(send)
        let explanation = present.explain(facts, at: Fixtures.noon, foundBy: past.digest)
        let marked = explanation.rules.filter { $0.restsOnEarlierFindings }
        #expect(Set(marked.map(\.rule.rawValue)) == Set(resting + ["content.banned.secrets"]))
        #expect(marked.allSatisfy { $0.line.hasSuffix(mark) })
        #expect(explanation.lines.filter { $0.hasSuffix(mark) }.count == marked.count)
        #expect(explanation.lines.last?.hasPrefix("\(mark): texts") == true)
        #expect(explanation.decision == present.decide(facts, at: Fixtures.noon))
        for own in [
            present.explain(facts, at: Fixtures.noon),
            present.explain(facts, at: Fixtures.noon, foundBy: present.digest),
            present.explain(Facts(session: .expired), at: Fixtures.noon, foundBy: past.digest),
        ] {
            #expect(!own.lines.contains { $0.contains(mark) })
        }
    }
}
