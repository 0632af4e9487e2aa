import Foundation
import PosternTesting
import Testing

extension EndToEndTests {
    /// Whom entries of the audit log are about: opened from the ledger, until it forgets them.
    @Suite struct Openings {
        /// An entry as `audit open --json` prints it.
        private struct Opened: Decodable {
            struct Entry: Decodable { let kind: String }
            struct Value: Decodable {
                let field: String
                let value: String
                let matches: Bool
            }

            let index: UInt64
            let entry: Entry
            let inLog: Bool
            let state: String
            let openings: [Value]

            /// The values by field, of those that match.
            var values: [String: String] {
                Dictionary(
                    openings.filter(\.matches).map { ($0.field, $0.value) },
                    uniquingKeysWith: { $1 })
            }
        }

        private static func open(
            _ index: Int, _ world: World, expecting end: Child.End = .exit(0)
        ) async throws -> (opened: Opened, errors: String) {
            let run = try await world.postern("audit", "open", "\(index)", "--json")
            #expect(run.end == end, "\(run.errors)")
            let line = try #require(run.lines.first, "\(run.errors)")
            return (try JSONDecoder().decode(Opened.self, from: Data(line.utf8)), run.errors)
        }

        /// Waits until the log has an entry that meets a condition, and says which: the last of them.
        private static func entry(
            _ what: String, _ world: World, after previous: Int = -1,
            _ condition: ([String: Any]) -> Bool
        ) async throws -> Int {
            var found: Int?
            try await eventually("the log has \(what)") {
                let entries = try await world.auditEntries()
                let last = entries.last { ($0["entry"] as? [String: Any]).map(condition) ?? false }
                found = (last?["index"] as? NSNumber)?.intValue
                return found.map { $0 > previous } ?? false
            }
            return try #require(found)
        }

        /// Changes the ledger from outside.
        private static func change(_ world: World, _ sql: String) throws {
            let (status, output) = try Process.finish(
                "/usr/bin/sqlite3", ["data/postern.sqlite", sql]
            ) { $0.currentDirectoryURL = world.folder }
            try #require(status == 0, "\(String(decoding: output, as: UTF8.self))")
        }

        @Test func `an entry is opened until the person is forgotten, while the gateway serves`()
            async throws
        {
            let world = try await World()
            try await world.load(People.annAndBob(drafts: 1...2))
            try await world.serving { gateway in
                func send(_ number: Int, after previous: Int) async throws -> Int {
                    #expect(try await gateway.ask(.ann(number)).status == 200)
                    return try await Self.entry("the send", world, after: previous) {
                        $0["kind"] as? String == "send"
                    }
                }
                let first = try await send(1, after: -1)
                let whole = [
                    "account": "ann@house.example", "draft": People.guid(1),
                    "recipients": "bob@house.example",
                ]
                let before = try await Self.open(first, world).opened
                #expect(before.index == first && before.entry.kind == "send" && before.inLog)
                #expect(before.state == "opened" && before.values == whole)
                let text = try await world.postern("audit", "open", "\(first)")
                #expect(text.lines.first?.contains(" send id=") == true, "\(text.output)")
                #expect(
                    text.lines.dropFirst() == [
                        "  account: ann@house.example", "  draft: \(People.guid(1))",
                        "  recipients: bob@house.example",
                    ])

                let forgotten = try await world.postern("account", "forget", "ann@house.example")
                #expect(forgotten.succeeded, "\(forgotten.errors)")
                #expect(forgotten.lines.first == "forgot ann@house.example")
                let after = try await Self.open(first, world).opened
                #expect(after.state == "forgotten" && after.openings.isEmpty)
                let nothing = try await world.postern("audit", "open", "\(first)")
                #expect(nothing.succeeded)
                #expect(nothing.lines.last?.contains("was forgotten") == true)

                // The gateway knew the old key, and goes on under the new one.
                let second = try await send(2, after: first)
                let later = try await Self.open(second, world).opened
                #expect(later.state == "opened" && later.values["draft"] == People.guid(2))
                let record = try await Self.entry("the record", world) {
                    $0["note"] as? String == "forgot a person"
                }
                let recorded = try await Self.open(record, world).opened
                #expect(recorded.entry.kind == "administration")
                #expect(recorded.values == ["account": "ann@house.example"])
                #expect(try await gateway.health().status == "good")
            }
        }

        @Test func `where there is nothing to open or to forget, a command says so`() async throws {
            let world = try await World()
            try await world.load(People.annAndBob(drafts: [1]))
            let started = try await world.serve()
            #expect(try await started.stop() == .exit(0))
            let start = try await Self.entry("the start", world) {
                $0["kind"] as? String == "started"
            }
            #expect(try await Self.open(start, world).opened.state == "nothing")
            func acts() async throws -> Int {
                try await world.auditEntries().count {
                    ($0["entry"] as? [String: Any])?["kind"] as? String == "administration"
                }
            }
            let before = try await acts()
            for (command, end, sentence) in [
                (["audit", "open", "9999"], Child.End.exit(1), "There is no entry 9999."),
                (["audit", "open", "\(UInt64.max)"], .exit(1), "There is no entry"),
                (["audit", "open", "9999", "\(start)"], .exit(1), "There is no entry 9999."),
                (["audit", "open"], .exit(64), "index"),
                (["audit", "open", "first"], .exit(64), "first"),
                (["account", "forget", "eve@house.example"], .exit(1), "There is no account"),
                (["account", "forget", "bob@house.example"], .exit(1), "nothing to forget"),
            ] {
                let run = try await Program.run(
                    command + ["--settings", "settings.yaml"], in: world.folder)
                #expect(run.end == end, "\(command): \(run.errors)")
                #expect(run.errors.contains(sentence), "\(command): \(run.errors)")
                #expect(run.output.contains("started") == command.contains("\(start)"))
            }
            // None of that was recorded.
            let next = try await world.serve()
            #expect(try await next.stop() == .exit(0))
            #expect(try await acts() == before)
            world.remove()
        }

        @Test func `what an entry does not commit to is not taken for opened`() async throws {
            let world = try await World()
            try await world.load(People.annAndBob(drafts: [1]))
            // Alters the commitment in the ledger's copy of an entry.
            func disturb(_ index: Int) throws {
                try Self.change(
                    world,
                    """
                    UPDATE audit_entries SET leaf = CAST(
                      replace(CAST(leaf AS TEXT), '"account":"', '"account":"0') AS BLOB)
                    WHERE "index" = \(index)
                    """)
            }
            // No gateway has put it into the log yet.
            #expect(try await world.postern("account", "disable", "ann@house.example").succeeded)
            let waiting = try await Self.open(1, world).opened
            #expect(!waiting.inLog && waiting.values == ["account": "ann@house.example"])
            try disturb(1)
            let (wrong, complaint) = try await Self.open(1, world, expecting: .exit(65))
            #expect(wrong.openings.map(\.matches) == [false])
            #expect(complaint.contains("`account` is NOT what the entry commits to"))
            let text = try await world.postern("audit", "open", "1")
            #expect(text.end == .exit(65))
            #expect(text.lines.last == "  account: ann@house.example DOES NOT MATCH")

            // What the log has counts from then on, whatever the ledger's copy says.
            #expect(try await world.postern("account", "enable", "ann@house.example").succeeded)
            let gateway = try await world.serve()
            #expect(try await gateway.stop() == .exit(0))
            #expect(try await Self.open(2, world).opened.inLog)
            try disturb(2)
            let (right, finding) = try await Self.open(2, world, expecting: .exit(65))
            #expect(right.values == ["account": "ann@house.example"])
            #expect(finding.contains("NOT the one that the log has"), "\(finding)")

            // Openings that somebody took away are not those of a person who was forgotten.
            try Self.change(
                world,
                #"UPDATE audit_entries SET sealed = NULL, subject_key = NULL WHERE "index" = 2"#)
            let (empty, loss) = try await Self.open(2, world, expecting: .exit(65))
            #expect(empty.state == "opened" && empty.openings.isEmpty)
            #expect(loss.contains("`account` has NOTHING that opens it"), "\(loss)")
            world.remove()
        }
    }
}
