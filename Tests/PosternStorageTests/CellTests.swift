import GRDB
import PosternModel
import PosternTesting
import Testing

@testable import PosternCredentials
@testable import PosternPipeline
@_spi(Testing) @testable import PosternStorage

/// Messages to cells of other units, and from them.
@Suite struct CellTests {
    static let partner = url("https://partner.example/")
    static let home = url("https://home.example/")
    static let remote = CellURL(handle("lab"), on: partner)

    static func url(_ text: String) -> UnitURL {
        guard let unit = UnitURL(text) else { preconditionFailure("a well-formed address") }
        return unit
    }

    static func handle(_ text: String) -> Handle {
        guard let handle = Handle(text) else { preconditionFailure("a well-formed handle") }
        return handle
    }

    let key = UnitKey.generate()
    let register: UnitRegister

    init() throws {
        register = UnitRegister(
            ForeignUnitList([
                ForeignUnit(
                    url: Self.partner,
                    keys: try JWTKeySet(Array(key.publicKeys.utf8), for: [.es256]),
                    account: Member.gus.address)
            ]))
    }

    /// A household where Ann, who may write to cells, and Bob have handles; Gus stands for the partner's unit.
    private func house() async throws -> Household {
        let house = try await ComposedSendTests.house(foreign: register)
        try house.change(
            """
            UPDATE accounts SET handle = 'ann', "group" = 'crowds' WHERE address = 'ann@example.org';
            UPDATE accounts SET handle = 'bob' WHERE address = 'bob@example.org';
            """)
        return house
    }

    private func due(_ house: Household) async throws -> [OutboxRow] {
        try await house.store.due(.cell, at: house.clock.now(), limit: 9, lease: .seconds(60))
    }

    private static func target(_ cell: CellURL) -> Target { .address(.cell(cell)) }

    // MARK: - To them

    @Test func `a cell's row brings the message as it was sent, and no other row does`()
        async throws
    {
        let house = try await house()
        let composition = ComposedSendTests.composition([
            Self.target(Self.remote), ComposedSendTests.contact(1), Self.target(Self.remote),
        ])
        let outcome = await house.send(composition)
        let receipt = try #require(outcome.receipt, "\(outcome.word)")
        #expect(
            receipt.recipients.map(\.address.description)
                == [Self.remote.description, "bob@example.org"])
        #expect(try house.count("SELECT sum(messages) FROM quotas") == 1)
        #expect(try house.count("SELECT count(*) FROM outside_recipients") == 1)
        let rows = try await due(house)
        let row = try #require(rows.first)
        #expect(rows.count == 1 && row.recipient == .cell(Self.remote) && row.courier == .cell)
        #expect(row.text == nil && row.withheld == nil)
        #expect(
            row.letter
                == CellMessage(
                    guid: composition.guid, sender: try house.account(.ann),
                    senderHandle: Self.handle("ann"), subject: "Rounds", body: "At 9.",
                    annex: composition.content.annex))
        let progress = try await house.progress(composition.guid)
        #expect(progress.recipients == 2 && progress.pending == 2)
        try await house.deliver()
        try await house.store.delivered([row.id], at: house.clock.now())
        #expect(try await house.progress(composition.guid).state == .sent)
        let found = try await house.outgoings(OutgoingSearch(recipient: .cell(Self.remote)))
        #expect(found.items.map(\.guid) == [composition.guid])
    }

    struct Obstacle: Sendable, CustomTestStringConvertible {
        var target: Target
        var sql = ""
        var options = MessageOptions()
        var word: String
        var testDescription: String { "\(target) \(sql) \(word)" }
    }

    @Test(arguments: [
        Obstacle(target: target(remote), word: "accepted"),
        Obstacle(
            target: target(CellURL(handle("x"), on: url("https://other.example/"))),
            word: "target.cells-unserved"),
        Obstacle(
            target: target(CellURL(handle("x"), on: url("https://partner.example:8443/"))),
            word: "target.cells-unserved"),
        Obstacle(
            target: target(CellURL(handle("x"), on: url("https://partner.example/lab/"))),
            word: "target.cells-unserved"),
        Obstacle(
            target: target(remote), sql: "UPDATE accounts SET handle = NULL",
            word: "target.cells-unserved"),
        Obstacle(
            target: target(remote),
            sql: "UPDATE accounts SET \"group\" = 'staff' WHERE address = 'ann@example.org'",
            word: "49"),
        Obstacle(
            target: target(remote), options: MessageOptions(fyeoType: .accountPassword),
            word: "target.cells-unserved"),
        // As a member of a list.
        Obstacle(
            target: .listNamed("ward"),
            sql: "UPDATE address_book SET address = 'https://other.example/x/' WHERE id = 2",
            word: "target.cells-unserved"),
        Obstacle(
            target: .listNamed("ward"),
            sql: "UPDATE address_book SET address = 'https://partner.example/x/' WHERE id = 2",
            word: "accepted"),
    ])
    func `a cell is reached where the policy and the list of units reach it`(
        _ row: Obstacle
    ) async throws {
        let house = try await house()
        if !row.sql.isEmpty { try house.change(row.sql) }
        var composition = ComposedSendTests.composition([row.target])
        composition.content.options = row.options
        #expect(await house.send(composition).word == row.word)
        guard row.word != "accepted" else { return }
        #expect(try house.count("SELECT count(*) FROM outbox") == 0)
        #expect(try house.count("SELECT coalesce(sum(messages), 0) FROM quotas") == 0)
    }

    @Test
    func `a unit taken off the list is written to no more, and what waits says who it is for`()
        async throws
    {
        let house = try await house()
        let composition = ComposedSendTests.composition([Self.target(Self.remote)])
        let later = house.clock.now().advanced(by: .seconds(600))
        #expect(await house.send(composition, at: later).word == "scheduled")
        #expect(try house.count("SELECT count(*) FROM outside_recipients") == 1)
        register.activate(ForeignUnitList())
        #expect(
            await house.send(ComposedSendTests.composition([Self.target(Self.remote)])).word
                == "target.cells-unserved")
        let ann = try house.account(.ann)
        let waiting = try house.store.load(composition.guid, for: ann, on: "2026-11-28")
        guard case .found(let loaded) = waiting else {
            Issue.record("it does not wait")
            return
        }
        #expect(loaded.outsiders == [.cell(Self.remote)])
    }

    @Test func `what is protected, expired, damaged or without a sender's cell is withheld`()
        async throws
    {
        let house = try await house()
        let good = ComposedSendTests.composition([Self.target(Self.remote)])
        #expect(await house.send(good).word == "accepted")
        let row = try #require(try await due(house).first)
        func again(_ sql: String) async throws -> String? {
            await house.store.release([row.id])
            try house.change(sql)
            let found = try await due(house).first
            #expect(found?.letter == nil)
            return found?.withheld
        }
        #expect(
            try await again("UPDATE messages SET fyeo_type = 'uniquePassword'")
                == "The message is protected by a password, and another unit would show it without."
        )
        #expect(
            try await again("UPDATE messages SET fyeo_type = 'disabled', erase_at = 1")
                == "The message has expired.")
        #expect(
            try await again(
                "UPDATE messages SET erase_at = NULL; UPDATE message_annexes SET annex = zeroblob(40)"
            ) == "The message cannot be opened: content.unreadable.")
        #expect(
            try await again("UPDATE accounts SET handle = NULL")
                == "The sender has no handle any more, and so no cell to write from.")
    }

    @Test func `a message taken back or stopped goes to no cell`() async throws {
        let house = try await house()
        let composition = ComposedSendTests.composition([Self.target(Self.remote)])
        #expect(await house.send(composition).word == "accepted")
        #expect(
            await house.perform(.recall(composition.guid, Recalling(reason: "R")), by: .ann).word
                == "done")
        #expect(try await due(house).isEmpty)
        let second = ComposedSendTests.composition([Self.target(Self.remote)])
        #expect(await house.send(second).word == "accepted")
        #expect(try await house.stop(second.guid) == .stopped)
        #expect(try await due(house).isEmpty)
        #expect(try await house.progress(second.guid).stopped == 1)
    }

    // MARK: - From them

    private func handOver(
        _ composition: Composition, in house: Household, from sender: CellURL = remote,
        said: CellURL? = nil, to receiver: String = "bob", shown: Secret? = nil
    ) async throws -> SendOutcome {
        let cell = CellURL(Self.handle(receiver), on: Self.home)
        let token = key.token(from: sender, to: cell, at: house.clock.now())
        return await house.send(
            composition,
            showing: PresentedCredential(
                token: shown ?? token, crossing: .init(from: said ?? sender, to: cell)))
    }

    private func message(to receiver: String = "bob") -> Composition {
        var composition = ComposedSendTests.composition([.handle(Self.handle(receiver))])
        composition.mayRepeat = true
        return composition
    }

    @Test
    func `what a foreign cell hands over is charged to its unit's account and delivered once`()
        async throws
    {
        let house = try await house()
        let composition = message()
        let first = try await handOver(composition, in: house)
        #expect(first.word == "accepted")
        let again = try await handOver(composition, in: house)
        guard case .accepted(let acceptance) = again, case .accepted(let original) = first else {
            Issue.record("\(again.word)")
            return
        }
        #expect(acceptance.replayed && acceptance.answer == original.answer)
        #expect(acceptance.answer.decision.madeAt == original.receipt?.at)
        try await house.deliver()
        #expect(try await house.subjects([.inbox]) == ["Rounds"])
        #expect(
            try house.count(
                "SELECT messages FROM quotas q JOIN accounts a ON a.id = q.account WHERE a.address = 'gus@example.org'"
            ) == 1)
        let ann = message()
        #expect(await house.send(ann, by: .ann).word == "accepted")
        #expect(
            try await handOver(ann, in: house).word == "message.taken",
            "a name that is somebody else's is taken, repeat or not")
    }

    @Test func `many repeats at once leave one message`() async throws {
        let house = try await house()
        let composition = message()
        let words = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<8 {
                group.addTask { try await handOver(composition, in: house).word }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(words.sorted() == ["accepted"] + Array(repeating: "replayed", count: 7))
        #expect(try house.count("SELECT count(*) FROM outbox") == 1)
        #expect(try house.count("SELECT sum(messages) FROM quotas") == 1)
    }

    @Test func `the rules of the unit's account hold for its cells`() async throws {
        let house = try await house()
        // A guest has two messages a day.
        for word in ["accepted", "accepted", "28"] {
            #expect(try await handOver(message(), in: house).word == word)
        }
        try house.change("UPDATE accounts SET handle = 'dan' WHERE address = 'dan@example.org'")
        house.clock.advance(by: .seconds(86_400))
        #expect(try await handOver(message(to: "dan"), in: house, to: "dan").word == "8871")
        #expect(
            try await handOver(message(to: "nobody"), in: house, to: "nobody").word
                == "target.unknown")
        #expect(try house.count("SELECT count(*) FROM outbox") == 2)
    }

    struct Shown: Sendable {
        var sql = ""
        var sender = CellTests.remote
        var said: CellURL?
        var token: Secret?
        var problem: CellTokenProblem?
        var word = "811"
    }

    @Test(arguments: [
        Shown(said: CellURL(handle("eve"), on: partner), word: "token.of-another"),
        Shown(said: CellURL(handle("bob"), on: home), word: "token.of-another"),
        Shown(
            sender: CellURL(handle("x"), on: url("https://other.example/")), problem: .unknownUnit),
        Shown(token: Secret("token-of-ann"), problem: .ownToken),
        Shown(token: Secret("token-of-nobody"), problem: .unreadable),
        Shown(token: Secret("eyJ.eyJ."), problem: .unreadable),
        Shown(
            sql: "UPDATE accounts SET status = 'disabled' WHERE address = 'gus@example.org'",
            problem: .accountUnusable),
        Shown(
            sql: "UPDATE accounts SET address = 'no@example.org' WHERE address = 'gus@example.org'",
            problem: .accountUnusable),
        Shown(
            sql: "UPDATE accounts SET status = 'pending' WHERE address = 'gus@example.org'",
            problem: .accountUnusable),
    ])
    func `whoever is not who the message says hands nothing over`(_ row: Shown) async throws {
        let house = try await house()
        if !row.sql.isEmpty { try house.change(row.sql) }
        let outcome = try await handOver(
            message(), in: house, from: row.sender, said: row.said, shown: row.token)
        #expect(outcome.word == row.word)
        if case .refused(let refusal) = outcome { #expect(refusal.cellToken == row.problem) }
        #expect(try house.count("SELECT count(*) FROM outbox") == 0)
        #expect(try house.count("SELECT count(*) FROM quotas") == 0)
    }

    @Test func `a token is good for its cell and its time, and does nothing but hand over`()
        async throws
    {
        let house = try await house()
        let bob = CellURL(Self.handle("bob"), on: Self.home)
        let token = key.token(from: Self.remote, to: bob, at: house.clock.now())
        func problem(_ outcome: SendOutcome) -> CellTokenProblem? {
            if case .refused(let refusal) = outcome { refusal.cellToken } else { nil }
        }
        let other = try await handOver(message(), in: house, to: "cay-cell", shown: token)
        #expect(problem(other) == .wrongAudience)
        let crossing = PresentedCredential(
            token: token, crossing: .init(from: Self.remote, to: bob))
        #expect(await house.perform(.describeQuotas, showing: crossing).word == "811")
        #expect(
            await house.perform(.describeQuotas, showing: PresentedCredential(token: token)).word
                == "811")
        house.clock.advance(by: .seconds(301))
        #expect(
            problem(try await handOver(message(), in: house, shown: token)) == .expired)
        register.activate(ForeignUnitList())
        #expect(problem(try await handOver(message(), in: house)) == .unknownUnit)
    }

    // MARK: - Between them

    @Test func `a request approved puts a foreign cell on the list, which then reaches it`()
        async throws
    {
        let house = try await house()
        var composition = message()
        composition.content.isRequest = true
        #expect(try await handOver(composition, in: house, to: "bob").word == "accepted")
        try await house.deliver()
        let change = ListChange(.link, .address(.cell(Self.remote)), list: "friends")
        let outcome = await house.perform(
            .incoming(
                .markIncoming(
                    .guid(composition.guid), .answered(.approved, effect: { _ in .change(change) }))
            ),
            by: .bob)
        #expect(outcome.word == "done")
        #expect(
            try house.look {
                try String.fetchAll(
                    $0,
                    sql: "SELECT name || ' ' || address FROM address_book WHERE address LIKE 'h%'")
            } == ["lab https://partner.example/lab/"])
        try house.change(
            "UPDATE accounts SET \"group\" = 'crowds' WHERE address = 'bob@example.org'")
        let answer = await house.send(
            ComposedSendTests.composition([.listNamed("friends")]), by: .bob)
        #expect(answer.receipt?.recipients.map(\.address) == [.cell(Self.remote)])
        #expect(try await due(house).map(\.recipient) == [.cell(Self.remote)])
    }
}
