import PosternModel
import PosternPolicy
import Testing

@Suite struct ShippedPoliciesTests {
    @Test func `the shipped policy loads, and its cases pass and cover every rule and code`() throws
    {
        let policy = try PolicyFolder.load(at: Fixtures.shipped).get()
        let cases = try PolicyFolder.loadCases(at: Fixtures.shipped, for: policy).get()
        let scanner = PlainScanner(lists: policy.keywordLists)
        let report = cases.run(policy) { scanner.scan($0) }
        #expect(report.passes, "\(report.lines.joined(separator: "\n"))")
        #expect(report.codesMissing == [])
        #expect(report.rulesMissing == [])
        #expect(report.codesCovered.count == 20)
        #expect(report.results.count > 60)
    }

    @Test func `the shipped policy lets nobody attach a program, nor guests recall`() throws {
        let policy = try PolicyFolder.load(at: Fixtures.shipped).get()
        for group in policy.groupNames {
            let rules = policy.attachmentRules(for: group)
            #expect(rules.allowed && rules.denies(fileName: "invoice.pdf.exe"))
            #expect(policy.mayRecall(group) == (group != "guests"))
            #expect(policy.retention(for: group) == nil)
        }
        #expect(policy.login.lockAfter == 10 && !policy.login.hidesAccounts)
    }

    @Test func `a case that no longer holds says what was expected and what came`() throws {
        let policy = try PolicyFolder.load(at: Fixtures.shipped).get()
        let text = """
            cases:
              - name: Wrong on purpose
                group: staff
                answer: 28
            """
        let cases = try PolicyFolder.loadCases(
            files: ["cases/a.yaml": Array(text.utf8)], for: policy
        ).get()
        let report = cases.run(policy) { _ in [] }
        #expect(!report.passes)
        #expect(
            report.lines.first
                == "cases/a.yaml:2: Wrong on purpose: The case expects 28, and the policy answers allow."
        )
    }

    @Test func `every fault in a file of cases has its place`() throws {
        let policy = try Fixtures.policy()
        let text = """
            cases:
              - name: A
                group: stuff
                answer: 99
                protecton: none
              - name: A
                group: staff
                recipients: [{ standing: activ, address: nobody }]
                answer: allow
                rules: [recipients.limits]
            """
        let result = PolicyFolder.loadCases(files: ["cases/a.yaml": Array(text.utf8)], for: policy)
        guard case .failure(let faults) = result else {
            Issue.record("it loaded")
            return
        }
        #expect(
            faults.faults.map { "\($0.line):\($0.column) \($0.suggestion ?? "-")" } == [
                "3:12 staff", "4:13 49", "5:5 protection", "8:30 active", "8:46 -",
                "10:13 recipients.limit",
            ])
    }
}
