import Foundation
import PosternModel
import PosternPolicy
import Testing

@Suite struct PhoneRulesTests {
    private static let zurich = phone("+41441234567")
    private static let california = phone("+16505551234")

    private static func phone(_ text: String) -> Outsider {
        guard let phone = PhoneNumber(text) else { preconditionFailure("a well-formed number") }
        return .phone(phone)
    }

    /// The fixture with `phones` for `staff`, and for `guests`, who inherit.
    private static func policy(staff: String, guests: String = "") throws -> Policy {
        try Fixtures.policy(
            ("forward: yes\n", "forward: yes\n    phones: \(staff)\n"),
            (
                "inviting: { allowed: no }",
                "inviting: { allowed: no }" + (guests.isEmpty ? "" : "\n    phones: \(guests)")
            ))
    }

    struct Reach: Sendable {
        var staff: String
        var guests = ""
        /// Whom staff reach, then whom guests do: Zurich and California.
        var reached: [Bool]
    }

    @Test(arguments: [
        Reach(staff: "{ allowed: yes }", reached: [true, true, true, true]),
        Reach(staff: "{ allowed: no }", reached: [false, false, false, false]),
        Reach(staff: "{ prefixes: [+41] }", reached: [false, false, false, false]),
        Reach(
            staff: "{ allowed: yes, prefixes: [+41, +1650555] }", guests: "{ prefixes: [+41791] }",
            reached: [true, true, false, false]),
        Reach(
            staff: "{ allowed: yes, prefixes: [\"+41\"] }", guests: "{ prefixes: any }",
            reached: [true, false, true, true]),
        Reach(
            staff: "{ allowed: yes, prefixes: [+41] }", guests: "{ allowed: no }",
            reached: [true, false, false, false]),
        Reach(
            staff: "{ allowed: yes, prefixes: [+416, +16505551234] }",
            reached: [false, true, false, true]),
    ])
    func `a telephone is reached by its prefix, where any is`(_ reach: Reach) throws {
        let policy = try Self.policy(staff: reach.staff, guests: reach.guests)
        let numbers = [Self.zurich, Self.california]
        let classes = ["staff", "guests"].flatMap { group in
            numbers.map { policy.classify($0, for: group) }
        }
        #expect(classes.map(\.invitable) == reach.reached)
        for phone in classes {
            #expect(phone.standing == .phone && phone.group == nil && phone.count == 1)
            #expect(!phone.contact && !phone.challenged)
        }
    }

    @Test func `nobody writes to telephones where the policy says nothing of them`() throws {
        let policy = try Fixtures.policy()
        #expect(!policy.classify(Self.zurich, for: "staff").invitable)
        #expect(!policy.classify(Self.zurich, for: "no such group").invitable)
    }

    @Test func `a record of the ledger cannot pass for a telephone`() throws {
        let policy = try Self.policy(staff: "{ allowed: yes }")
        let record = RecipientRecord(
            address: try #require(EmailAddress("a@example.org")), standing: .phone)
        #expect(!policy.classify(record, for: "staff").invitable)
    }

    @Test func `each value of telephones says where it comes from`() throws {
        let policy = try Self.policy(
            staff: "{ allowed: yes, prefixes: [+41, +1650] }", guests: "{ allowed: no }")
        func lines(_ policy: Policy, _ group: String) -> [String] {
            policy.effective(group).filter { $0.name.hasPrefix("phones") }
                .map { "\($0.name): \($0.value) (\($0.provenance))" }
        }
        #expect(
            lines(policy, "staff") == [
                "phones.allowed: yes (policy.yaml:20)",
                "phones.prefixes: [+41, +1650] (policy.yaml:20)",
            ])
        #expect(
            lines(policy, "guests") == [
                "phones.allowed: no (policy.yaml:31)",
                "phones.prefixes: [+41, +1650] (policy.yaml:20, inherited from staff)",
            ])
        #expect(
            lines(try Fixtures.policy(), "staff") == [
                "phones.allowed: no (built in)", "phones.prefixes: any (built in)",
            ])
    }

    // MARK: - The rule

    private static func judge(
        _ policy: Policy, _ numbers: [Outsider], by group: String = "staff",
        besides classes: [RecipientClass] = []
    ) -> Decision {
        let phones = numbers.map { policy.classify($0, for: group) }
        return policy.decide(
            Fixtures.facts(Fixtures.send(group, to: phones + classes)), at: Fixtures.noon)
    }

    @Test func `telephones that may not be written to are refused with 49 and counted`() throws {
        let none = Self.judge(try Fixtures.policy(), [Self.zurich], besides: [Fixtures.colleague])
        #expect(none.objections.map(\.code) == [.recipientNotAllowed])
        #expect(
            none.objections.first?.sentence == "Your group may not write to telephone numbers.")
        #expect(none.remedies == [.removeForbiddenRecipients(count: 1)])

        let near = try Self.policy(staff: "{ allowed: yes, prefixes: [+41] }")
        let some = Self.judge(
            near, [Self.zurich, Self.california, Self.phone("+442071234567")])
        #expect(
            some.objections.map(\.sentence) == [
                "Your group may not write to 2 of the telephone numbers."
            ])
        #expect(some.remedies == [.removeForbiddenRecipients(count: 2)])
        #expect(Self.judge(near, [Self.zurich]).answer == .allow)
        #expect(Self.judge(near, [Self.california]).remedies == nil)
    }

    @Test func `people and telephones are counted apart and removed together`() throws {
        let decision = Self.judge(
            try Fixtures.policy(), [Self.zurich, Self.california], by: "guests",
            besides: [
                Fixtures.colleague,
                RecipientClass(standing: .active, group: "guests", contact: true, count: 2),
            ])
        #expect(
            decision.objections.map(\.sentence) == [
                "Your group may not write to 2 of the recipients. Your group may not write to telephone numbers."
            ])
        #expect(decision.remedies == [.removeForbiddenRecipients(count: 4)])
    }

    @Test func `whom a group may write to, invite or challenge is not asked of a telephone`() throws
    {
        let policy = try Self.policy(staff: "{ allowed: no }", guests: "{ allowed: yes }")
        #expect(Self.judge(policy, [Self.zurich], by: "guests").answer == .allow)
        var send = Fixtures.send("guests", to: [policy.classify(Self.zurich, for: "guests")])
        send.inviteAsked = false
        send.invitesUsed = 3
        #expect(policy.decide(Fixtures.facts(send), at: Fixtures.noon).answer == .allow)
    }

    @Test func `telephones count as recipients`() throws {
        let policy = try Self.policy(staff: "{ allowed: yes }")
        let send = Fixtures.send(
            to: [RecipientClass(standing: .phone, group: nil, count: 6)])
        let decision = policy.decide(Fixtures.facts(send), at: Fixtures.noon)
        #expect(decision.objections.map(\.code) == [.recipientLimit])
        #expect(decision.remedies == [.removeRecipients(count: 1)])
    }

    @Test func `an explanation shows the values of telephones with the rule`() throws {
        let policy = try Self.policy(staff: "{ allowed: yes, prefixes: [+41] }")
        let send = Fixtures.send(to: [policy.classify(Self.california, for: "staff")])
        let lines = policy.explain(Fixtures.facts(send), at: Fixtures.noon).lines
        let line = try #require(lines.first { $0.contains("recipients.allowed") })
        #expect(line.hasPrefix("OBJECT"))
        #expect(line.contains("phones.prefixes: [+41] [policy.yaml:20]"))
    }

    @Test func `what was logged before there were telephones reads the same`() throws {
        let policy = try Fixtures.policy()
        let old = """
            {"draft":"visible","send":{"action":"new","attempts":{"message":0,"principal":0},\
            "challengeCodeGiven":false,"content":[],"expiry":{},"fyeo":"disabled","group":"staff",\
            "inviteAsked":true,"invitesUsed":0,"messagesUsed":0,"password":"notEvaluated",\
            "passwordGiven":false,"passwordMustMatch":false,"recalled":false,"recipients":{"bcc":0,\
            "cc":0,"classes":[{"challenged":false,"contact":true,"count":1,"group":"staff",\
            "invitable":true,"standing":"active"}],"to":1}},"session":"valid","version":1}
            """
        let facts = try JSONDecoder().decode(Facts.self, from: Data(old.utf8))
        #expect(facts == Fixtures.facts(Fixtures.send()))
        #expect(policy.decide(facts, at: Fixtures.noon).answer == .allow)
        var send = Fixtures.send()
        send.recipients.classes = [policy.classify(Self.zurich, for: "staff")]
        let logged = try JSONEncoder().encode(Fixtures.facts(send))
        #expect(try JSONDecoder().decode(Facts.self, from: logged) == Fixtures.facts(send))
    }

    // MARK: - Files

    @Test func `what a case says of a telephone is its number`() throws {
        let policy = try Self.policy(staff: "{ allowed: yes }")
        let text = """
            cases:
              - name: A
                group: staff
                recipients: [{ phone: "+41 79 123 45 67" }]
                answer: allow
              - name: B
                group: staff
                recipients: [{ phone: +41791234567, contact: yes }]
                answer: allow
              - name: C
                group: staff
                recipients: [{ standing: phone }]
                answer: allow
            """
        let result = PolicyFolder.loadCases(files: ["cases/a.yaml": Array(text.utf8)], for: policy)
        guard case .failure(let faults) = result else {
            Issue.record("it loaded")
            return
        }
        #expect(faults.faults.map { "\($0.line):\($0.column)" } == ["4:27", "8:41", "12:20"])
        #expect(faults.faults.map(\.suggestion) == ["+41791234567", nil, nil])
    }
}
