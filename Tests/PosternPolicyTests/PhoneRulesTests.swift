import Foundation
import PosternModel
import PosternPolicy
import Testing

@Suite struct PhoneRulesTests {
    private static let zurich = OutsiderKind.phones.outsiders[0]
    private static let california = OutsiderKind.phones.outsiders[1]

    // MARK: - The rule

    @Test func `people and telephones are counted apart and removed together`() throws {
        let decision = Fixtures.judge(
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
        let policy = try OutsiderKind.phones.policy(
            staff: "{ allowed: no }", guests: "{ allowed: yes }")
        #expect(Fixtures.judge(policy, [Self.zurich], by: "guests").answer == .allow)
        var send = Fixtures.send("guests", to: [policy.classify(Self.zurich, for: "guests")])
        send.inviteAsked = false
        send.invitesUsed = 3
        #expect(policy.decide(Fixtures.facts(send), at: Fixtures.noon).answer == .allow)
    }

    @Test func `an explanation shows the values of telephones with the rule`() throws {
        let policy = try OutsiderKind.phones.policy(staff: "{ allowed: yes, prefixes: [+41] }")
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
        let policy = try OutsiderKind.phones.policy(staff: "{ allowed: yes }")
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
