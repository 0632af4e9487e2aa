import PosternCredentials
import PosternModel
@_spi(Testing) import PosternPolicy
@testable import PosternPipeline
@_spi(Testing) import PosternStorage
import Testing

@Suite struct SettleTests {
    @Test
    func `a settled send leaves claim, quota, invitation, contacts, outbox, answer and entry`()
        async throws
    {
        let bench = try await Workbench()
        try await bench.draft(0..<1)
        let loaded = try bench.find(0)
        let send = try bench.send(
            loaded, notification: .init(subject: "s", text: "t", html: "h"))
        #expect(try await bench.settle(send) == .accepted)

        guard
            case .sent(let answer, let used) = try bench.store.load(
                Workbench.guid(0), for: bench.ann, on: Workbench.day)
        else {
            Issue.record("not sent")
            return
        }
        #expect(answer == send.answer)
        #expect(used == QuotaUse(messages: 1, invites: 1))
        #expect(try bench.count("SELECT count(*) FROM outbox WHERE courier = 'mailbox'") == 3)
        #expect(try bench.count("SELECT count(*) FROM outbox WHERE courier = 'smtp'") == 3)
        #expect(try bench.count("SELECT count(*) FROM pragma_foreign_key_check") == 0)
        #expect(
            try bench.count(
                """
                SELECT count(*) FROM accounts WHERE address = 'new0@example.com' AND status = 'pending'
                AND challenge_hash IS NOT NULL AND "group" = 'guest'
                """) == 1)
        #expect(try bench.count("SELECT count(*) FROM contacts") == 6)
        #expect(try bench.store.leafCount() == 1)
        #expect(try bench.store.leaves(from: 0, limit: 9) == [send.entry.leaf])
        #expect(try bench.store.entry(of: send.entry.id)?.index == 0)
        #expect(try bench.store.openings(at: 0) == send.entry.openings)
    }

    @Test func `a draft is loaded with all that surrounds it`() async throws {
        let bench = try await Workbench()
        try await bench.draft(0..<1)
        let loaded = try bench.find(0)
        #expect(loaded.draft.subject == "S0")
        #expect(loaded.draft.attachmentNames == ["a.pdf"])
        #expect(loaded.draft.cc.map(\.description) == ["bob@example.org"])
        #expect(loaded.recipients.map(\.standing) == [.active, .unknown, .disabled])
        #expect(loaded.recipients.map(\.contact) == [true, false, false])
        #expect(loaded.recipients.map(\.challengePassed) == [true, false, false])
        #expect(loaded.recipients.map(\.group) == ["guest", nil, "staff"])
        #expect(loaded.used == QuotaUse(messages: 0, invites: 0))
        guard
            case .foreign = try bench.store.load(
                Workbench.guid(0), for: AccountID(rawValue: 2), on: Workbench.day)
        else {
            Issue.record("not foreign")
            return
        }
        guard
            case .missing = try bench.store.load(
                Workbench.guid(9), for: bench.ann, on: Workbench.day)
        else {
            Issue.record("not missing")
            return
        }
    }

    @Test func `two hundred sends at once against a quota of fifty settle fifty`() async throws {
        let bench = try await Workbench()
        try await bench.draft(0..<200)
        let results = try await withThrowingTaskGroup(of: Settlement.self) { group in
            for number in 0..<200 {
                let send = try bench.send(try bench.find(number), limit: 50)
                group.addTask { try await bench.settle(send) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.count { $0 == .accepted } == 50)
        #expect(results.count { $0 == .quotaChanged } == 150)
        #expect(try bench.count("SELECT messages FROM quotas") == 50)
        #expect(try bench.count("SELECT invites FROM quotas") == 50)
        #expect(try bench.count("SELECT count(*) FROM accounts WHERE status = 'pending'") == 50)
        #expect(try bench.count("SELECT count(*) FROM messages WHERE state = 1") == 50)
        #expect(try bench.store.leafCount() == 50)
        #expect(try bench.store.leaves(from: 0, limit: 100).count == 50)
    }

    @Test func `invitations are limited like messages`() async throws {
        let bench = try await Workbench()
        try await bench.draft(0..<3)
        var results: [Settlement] = []
        for number in 0..<3 {
            results.append(
                try await bench.settle(bench.send(bench.find(number), invites: 2)))
        }
        #expect(results == [.accepted, .accepted, .quotaChanged])
        #expect(try bench.count("SELECT count(*) FROM accounts WHERE status = 'pending'") == 2)
    }

    @Test func `the same draft twenty times at once is accepted once and answered alike`()
        async throws
    {
        let bench = try await Workbench()
        try await bench.draft(0..<1)
        let loaded = try bench.find(0)
        let results = try await withThrowingTaskGroup(of: (Settlement, StoredAnswer).self) {
            group in
            for _ in 0..<20 {
                let send = try bench.send(loaded)
                group.addTask { (try await bench.settle(send), send.answer) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let winners = results.filter { $0.0 == .accepted }
        #expect(winners.count == 1)
        let answer = try #require(winners.first).1
        #expect(results.count { $0.0 == .alreadyAccepted(answer) } == 19)
        #expect(try bench.count("SELECT messages FROM quotas") == 1)
        #expect(try bench.count("SELECT count(*) FROM outbox") == 3)
    }

    @Test func `a draft saved between load and settle is not sent`() async throws {
        let bench = try await Workbench()
        try await bench.draft(0..<1)
        let send = try bench.send(try bench.find(0))
        try await bench.draft(0..<1)
        #expect(try await bench.settle(send) == .draftChanged)
        #expect(try bench.store.leafCount() == 0)
        #expect(try bench.count("SELECT count(*) FROM quotas") == 0)
        #expect(try await bench.settle(bench.send(bench.find(0))) == .accepted)
    }

    @Test func `forgetting a person destroys what opens their entries and keeps the log`()
        async throws
    {
        let bench = try await Workbench()
        try await bench.store.record(bench.entry())
        #expect(try bench.store.openings(at: 0).count == 1)
        try await bench.store.destroySubjectKey(of: bench.ann, recording: bench.entry())
        #expect(try bench.store.openings(at: 0).isEmpty)
        #expect(try bench.store.openings(at: 1).count == 1)
        #expect(try bench.store.leafCount() == 2)
    }
}

@Suite struct AttemptTests {
    let limits = AttemptLimits(warnAfter: 3, lockAfter: 5, burnAfter: nil)

    @Test func `a thousand attempts at once against a limit of five grant five`() async throws {
        let bench = try await Workbench()
        try await bench.draft(0..<1)
        let granted = try await withThrowingTaskGroup(of: AttemptFacts?.self) { group in
            for _ in 0..<1_000 {
                group.addTask {
                    try await bench.store.reserveAttempt(
                        Workbench.guid(0), by: bench.ann, limits: limits)
                }
            }
            return try await group.reduce(into: [AttemptFacts]()) { granted, facts in
                if let facts { granted.append(facts) }
            }
        }
        #expect(granted.map(\.message).sorted() == [0, 1, 2, 3, 4])
        #expect(try bench.find(0).attempts == AttemptFacts(message: 5, principal: 5))
    }

    @Test func `many drafts do not give a guesser more attempts`() async throws {
        let bench = try await Workbench()
        try await bench.draft(0..<8)
        var granted = 0
        for number in 0..<8 {
            let facts = try await bench.store.reserveAttempt(
                Workbench.guid(number), by: bench.ann, limits: limits)
            if facts != nil { granted += 1 }
        }
        #expect(granted == 5)
    }

    @Test func `a lock outlasts a raised limit and ends with an administrator`() async throws {
        let bench = try await Workbench()
        try await bench.draft(0..<1)
        func reserve(_ lockAfter: Int) async throws -> Bool {
            try await bench.store.reserveAttempt(
                Workbench.guid(0), by: bench.ann,
                limits: AttemptLimits(warnAfter: 1, lockAfter: lockAfter, burnAfter: nil)) != nil
        }
        #expect(try await reserve(1))
        #expect(try await !reserve(1))
        #expect(try await !reserve(10))
        #expect(try await bench.store.unlockAttempts(of: bench.ann))
        #expect(try await reserve(10))
        #expect(try await bench.store.unlockAttempts(of: bench.ann))
        #expect(try await !bench.store.unlockAttempts(of: bench.ann))
    }

    @Test func `a message guessed at too often is destroyed`() async throws {
        let bench = try await Workbench()
        try await bench.draft(0..<1)
        let limits = AttemptLimits(warnAfter: 1, lockAfter: 9, burnAfter: 2)
        for expected in [true, true, false] {
            let facts = try await bench.store.reserveAttempt(
                Workbench.guid(0), by: bench.ann, limits: limits)
            #expect((facts != nil) == expected)
        }
        guard
            case .missing = try bench.store.load(
                Workbench.guid(0), for: bench.ann, on: Workbench.day)
        else {
            Issue.record("still there")
            return
        }
        #expect(try bench.count("SELECT count(*) FROM message_texts WHERE body <> ''") == 0)
    }

    @Test func `settling gives the attempt back`() async throws {
        let bench = try await Workbench()
        try await bench.draft(0..<1)
        _ = try await bench.store.reserveAttempt(Workbench.guid(0), by: bench.ann, limits: limits)
        #expect(try await bench.settle(bench.send(bench.find(0), refunds: true)) == .accepted)
        #expect(try bench.count("SELECT used FROM attempts") == 0)
        #expect(try bench.count("SELECT used FROM account_attempts") == 0)
    }
}
