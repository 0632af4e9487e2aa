import Foundation
import PosternModel
import PosternPolicy
import Testing

@Suite struct CellRulesTests {
    private static let lab = cell("https://lab.example/ann/")
    private static let clinic = cell("https://clinic.example:8443/unit/bob/")

    private static func cell(_ text: String) -> Outsider {
        guard let cell = CellURL(text) else { preconditionFailure("a well-formed address") }
        return .cell(cell)
    }

    /// The fixture with `cells` for `staff`, and for `guests`, who inherit.
    private static func policy(staff: String, guests: String = "") throws -> Policy {
        try Fixtures.policy(
            ("forward: yes\n", "forward: yes\n    cells: \(staff)\n"),
            (
                "inviting: { allowed: no }",
                "inviting: { allowed: no }" + (guests.isEmpty ? "" : "\n    cells: \(guests)")
            ))
    }

    struct Reach: Sendable {
        var staff: String
        var guests = ""
        /// Whom staff reach, then whom guests do: the laboratory and the clinic.
        var reached: [Bool]
    }

    @Test(arguments: [
        Reach(staff: "{ allowed: yes }", reached: [true, true, true, true]),
        Reach(staff: "{ allowed: no }", reached: [false, false, false, false]),
        Reach(
            staff: "{ units: [https://lab.example/] }", reached: [false, false, false, false]),
        Reach(
            staff: "{ allowed: yes, units: [https://lab.example/] }",
            guests: "{ units: [\"https://clinic.example:8443/unit/\"] }",
            reached: [true, false, false, true]),
        Reach(
            staff: "{ allowed: yes, units: [https://lab.example/] }", guests: "{ units: any }",
            reached: [true, false, true, true]),
        Reach(
            staff: "{ allowed: yes, units: [https://lab.example/] }", guests: "{ allowed: no }",
            reached: [true, false, false, false]),
        // A unit is the whole of its address.
        Reach(
            staff:
                "{ allowed: yes, units: [\"https://clinic.example:8443/\", https://lab.example/ann/] }",
            reached: [false, false, false, false]),
    ])
    func `a cell is reached by its unit, where any is`(_ reach: Reach) throws {
        let policy = try Self.policy(staff: reach.staff, guests: reach.guests)
        let classes = ["staff", "guests"].flatMap { group in
            [Self.lab, Self.clinic].map { policy.classify($0, for: group) }
        }
        #expect(classes.map(\.invitable) == reach.reached)
        for cell in classes {
            #expect(cell.standing == .cell && cell.group == nil && cell.count == 1)
            #expect(!cell.contact && !cell.challenged)
        }
    }

    @Test func `nobody writes to cells where the policy says nothing of them`() throws {
        let policy = try Fixtures.policy()
        #expect(!policy.classify(Self.lab, for: "staff").invitable)
        #expect(!policy.classify(Self.lab, for: "no such group").invitable)
        let record = RecipientRecord(
            address: try #require(EmailAddress("a@example.org")), standing: .cell)
        #expect(
            !(try Self.policy(staff: "{ allowed: yes }")).classify(record, for: "staff").invitable)
    }

    @Test func `each value of cells says where it comes from`() throws {
        let policy = try Self.policy(
            staff: "{ allowed: yes, units: [https://lab.example/] }", guests: "{ allowed: no }")
        func lines(_ policy: Policy, _ group: String) -> [String] {
            policy.effective(group).filter { $0.name.hasPrefix("cells") }
                .map { "\($0.name): \($0.value) (\($0.provenance))" }
        }
        #expect(
            lines(policy, "guests") == [
                "cells.allowed: no (policy.yaml:31)",
                "cells.units: [https://lab.example/] (policy.yaml:20, inherited from staff)",
            ])
        #expect(
            lines(try Fixtures.policy(), "staff") == [
                "cells.allowed: no (built in)", "cells.units: any (built in)",
            ])
    }

    private static func judge(
        _ policy: Policy, _ cells: [Outsider], by group: String = "staff",
        besides classes: [RecipientClass] = []
    ) -> Decision {
        let cells = cells.map { policy.classify($0, for: group) }
        return policy.decide(
            Fixtures.facts(Fixtures.send(group, to: cells + classes)), at: Fixtures.noon)
    }

    @Test func `cells that may not be written to are refused with 49, apart from all others`()
        throws
    {
        let none = Self.judge(try Fixtures.policy(), [Self.lab], besides: [Fixtures.colleague])
        #expect(none.objections.map(\.code) == [.recipientNotAllowed])
        #expect(
            none.objections.first?.sentence == "Your group may not write to cells of other units.")
        #expect(none.remedies == [.removeForbiddenRecipients(count: 1)])
        let near = try Self.policy(staff: "{ allowed: yes, units: [https://lab.example/] }")
        let phone = try #require(PhoneNumber("+41441234567"))
        let some = Self.judge(near, [Self.lab, Self.clinic, .phone(phone)])
        #expect(
            some.objections.map(\.sentence) == [
                "Your group may not write to telephone numbers. Your group may not write to 1 of the cells of other units."
            ])
        #expect(some.remedies == [.removeForbiddenRecipients(count: 2)])
        #expect(Self.judge(near, [Self.lab]).answer == .allow)
        #expect(Self.judge(near, [Self.clinic]).remedies == nil)
    }

    @Test func `cells count as recipients, and nobody asks whether they are invited`() throws {
        let policy = try Self.policy(staff: "{ allowed: yes }")
        var send = Fixtures.send(to: [RecipientClass(standing: .cell, group: nil, count: 6)])
        #expect(
            policy.decide(Fixtures.facts(send), at: Fixtures.noon).objections.map(\.code)
                == [.recipientLimit])
        send.recipients.classes[0].count = 5
        send.inviteAsked = false
        #expect(policy.decide(Fixtures.facts(send), at: Fixtures.noon).answer == .allow)
        let logged = try JSONEncoder().encode(Fixtures.facts(send))
        #expect(try JSONDecoder().decode(Facts.self, from: logged) == Fixtures.facts(send))
    }

    @Test func `what a case says of a cell is its address`() throws {
        let policy = try Self.policy(staff: "{ allowed: yes }")
        let text = """
            cases:
              - name: A
                group: staff
                recipients: [{ cell: "http://lab.example/ann/" }]
                answer: allow
              - name: B
                group: staff
                recipients: [{ cell: "https://lab.example/ann/", contact: yes }]
                answer: allow
              - name: C
                group: staff
                recipients: [{ standing: cell }]
                answer: allow
              - name: D
                group: staff
                recipients: [{ cell: "https://lab.example/ann/", phone: "+41441234567" }]
                answer: allow
            """
        let result = PolicyFolder.loadCases(files: ["cases/a.yaml": Array(text.utf8)], for: policy)
        guard case .failure(let faults) = result else {
            Issue.record("it loaded")
            return
        }
        #expect(
            faults.faults.map { "\($0.line):\($0.column)" } == ["4:26", "8:54", "12:20", "16:54"])
    }
}
