import Foundation
import PosternTesting
import Testing

extension EndToEndTests {
    /// A gateway that has no file descriptors left.
    @Suite struct Descriptors {
        @Test func `without descriptors it waits instead of spinning, and then goes on accepting`()
            async throws
        {
            let world = try await World(settings: ["limits.handshake": "2s"])
            try await world.load(People.annAndBob(drafts: [1]))
            try await world.serving { gateway in
                let folder = URL(fileURLWithPath: "/proc/\(gateway.child.id)")
                func descriptors() throws -> Int {
                    try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/fd").count
                }
                let most = try descriptors() + 10
                let prlimit = try Process.run(
                    URL(fileURLWithPath: "/usr/bin/prlimit"),
                    arguments: ["--pid", "\(gateway.child.id)", "--nofile=\(most):\(most)"])
                prlimit.waitUntilExit()
                try #require(prlimit.terminationStatus == 0)
                // The system takes connections that the gateway cannot accept.
                var silent: [TestClient] = []
                try await eventually("there is none left") {
                    silent.append(try await TestClient.connect(to: gateway.address, tls: nil))
                    return try descriptors() >= most
                }
                let used = try Self.processorTime(of: folder)
                let clock = ContinuousClock()
                let began = clock.now
                // Room comes when the first silent ones run out of time for their handshakes.
                #expect(try await silent[0].receiveUntilClose() == [])
                #expect(try await gateway.ask(.send(People.guid(1), "")).status == 401)
                let passed = began.duration(to: clock.now)
                #expect(try Self.processorTime(of: folder) - used < passed / 2)
                for client in silent { await client.close() }
                // Whatever else was in need of one comes round too.
                try await gateway.becomes("good", within: .seconds(20))
                #expect(try await gateway.ask(.ann(1)).status == 200)
            }
        }

        /// The time all threads of a process have run.
        private static func processorTime(of process: URL) throws -> Duration {
            let tasks = process.appending(path: "task")
            let threads = try FileManager.default.contentsOfDirectory(atPath: tasks.path)
            return threads.reduce(.zero) { sum, thread in
                // A thread may end meanwhile.
                let text = try? String(
                    contentsOf: tasks.appending(path: "\(thread)/schedstat"), encoding: .utf8)
                return sum + .nanoseconds(text.flatMap { Int64($0.prefix { $0 != " " }) } ?? 0)
            }
        }
    }
}
