import PosternModel
import PosternPolicy
import Testing

@Suite struct LoginRulesTests {
    private static func policy(_ login: String) throws -> Policy {
        try Fixtures.policy(("groups:\n", "login: \(login)\ngroups:\n"))
    }

    @Test(arguments: [nil, "{}"])
    func `without a word ten mistakes cost a quarter of an hour`(_ login: String?) throws {
        let rules = try login.map { try Self.policy($0) }?.login ?? Fixtures.policy().login
        #expect(rules.lockAfter == 10)
        #expect(rules.lockFor == .seconds(900))
        #expect(rules.passwordMaximumAge == nil)
        #expect(!rules.hidesAccounts)
        #expect(try !rules.denies(#require(EmailAddress("a@bad.example"))))
    }

    @Test func `what is written holds, and says where it stands`() throws {
        let policy = try Self.policy(
            "{ lockAfter: 3, lockFor: 1h, passwordMaximumAge: 90d, deniedDomains: [bad.example], hideAccounts: yes }"
        )
        #expect(policy.login.lockAfter == 3)
        #expect(policy.login.lockFor == .seconds(3600))
        #expect(policy.login.passwordMaximumAge == .seconds(90 * 86_400))
        #expect(policy.login.hidesAccounts)
        #expect(
            policy.effectiveLogin.map { "\($0.name): \($0.value) (\($0.provenance))" } == [
                "login.lockAfter: 3 (policy.yaml:10)", "login.lockFor: 1h (policy.yaml:10)",
                "login.passwordMaximumAge: 90d (policy.yaml:10)",
                "login.deniedDomains: [bad.example] (policy.yaml:10)",
                "login.deniedAddresses: [] (built in)", "login.hideAccounts: yes (policy.yaml:10)",
            ])
    }

    @Test func `a password may be written to last for ever`() throws {
        let policy = try Self.policy("{ passwordMaximumAge: never }")
        #expect(policy.login.passwordMaximumAge == nil)
        #expect(policy.effectiveLogin[2].provenance == "policy.yaml:10")
    }

    @Test(arguments: [
        ("a@bad.example", true), ("A@BAD.Example", true), ("a@sub.bad.example", false),
        ("a@worse.example", false), ("a@sub.worse.example", true), ("former@good.example", true),
        ("Former@Good.example", true), ("other@good.example", false),
    ])
    func `people are kept out by domain and by address`(_ text: String, _ isDenied: Bool) throws {
        let login = try Self.policy(
            "{ deniedDomains: [bad.example, \"*.Worse.example\"], deniedAddresses: [Former@good.example] }"
        ).login
        #expect(try login.denies(#require(EmailAddress(text))) == isDenied)
    }
}
