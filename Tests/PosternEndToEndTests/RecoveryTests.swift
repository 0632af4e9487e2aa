import Foundation
import Testing

extension EndToEndTests {
    /// Kills and stops under load.
    @Suite struct Recovery {
        @Test func `what was answered 200 before kill -9 is there after the restart, once`()
            async throws
        {
            let (rounds, share) = (10, 160)
            let world = try await World()
            try await world.load(
                People.annAndBob(group: "busy", drafts: 0..<rounds * share))
            var acknowledged: [Int: String] = [:]
            for round in 0..<rounds {
                let started = ContinuousClock.now
                let gateway = try await world.serve()
                try await gateway.becomes("good")
                #expect(started.duration(to: .now) < .seconds(5))
                let limit = Int.random(in: 1...share / 2)
                let answered = try await Self.load(
                    gateway, drafts: round * share..<(round + 1) * share, killAfter: limit)
                acknowledged.merge(answered) { first, _ in first }
                let verdict = try await world.auditVerdict()
                #expect(verdict.succeeded, "round \(round): \(verdict.errors)")
            }
            #expect(acknowledged.count >= rounds)
            try await world.serving { gateway in
                try await eventually("the outbox is empty") {
                    try await world.postern("delivery", "counts").output.contains(#""outbox":0"#)
                }
                let delivered = try await world.mailbox("bob@house.example")
                #expect(Set(delivered).count == delivered.count)
                let names = Set(delivered.map { $0.replacing("-", with: "") })
                #expect(acknowledged.keys.allSatisfy { names.contains(People.guid($0)) })
                // The answers are kept as well: a repeat gets the decision that was answered.
                for (number, decision) in acknowledged.shuffled().prefix(100) {
                    #expect(try await gateway.ask(.ann(number)).decision == decision)
                }
            }
        }

        @Test func `what a killed gateway left in the log is emptied by the next`() async throws {
            let world = try await World()
            try await world.load(People.annAndBob(drafts: 1...1))
            func size() throws -> Int? {
                let path = world.path("data/postern.sqlite-wal").path
                let attributes = try FileManager.default.attributesOfItem(atPath: path)
                return (attributes[.size] as? NSNumber)?.intValue
            }
            let gateway = try await world.serve()
            #expect(try await gateway.ask(.ann(1)).status == 200)
            await gateway.kill()
            #expect(try size() != 0)
            try await world.serving { _ in
                try await eventually("the log is empty") { try size() == 0 }
            }
        }

        @Test func `a signal that asks others to read their files again ends nothing`() async throws
        {
            let world = try await World()
            try await world.load(People.annAndBob(drafts: 1...1))
            try await world.serving { gateway in
                gateway.child.signal(SIGHUP)
                let answer = try await gateway.ask(.ann(1))
                #expect(answer.status == 200)
            }
        }

        @Test func `a stop does not wait for a far end that says nothing`() async throws {
            let webhook = try await Webhook()
            let world = try await World(
                policy: nil,
                settings: webhook.settings.merging([
                    "gateway.shutdownGrace": "1s", "webhook.answerTime": "2m",
                ]) { $1 })
            try await world.load(Demonstration.world())
            let gateway = try await world.serve()
            try await webhook.plan([Webhook.slow(100)])
            let answer = try await gateway.ask(.labText("Soon"))
            #expect(answer.member("items 0 messageUuid") != nil, "\(answer.text)")
            try await eventually("the webhook is called") {
                try await webhook.seen().calls.count == 1
            }
            #expect(try await gateway.stop() == .exit(0))
            // Nobody knows whether it arrived, so it leaves once more.
            try await world.serving { _ in
                try await eventually("the text arrives", within: .seconds(60)) {
                    try await webhook.seen().delivered.count == 1
                }
            }
            try await webhook.end()
        }

        /// Sends drafts from four connections and kills the gateway after some answers.
        ///
        /// - Returns: The decisions of the drafts that were answered 200.
        private static func load(
            _ gateway: Gateway, drafts: Range<Int>, killAfter limit: Int
        ) async throws -> [Int: String] {
            let seen = Shared(0)
            let found = await withTaskGroup(of: [Int: String].self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        var mine: [Int: String] = [:]
                        guard let connection = try? await gateway.connect() else { return mine }
                        for number in drafts where number % 4 == worker {
                            guard let answer = try? await connection.ask(.ann(number)) else {
                                break
                            }
                            if answer.status == 200 { mine[number] = answer.decision }
                            let count = seen.change { count in
                                count += 1
                                return count
                            }
                            if count == limit { gateway.child.signal(SIGKILL) }
                        }
                        await connection.close()
                        return mine
                    }
                }
                return await group.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
            }
            let end = try await gateway.child.end(within: .seconds(5))
            #expect(end == .signal(SIGKILL))
            return found
        }

        @Test func `SIGTERM under load answers what is in flight and exits with 0`() async throws {
            let world = try await World()
            try await world.load(People.annAndBob(group: "busy", drafts: 0..<200))
            let gateway = try await world.serve()
            let connections = [
                try await gateway.connect(), try await gateway.connect(),
                try await gateway.connect(), try await gateway.connect(),
            ]
            let answers = try await withThrowingTaskGroup(of: [Answer].self) { group in
                // What a connection asks after the signal may be refused: each is under way before it comes.
                let begun = Shared(0)
                for (index, connection) in connections.enumerated() {
                    group.addTask {
                        let share = (index * 50..<(index + 1) * 50).map { Request.ann($0) }
                        return try await connection.ask(all: share) {
                            let count = begun.change { count in
                                count += 1
                                return count
                            }
                            if count == connections.count { gateway.child.signal(SIGTERM) }
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(answers.count == 200)
            #expect(answers.allSatisfy { $0.status == 200 })
            #expect(try await gateway.child.end(within: .seconds(10)) == .exit(0))
            let verdict = try await world.auditVerdict()
            #expect(verdict.succeeded, "\(verdict.errors)")
            #expect(try await world.postern("delivery", "counts").output.contains(#""sent":200"#))
            world.remove()
        }
    }
}
