import Foundation
import Testing

extension EndToEndTests {
    /// What commands print for programs to read.
    @Suite struct CommandTests {
        @Test func `what a command shows a person it shows a program as JSON, an object a line`()
            async throws
        {
            let world = try await World()
            try await world.load(
                People.file(
                    [People.account("ann"), People.account("bob")],
                    [People.draft(1, subject: "swordfish"), People.draft(2)]))
            try await world.serving { gateway in
                let decision = try #require(try await gateway.ask(.ann(1)).decision)
                #expect(try await gateway.ask(.ann(2)).status == 200)
                try await eventually("it is in the mailbox") {
                    try await !world.postern("account", "mailbox", "bob@house.example").lines
                        .isEmpty
                }
                let cases: [([String], rows: Int, has: [String: String])] = [
                    (["account", "show", "ann@house.example"], 1, ["status": "active"]),
                    (
                        ["account", "mailbox", "bob@house.example"], 1,
                        ["sender": "ann@house.example"]
                    ),
                    (["token", "list", "ann@house.example"], 1, ["revoked": "0"]),
                    (["keys", "show"], 1, ["current": "1"]),
                    (["delivery", "dead-letters"], 0, [:]), (["dispatch", "list"], 0, [:]),
                    (["policy", "check"], 1, [:]), (["policy", "test"], 1, [:]),
                    (["policy", "show"], 1, ["defaultGroup": "people"]),
                    (["policy", "show", "--effective"], 1, ["defaultGroup": "people"]),
                    (["policy", "explain", decision], 1, ["group": "people"]),
                ]
                for (command, rows, expected) in cases {
                    let run = try await Program.run(
                        command + ["--json", "--settings", "settings.yaml"], in: world.folder)
                    #expect(run.succeeded, "\(command): \(run.errors)")
                    #expect(run.lines.count == rows, "\(command): \(run.output)")
                    for line in run.lines {
                        let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
                        let members = try #require(object as? [String: Any], "\(command)")
                        for (name, value) in expected {
                            #expect(members[name].map { "\($0)" } == value, "\(command): \(line)")
                        }
                    }
                }
            }
        }
    }
}
