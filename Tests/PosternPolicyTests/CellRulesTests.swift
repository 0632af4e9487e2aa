import PosternModel
import PosternPolicy
import Testing

@Suite struct CellRulesTests {
    @Test func `cells that may not be written to are counted apart from telephones`() throws {
        let policy = try OutsiderKind.cells.policy(
            staff: "{ allowed: yes, units: [https://lab.example/] }")
        let outsiders = OutsiderKind.cells.outsiders + OutsiderKind.phones.outsiders.prefix(1)
        #expect(
            Fixtures.judge(policy, outsiders).objections.map(\.sentence) == [
                "Your group may not write to telephone numbers. Your group may not write to 1 of the cells of other units."
            ])
    }

    @Test func `what a case says of a cell is its address`() throws {
        let policy = try OutsiderKind.cells.policy(staff: "{ allowed: yes }")
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
