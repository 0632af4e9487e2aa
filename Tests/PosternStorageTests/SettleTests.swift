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

    @Test func `a challenge is for those it is asked of, and for nobody else`() async throws {
        let bench = try await Workbench()
        try await bench.draft(0..<3)
        func challenged(_ name: String) throws -> Int {
            try bench.count(
                """
                SELECT count(*) FROM accounts WHERE address = '\(name)@example.com'
                  AND status = 'pending' AND challenge_hash IS NOT NULL
                """)
        }
        #expect(try await bench.settle(bench.send(bench.find(0), challenging: [])) == .accepted)
        #expect(try challenged("new0") == 0)
        // Invited before, and asked for a code now.
        try bench.change(
            "UPDATE recipients SET address = 'new0@example.com' WHERE address LIKE 'new%'")
        let second = try bench.find(1)
        #expect(second.recipients.contains { $0.standing == .pending })
        #expect(try await bench.settle(bench.send(second)) == .accepted)
        #expect(try challenged("new0") == 1)
        try bench.change("UPDATE accounts SET challenge_hash = 'first' WHERE address LIKE 'new0%'")
        #expect(try await bench.settle(bench.send(bench.find(2))) == .accepted)
        #expect(
            try bench.count("SELECT count(*) FROM accounts WHERE challenge_hash = 'first'") == 1,
            "the first code stays")
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
}
