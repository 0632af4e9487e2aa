import PosternModel
import PosternTesting
import Testing

@testable import PosternPipeline
@_spi(Testing) @testable import PosternStorage

/// What the webhook's courier is handed.
@Suite struct PhoneOutboxTests {
    private let number = "+41791234567"

    /// Adds a row for a telephone, as a send to one would.
    private func call(
        _ guid: MessageGUID, in house: Household, id: Int64, dueIn milliseconds: Int64 = 0
    ) throws {
        let now = house.clock.now().milliseconds
        try house.change(
            """
            INSERT INTO outbox(id, message, courier, recipient, due_at, accepted_at)
            SELECT \(id), id, 'webhook', '\(number)', \(now + milliseconds), \(now)
            FROM messages WHERE hex(guid) = upper('\(guid)')
            """)
    }

    private func due(_ house: Household, limit: Int = 99) async throws -> [OutboxRow] {
        try await house.store.due(
            .webhook, at: house.clock.now(), limit: limit, lease: .seconds(60))
    }

    @Test func `a telephone's row brings its text and its sender, and no other row does`()
        async throws
    {
        let house = try await Household()
        let guid = try await house.draft(
            DraftContent(to: [Member.bob.address], subject: "S", body: "Grüezi\n🙂"))
        #expect(await house.send(guid) == "accepted")
        try call(guid, in: house, id: 1 << 40)
        try call(guid, in: house, id: 1 << 41, dueIn: 1000)
        let rows = try await due(house)
        #expect(rows.map(\.id) == [1 << 40])
        let row = try #require(rows.first)
        #expect(row.message == guid && row.recipient.description == number)
        #expect(row.text == "Grüezi\n🙂" && row.withheld == nil && row.notification == nil)
        #expect(row.sender == Member.ann.address)
        house.clock.advance(by: .seconds(1))
        let later = try await due(house)
        #expect(later.map(\.text) == ["Grüezi\n🙂"])
        for courier in [OutboxRow.Courier.mailbox, .smtp] {
            let others = try await house.store.due(
                courier, at: house.clock.now(), limit: 9, lease: .seconds(60))
            #expect(others.count == 1)
            #expect(others.allSatisfy { $0.text == nil && $0.sender == nil })
        }
    }

    @Test func `HTML is handed over as the text a reader sees`() async throws {
        let house = try await Household()
        let guid = try await house.draft(
            DraftContent(
                to: [Member.bob.address], subject: "S", body: "<p>At <b>nine</b> &amp; not ten</p>",
                bodyFormat: .html))
        #expect(await house.send(guid) == "accepted")
        try call(guid, in: house, id: 1 << 40)
        #expect(try await due(house).map(\.text) == ["At nine & not ten"])
    }

    @Test func `what is protected, expired or damaged is withheld, and says why`() async throws {
        let house = try await Household()
        let locked = try await house.sent(
            options: MessageOptions(fyeoType: .uniquePassword), password: Household.word)
        let confidential = try await house.sent(
            options: MessageOptions(fyeoType: .accountPassword), password: Member.ann.password)
        let expired = try await house.sent(
            expiry: Expiry(date: house.clock.now().advanced(by: .seconds(60))))
        let damaged = try await house.sent()
        let good = try await house.sent(body: "Good")
        for (index, guid) in [locked, confidential, expired, damaged, good].enumerated() {
            try call(guid, in: house, id: 1 << 40 + Int64(index))
        }
        try house.change(
            "UPDATE message_texts SET body = zeroblob(length(body)) WHERE message = (SELECT id FROM messages WHERE hex(guid) = upper('\(damaged)'))"
        )
        house.clock.advance(by: .seconds(60))
        let rows = try await due(house)
        let protected =
            "The message is protected by a password, and a telephone would show it without."
        #expect(
            rows.map { $0.text ?? $0.withheld } == [
                protected, protected, "The message has expired.",
                "The message cannot be opened: content.unreadable.", "Good",
            ])
        #expect(rows.map { $0.withheld == nil } == [false, false, false, false, true])
    }

    @Test func `a message taken back goes to no telephone`() async throws {
        let house = try await Household()
        let guid = try await house.sent()
        // Rows are numbered after the entry of their send, which is the newest.
        try call(guid, in: house, id: (house.store.leafCount() - 1) << 24 + 9)
        #expect(try await house.store.nextDue(.webhook) != nil)
        let recalling = Recalling(reason: "R")
        #expect(await house.perform(.recall(guid, recalling), by: .ann).word == "done")
        #expect(try await due(house).isEmpty)
        #expect(try await house.store.nextDue(.webhook) == nil)
    }

    @Test func `a batch holds no more text than it must`() async throws {
        let house = try await Household()
        let large = String(repeating: "x", count: OutboxSearch.mostTextBytes / 2)
        let guid = try await house.draft(
            DraftContent(to: [Member.bob.address], subject: "S", body: large))
        #expect(await house.send(guid) == "accepted")
        for index in 0..<5 { try call(guid, in: house, id: 1 << 40 + Int64(index)) }
        for count in [2, 2, 1, 0] { #expect(try await due(house).count == count) }
        #expect(try await due(house, limit: 0).isEmpty)
    }

    @Test func `a row put off comes back with its text`() async throws {
        let house = try await Household()
        let guid = try await house.sent(body: "Again")
        try call(guid, in: house, id: 1 << 40)
        let row = try #require(try await due(house).first)
        let later = house.clock.now().advanced(by: .seconds(30))
        try await house.store.delay(row.id, until: later, reason: "Busy.")
        #expect(try await due(house).isEmpty)
        house.clock.advance(by: .seconds(30))
        let again = try await due(house)
        #expect(again.map(\.text) == ["Again"] && again.map(\.attempts) == [1])
    }
}
