import Foundation
import Testing

extension EndToEndTests {
    /// What must hold when everybody comes at the same moment.
    @Suite struct Races {
        @Test(arguments: HTTPVersion.allCases)
        func `200 sends at once against a quota of 50 let exactly 50 through`(
            _ version: HTTPVersion
        ) async throws {
            let world = try await World()
            try await world.load(People.annAndBob(drafts: 1...200))
            try await world.serving { gateway in
                let answers = try await gateway.ask(
                    atOnce: (1...200).map { .ann($0) }, over: version)
                #expect(answers.count { $0.status == 200 } == 50)
                let refused = answers.filter { $0.status != 200 }
                #expect(refused.allSatisfy { $0.status == 403 && $0.code == "28" })
                #expect(refused.allSatisfy { $0.fields["retry-after"] != nil })
                try await eventually("50 messages lie in the mailbox") {
                    try await world.mailbox("bob@house.example").count == 50
                }
            }
        }

        @Test(arguments: HTTPVersion.allCases)
        func `the same draft 20 times at once is delivered once and answered alike`(
            _ version: HTTPVersion
        ) async throws {
            let world = try await World()
            try await world.load(People.annAndBob(drafts: [1, 2]))
            try await world.serving { gateway in
                let ask = Request.ann(1, #"{"notificationFormats":["Text","Html"]}"#)
                let answers = try await gateway.ask(
                    atOnce: Array(repeating: ask, count: 20), over: version)
                #expect(answers.allSatisfy { $0.status == 200 })
                #expect(Set(answers.map(\.body)).count == 1)
                #expect(Set(answers.map(\.decision)).count == 1)
                #expect(answers.first?.text.contains("notificationBodyHtml") == true)
                // 50 a day: one was charged for the twenty, one for this.
                let next = try await gateway.ask(.ann(2), over: version)
                #expect(next.fields["ratelimit"]?.hasPrefix(#""daily";r=48;"#) == true)
                try await eventually("each lies there once") {
                    try await world.mailbox("bob@house.example").count == 2
                }
            }
        }

        @Test func `1000 wrong passwords at once against a limit of 5 evaluate exactly 5`()
            async throws
        {
            let world = try await World()
            try await world.load(
                People.annAndBob(drafts: [1], "options: {fyeoType: accountPassword}"))
            try await world.serving { gateway in
                var waiting = (0..<1000).map { Request.ann(1, #"{"password":"guess \#($0)"}"#) }
                var rounds = 0
                while !waiting.isEmpty, rounds < 20 {
                    let answers = try await gateway.ask(atOnce: waiting, over: .http2)
                    #expect(answers.allSatisfy { $0.code == "38" || $0.status == 503 })
                    #expect(
                        answers.allSatisfy { $0.status != 503 || $0.fields["retry-after"] != nil })
                    waiting = zip(waiting, answers).filter { $1.status == 503 }.map(\.0)
                    rounds += 1
                }
                #expect(waiting.isEmpty)
                let show = try await world.postern("account", "show", "ann@house.example")
                #expect(show.output.contains("wrong passwords 5"))
                let right = try await gateway.ask(.ann(1, #"{"password":"right password"}"#))
                #expect(right.code == "38")
                var passwords: [String: Int] = [:]
                try await eventually("every decision is in the log") {
                    passwords = try await world.passwordFacts()
                    return passwords.values.reduce(0, +) >= 1001
                }
                #expect(passwords == ["wrong": 5, "attemptsUsedUp": 996])
            }
        }

        @Test func `a draft that is swapped while it is sent never leaves unchecked`() async throws
        {
            let rounds = 12
            let world = try await World()
            try await world.load(People.annAndBob(group: "busy", drafts: 1...rounds))
            try await world.serving { gateway in
                for round in 1...rounds {
                    let swapped = People.file(
                        [People.account("ann", group: "busy")],
                        [People.draft(round, subject: "the swordfish")])
                    async let swap: Void = world.load(swapped)
                    var answers: [Answer] = []
                    let connection = try await gateway.connect()
                    // Dry runs until the swap shows, with a real send somewhere among them.
                    let sendAt = Int.random(in: 0..<40)
                    for turn in 0..<40 {
                        answers.append(
                            try await connection.ask(
                                .ann(round, query: turn < sendAt ? "?dryRun=1" : "")))
                    }
                    try await swap
                    await connection.close()
                    #expect(answers.allSatisfy { $0.status == 200 || $0.code == "17" })
                }
                let listing = try await world.postern("account", "mailbox", "bob@house.example")
                #expect(!listing.output.contains("swordfish"))
            }
        }
    }
}

extension World {
    /// How often each thing was found out about a password, by the audit log.
    fileprivate func passwordFacts() async throws -> [String: Int] {
        let found = try await auditEntries().compactMap { line in
            let entry = line["entry"] as? [String: Any]
            let send = (entry?["facts"] as? [String: Any])?["send"] as? [String: Any]
            return send?["password"] as? String
        }
        return Dictionary(found.map { ($0, 1) }, uniquingKeysWith: +)
    }
}
