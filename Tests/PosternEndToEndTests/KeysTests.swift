import Foundation
import Testing

extension EndToEndTests {
    /// Master keys that administrators change and remove.
    @Suite struct Keys {
        /// A ledger with drafts in `data`, and a spool beside it or elsewhere.
        private static func world(
            spool: String, _ keys: World.Settings = [:]
        ) async throws -> World {
            let world = try await World(settings: keys)
            try await world.load(People.annAndBob(drafts: 1...2))
            let relay = [
                "data.directory": spool, "relay.host": "127.0.0.1", "relay.port": "9",
                "relay.security": "plain",
            ]
            try world.configureCore(relay.merging(keys) { $1 })
            try await startCore(world)
            return world
        }

        /// The core starts if its keys are there.
        private static func startCore(_ world: World) async throws {
            let core = try await world.serveCore()
            #expect(try await core.stop() == .exit(0))
        }

        private static func core(
            _ world: World, _ arguments: String...
        ) async throws -> Program.Outcome {
            try await Program.run(
                arguments + ["--core", "--settings", "core.yaml"], in: world.folder)
        }

        private static func count(_ world: World) async throws -> Int {
            try await world.postern("keys", "show").lines.count
        }

        /// All that was sealed opens.
        private static func expectAll(_ world: World) async throws {
            try await startCore(world)
            try await world.serving { gateway in
                for answer in [
                    try await gateway.ask(.ann(1)), try await gateway.ask(.ann(2)),
                ] { #expect(answer.status == 200, "\(answer.text)") }
            }
        }

        @Test func `a core's retiring takes no key that the ledger beside its spool needs`()
            async throws
        {
            let world = try await Self.world(spool: "data")
            #expect(try await Self.core(world, "keys", "rotate").succeeded)
            let refused = try await Self.core(world, "keys", "retire")
            #expect(refused.end == .exit(1))
            #expect(
                refused.errors.contains("The ledger in `data` still needs"), "\(refused.errors)")
            #expect(try await Self.count(world) == 2)
            let retired = try await world.postern("keys", "retire")
            #expect(retired.succeeded, "\(retired.errors)")
            #expect(try await Self.count(world) == 1)
            try await Self.expectAll(world)
        }

        @Test func `a gateway's retiring puts the spool beside its ledger under the current key`()
            async throws
        {
            let world = try await Self.world(spool: "data")
            #expect(try await world.postern("keys", "rotate").succeeded)
            let retired = try await world.postern("keys", "retire")
            #expect(retired.succeeded, "\(retired.errors)")
            #expect(try await Self.count(world) == 1)
            try await Self.expectAll(world)
        }

        @Test func `where others may use the keys, every folder that does has to be named`()
            async throws
        {
            let world = try await Self.world(spool: "elsewhere", ["keys.file": "shared.keys"])
            #expect(try await world.postern("keys", "rotate").succeeded)
            for (named, end) in [
                ([String](), Child.End.exit(64)),
                (["--data-folder", "data", "--data-folder", "nowhere"], .exit(66)),
            ] {
                let refused = try await Program.run(
                    ["keys", "retire", "--settings", "settings.yaml"] + named, in: world.folder)
                #expect(refused.end == end, "\(refused.errors)")
                #expect(try await Self.count(world) == 2)
            }
            let retired = try await world.postern(
                "keys", "retire", "--data-folder", "data", "--data-folder", "elsewhere")
            #expect(retired.succeeded, "\(retired.errors)")
            #expect(try await Self.count(world) == 1)
            try await Self.expectAll(world)
        }

        @Test func `while one command changes the keys, others do not`() async throws {
            let world = try await Self.world(spool: "data")
            #expect(try await world.postern("keys", "rotate").succeeded)
            let folder = open(world.path("data").path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            try #require(flock(folder, LOCK_EX) == 0)
            for command in ["rotate", "retire"] {
                let refused = try await world.postern("keys", command)
                #expect(refused.end == .exit(69))
                #expect(refused.errors.contains("Another command"), "\(refused.errors)")
            }
            #expect(try await Self.count(world) == 2)
            close(folder)
            #expect(try await world.postern("keys", "retire").succeeded)
            #expect(try await Self.count(world) == 1)
            world.remove()
        }
    }
}
