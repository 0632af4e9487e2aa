import Foundation
import Testing

extension EndToEndTests {
    /// The documented order of the codes, walked from its first to its last on one draft.
    @Suite struct RefusalOrder {
        /// What is wrong with the draft to begin with, and what a client would mend first.
        private static let policy = World.smallPolicy.replacing("fyeo: yes", with: "fyeo: no")
            .replacing("recipientLimit: 5", with: "recipientLimit: 2")
            .replacing("dailyMessages: 50", with: "dailyMessages: 1")
            .replacing(
                "expiry: { allowed: yes, minimum: 1h, maximum: 30d, default: 7d }",
                with: "expiry: { allowed: no }"
            )
            .replacing("inviting: { allowed: yes }", with: "inviting: { allowed: no }")

        @Test func `a draft that breaks many rules gets the first code and hears all objections`()
            async throws
        {
            let world = try await World(policy: Self.policy)
            let draft = """
                  - guid: \(People.guid(1))
                    owner: ann@house.example
                    to: [bob@house.example, gone@house.example, nobody@elsewhere.example]
                    subject: The swordfish
                    body: Hello.
                    expiryGroup: week
                    options: {fyeoType: uniquePassword}

                """
            let parts = [
                People.account("ann", "used: {\(Self.today): {messages: 1, invites: 0}}"),
                People.account("bob"), People.account("gone", "status: disabled"),
            ]
            try await world.load(People.file(parts, [draft]))
            try await world.serving { gateway in
                var request = Request.ann(1)
                #expect(try await gateway.ask(request).code == "922")
                request.fields.append((name: "accept", value: "application/problem+json"))
                let problem = try await gateway.ask(request)
                let objections = try #require(try problem.json()["objections"] as? [[String: Any]])
                let codes = objections.map { "\($0["code"] ?? "")" }
                #expect(codes == ["922", "75", "51", "74", "8871", "30", "17", "28"])
                #expect(
                    problem.fields["content-type"]?.hasPrefix("application/problem+json") == true)
            }
        }

        @Test func `a dry run charges nothing and looks at no password`() async throws {
            let world = try await World()
            try await world.load(
                People.annAndBob(drafts: [1], "options: {fyeoType: accountPassword}"))
            try await world.serving { gateway in
                for guess in 1...10 {
                    let answer = try await gateway.ask(
                        .ann(1, query: "?dryRun=1", #"{"password":"guess \#(guess)"}"#))
                    #expect(answer.status == 200)
                    #expect(answer.text.contains(#""passwordRequired":true"#))
                }
                let show = try await world.postern("account", "show", "ann@house.example")
                #expect(show.output.contains("wrong passwords 0"))
                let sent = try await gateway.ask(.ann(1, #"{"password":"right password"}"#))
                #expect(sent.status == 200)
                // 50 a day, and this was the first.
                #expect(sent.fields["ratelimit"]?.hasPrefix(#""daily";r=49;"#) == true)
            }
        }

        private static var today: String {
            var calendar = Calendar(identifier: .gregorian)
            calendar.timeZone = .gmt
            let day = calendar.dateComponents([.year, .month, .day], from: Date())
            return String(
                format: "%04d-%02d-%02d", day.year ?? 0, day.month ?? 0, day.day ?? 0)
        }
    }
}
