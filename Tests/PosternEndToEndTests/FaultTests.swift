import Foundation
import Testing

extension EndToEndTests {
    /// What the world can do to a gateway that serves: refuse in time, tell the truth, recover by itself.
    @Suite struct Faults {
        /// A way of tampering with the audit log, and of making good again.
        enum Tampering: String, CaseIterable, Sendable {
            case folderRemoved, checkpointCut, tileReplaced

            func begin(_ world: World) throws {
                let files = FileManager.default
                switch self {
                case .folderRemoved:
                    try files.moveItem(at: world.path("audit"), to: world.path("audit.kept"))
                case .checkpointCut:
                    try files.copyItem(at: world.path("audit"), to: world.path("audit.kept"))
                    let file = try FileHandle(forWritingTo: world.path("audit/checkpoint"))
                    try file.truncate(atOffset: 10)
                    try file.close()
                case .tileReplaced:
                    try files.copyItem(at: world.path("audit"), to: world.path("audit.kept"))
                    let tile = try world.newestTile()
                    var bytes = [UInt8](try Data(contentsOf: tile))
                    bytes[0] ^= 1
                    try Data(bytes).write(to: tile, options: .atomic)
                }
            }

            func end(_ world: World) throws {
                let files = FileManager.default
                if self != .folderRemoved { try files.removeItem(at: world.path("audit")) }
                try files.moveItem(at: world.path("audit.kept"), to: world.path("audit"))
            }
        }

        @Test(arguments: Tampering.allCases)
        func `a tampered audit log stops sends until it is put back`(_ tampering: Tampering)
            async throws
        {
            let world = try await World()
            try await world.load(People.annAndBob(drafts: 1...3))
            try await world.serving { gateway in
                #expect(try await gateway.ask(.ann(1)).status == 200)
                try await world.integrated(gateway)
                try tampering.begin(world)
                try await gateway.expectNothingSent(2)
                #expect(try await world.mailbox("bob@house.example").count == 1)
                try tampering.end(world)
                // By itself: nobody sends in between.
                try await gateway.becomes("good", within: .seconds(10))
                #expect(try await gateway.ask(.ann(2)).status == 200)
            }
        }

        @Test(
            .enabled(if: Mount.isPossible, "Mounting a small disk needs root."),
            arguments: ["data", "audit"])
        func `a full disk stops sends until there is space again`(_ folder: String) async throws {
            let world = try await World()
            let mount = try Mount(world.path(folder), size: "6m")
            defer { mount.end() }
            try await world.load(People.annAndBob(drafts: 1...3))
            try await world.serving { gateway in
                #expect(try await gateway.ask(.ann(1)).status == 200)
                try await world.integrated(gateway)
                let filler = world.path("\(folder)/filler")
                try mount.fill(filler)
                try await gateway.dryRunUntilRefused(2)
                try await gateway.expectNothingSent(2)
                try FileManager.default.removeItem(at: filler)
                try await gateway.becomes("good", within: .seconds(5))
                #expect(try await gateway.ask(.ann(3)).status == 200)
            }
        }

        @Test(.enabled(if: Mount.isPossible, "Making a folder read-only for root needs a mount."))
        func `an audit folder that becomes read-only stops sends until it is writable`()
            async throws
        {
            let world = try await World()
            try await world.load(People.annAndBob(drafts: 1...3))
            try await world.serving { gateway in
                #expect(try await gateway.ask(.ann(1)).status == 200)
                try await world.integrated(gateway)
                let mount = try Mount(readOnly: world.path("audit"))
                defer { mount.end() }
                try await gateway.dryRunUntilRefused(2)
                try await gateway.expectNothingSent(2)
                mount.end()
                try await gateway.becomes("good", within: .seconds(5))
                #expect(try await gateway.ask(.ann(3)).status == 200)
            }
        }

        @Test(.enabled(if: Mount.isPossible, "Making a folder read-only for root needs a mount."))
        func `a read-only data folder is said at the start`() async throws {
            let world = try await World()
            try await world.load(People.annAndBob(drafts: [1]))
            let mount = try Mount(readOnly: world.path("data"))
            defer { mount.end() }
            let outcome = try await world.postern("serve")
            #expect(outcome.end == .exit(69))
            #expect(outcome.errors.contains("storage."))
            mount.end()
            try await world.serving { gateway in
                let answer = try await gateway.ask(.ann(1))
                #expect(answer.status == 200)
            }
        }

        @Test func `uploads that the disk does not answer hear so, and health says why`()
            async throws
        {
            let world = try await World(settings: [
                "gateway.operationThreads": "2", "gateway.ledgerPatience": "2s",
            ])
            try await world.load(People.annAndBob(drafts: [1]))
            try await world.serving { gateway in
                let files = [try await gateway.reserve(1), try await gateway.reserve(1)]
                // Opening a pipe stands still until somebody opens its other end.
                let pipes = try files.map { try world.makePipe(inPlaceOf: $0) }
                let uploads = files.map { Request.chunk(of: $0) }
                let started = ContinuousClock.now
                async let answers = gateway.ask(atOnce: uploads, over: .http1)
                // Every thread for such requests stands still; they are not what health waits for.
                try await gateway.becomes("down")
                #expect(try await gateway.health().reasons["ledger"]?.contains("disk") == true)
                #expect(try await gateway.ask(Request("GET", "/health/ready")).status == 503)
                #expect(try await gateway.metrics()["postern_operations_in_flight"] == 2)
                for answer in try await answers {
                    #expect(answer.status == 503)
                    #expect(answer.fields["retry-after"] == nil)
                    #expect(answer.text.contains("may do so yet"))
                }
                #expect(started.duration(to: .now) < .seconds(8))
                try await gateway.expectNothingSent(1)
                let large = Request.chunk(of: files[0], String(repeating: "x", count: 70_000))
                let refused = try await gateway.ask(large, over: .http1)
                #expect(refused.text.contains("Nothing was sent"))
                let ends = pipes.map { open($0.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
                try await gateway.becomes("good")
                for end in ends { close(end) }
                for pipe in pipes { try FileManager.default.removeItem(at: pipe) }
                for upload in uploads {
                    try await eventually("the chunk is stored") {
                        try await gateway.ask(upload).status == 200
                    }
                }
                #expect(try await gateway.ask(.ann(1)).status == 200)
            }
        }

        @Test func `a relay that is down holds up no mailbox`() async throws {
            let world = try await World(settings: [
                // Port 1 of loopback: nobody listens there.
                "relay.host": "127.0.0.1", "relay.port": "1", "relay.security": "plain",
            ])
            try await world.load(People.annAndBob(drafts: 1...3))
            try await world.serving { gateway in
                let answer = try await gateway.ask(.ann(1, #"{"sendEmailNotification":true}"#))
                #expect(answer.status == 200)
                #expect(answer.text == #"{"notificationSent":true}"#)
                try await eventually("the mailbox has it") {
                    try await world.mailbox("bob@house.example").count == 1
                }
                try await gateway.becomes("degraded")
                let health = try await gateway.health()
                #expect(health.code == 200)
                #expect(health.reasons["delivery"] != nil)
                let delayed = try await gateway.metrics()[
                    #"postern_deliveries_delayed_total{courier="smtp"}"#]
                #expect((delayed ?? 0) >= 1)
                #expect(try await gateway.ask(.ann(2)).status == 200)
            }
        }
    }
}

extension Request {
    /// Ann's upload of a file's only chunk.
    fileprivate static func chunk(of file: String, _ content: String = "x") -> Request {
        Request(
            "POST", "/api/v1/attachments/\(file)/chunk/1",
            [("x-sm-session-token", "token-ann"), ("content-type", "application/octet-stream")],
            body: content)
    }
}

extension World {
    /// A pipe where an attached file is about to be written.
    fileprivate func makePipe(inPlaceOf file: String) throws -> URL {
        let folder = path("data/files/\(file.prefix(2))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let pipe = folder.appending(path: file)
        try #require(mkfifo(pipe.path, 0o600) == 0)
        return pipe
    }

    /// The rightmost tile with hashes.
    fileprivate func newestTile() throws -> URL {
        let folder = path("audit/tile/0/000.p")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let widest = try #require(names.max { (Int($0) ?? 0) < (Int($1) ?? 0) })
        return folder.appending(path: widest)
    }

    /// Waits until a checkpoint covers every entry there is by now.
    ///
    /// The ledger is asked how many: the audit log hears of an entry a moment after the client, and says until then that
    /// nothing is waiting.
    fileprivate func integrated(_ gateway: Gateway) async throws {
        let counts = try await postern("delivery", "counts")
        let match = try #require(counts.output.firstMatch(of: #/"entries":(\d+)/#))
        let entries = try #require(Double(match.1))
        try await eventually("a checkpoint covers every entry") {
            try await gateway.metrics()["postern_audit_entries_total"] ?? 0 >= entries
        }
    }
}

extension Gateway {
    /// Announces a file of one byte on a draft of Ann's; gives back its name.
    fileprivate func reserve(_ number: Int) async throws -> String {
        let plan = """
            {"messageGuid":"\(People.guid(number))",
             "attachmentPlaceholders":[{"fileName":"a.txt","totalBytesLength":1}]}
            """
        let answer = try await ask(
            Request(
                "POST", "/api/v1/attachments/precreate",
                [("x-sm-session-token", "token-ann"), ("content-type", "application/json")],
                body: plan))
        return try #require(
            answer.member("attachmentPlaceholders 0 attachmentGuid"), "\(answer.text)")
    }

    /// A send must be answered 503 in the dialect's shape and in time, and health must say why.
    fileprivate func expectNothingSent(_ number: Int) async throws {
        let started = ContinuousClock.now
        let answer = try await ask(.ann(number))
        #expect(started.duration(to: .now) < .seconds(2))
        #expect(answer.status == 503)
        #expect(answer.fields["retry-after"].flatMap { Int($0) } ?? 0 > 0)
        let status = try #require(try answer.json()["responseStatus"] as? [String: Any])
        #expect((status["message"] as? String)?.contains("Nothing was sent") == true)
        let health = try await health()
        #expect(health.status == "down")
        #expect(health.code == 503)
        #expect(!health.reasons.isEmpty)
    }

    /// Dry runs a draft until nothing can be recorded any more: what space was left may hold a few entries.
    fileprivate func dryRunUntilRefused(_ number: Int) async throws {
        try await eventually("sends are refused") {
            try await ask(.ann(number, query: "?dryRun=1")).status == 503
        }
    }
}
