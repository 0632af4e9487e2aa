import Foundation
import Testing

extension EndToEndTests {
    /// Sessions that end, and administrators who end them while the gateway serves.
    @Suite struct Sessions {
        @Test func `a session ends an hour after its last use, and using it begins the hour anew`()
            async throws
        {
            let world = try await World()
            let tokens = """
                  - address: ann@house.example
                    group: people
                    tokens: [{token: fresh}, {token: near, idleMinutes: 58}, {token: past, idleMinutes: 61}]

                """
            try await world.load(
                People.file([tokens, People.account("bob")], [People.draft(1)]))
            try await world.serving { gateway in
                let past = try await gateway.ask(.send(People.guid(1), "past"))
                #expect(past.code == "811")
                let near = try await gateway.ask(.send(People.guid(1), "near"))
                #expect(near.status == 200)
            }
        }

        @Test func `using a session is remembered over a restart`() async throws {
            let world = try await World(settings: ["sessions.idle": "60m"])
            let ann = """
                  - {address: ann@house.example, group: people, tokens: [{token: near, idleMinutes: 58}]}

                """
            try await world.load(People.file([ann, People.account("bob")], [People.draft(1)]))
            let lastUse = { () async throws -> String in
                let list = try await world.postern("token", "list", "ann@house.example")
                return try #require(list.lines.first?.split(separator: " ").last.map(String.init))
            }
            let before = try await lastUse()
            let gateway = try await world.serve()
            #expect(try await gateway.ask(.send(People.guid(1), "near")).status == 200)
            #expect(try await gateway.stop() == .exit(0))
            let after = try await lastUse()
            // Both are times in UTC in one format, so that they compare as text.
            #expect(after > before)
            world.remove()
        }

        @Test func `tokens are minted and withdrawn, and accounts switched, while serving`()
            async throws
        {
            let world = try await World()
            try await world.load(People.annAndBob(drafts: 1...4))
            try await world.serving { gateway in
                let mint = try await world.postern("token", "mint", "ann@house.example")
                let token = mint.output.trimmingCharacters(in: .whitespacesAndNewlines)
                #expect(token.count >= 43)
                let ask = Request.send(People.guid(1), token)
                #expect(try await gateway.ask(ask).status == 200)
                let list = try await world.postern("token", "list", "ann@house.example")
                #expect(!list.output.contains(token))
                let digest = try #require(
                    list.lines.first.map { String($0.prefix { $0 != " " }) })
                let revoke = try await world.postern("token", "revoke", digest)
                #expect(revoke.succeeded, "\(revoke.errors)")
                #expect(try await gateway.ask(ask).code == "811")
                #expect(try await gateway.ask(.ann(2)).status == 200)
                #expect(
                    try await world.postern("account", "disable", "ann@house.example").succeeded)
                #expect(try await gateway.ask(.ann(3)).code == "811")
                #expect(try await world.postern("account", "enable", "ann@house.example").succeeded)
                #expect(try await gateway.ask(.ann(3)).status == 200)
                #expect(
                    try await world.postern("account", "disable", "bob@house.example").succeeded)
                #expect(try await gateway.ask(.ann(4)).code == "8871")
            }
        }

        @Test func `an administrator's unlocking lets the right password through`() async throws {
            let world = try await World()
            try await world.load(
                People.annAndBob(drafts: [1], "options: {fyeoType: accountPassword}"))
            try await world.serving { gateway in
                for guess in 1...5 {
                    let answer = try await gateway.ask(.ann(1, #"{"password":"guess \#(guess)"}"#))
                    #expect(answer.code == "38")
                }
                let right = Request.ann(1, #"{"password":"right password"}"#)
                #expect(try await gateway.ask(right).code == "38")
                #expect(try await world.postern("account", "unlock", "ann@house.example").succeeded)
                #expect(try await gateway.ask(right).status == 200)
            }
        }
    }
}
