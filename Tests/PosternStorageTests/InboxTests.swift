import Foundation
import GRDB
import PosternCredentials
import PosternModel
@testable import PosternPipeline
import PosternPolicy
import PosternSealing
@_spi(Testing) @testable import PosternStorage
import PosternTesting
import Testing

/// Messages as those see them they were delivered to, for dialects that show bodies in lists.
@Suite struct InboxTests {
    @Test func `a delivered message is shown with its body, and with those its reader may know of`()
        async throws
    {
        let house = try await Household()
        try house.change("UPDATE accounts SET handle = 'ann-1' WHERE address = 'ann@example.org'")
        let start = house.clock.now()
        let guid = try await house.sent(
            to: [.bob, .cay], cc: [.cay, .kim], bcc: [.gus], subject: "S", body: "B")
        for (reader, others) in [
            (Member.bob, [Member.cay, .kim]), (.cay, [.bob, .kim]), (.gus, [.bob, .cay, .kim]),
        ] {
            let message = try await house.incoming(guid, by: reader)
            #expect(message.guid == guid)
            #expect(message.sender.address == Member.ann.address)
            #expect(message.sender.name == "ANN")
            #expect(message.senderHandle == Handle("ann-1"))
            #expect(message.others.map(\.address) == others.map(\.address))
            #expect(message.subject == "S")
            #expect(message.body == "B")
            #expect(message.annex == nil)
            #expect(message.sentAt == start && message.deliveredAt == start)
            #expect(!message.isRead && message.answer == nil)
            let number = MessageName.number(message.number)
            for operation in [
                Asked.incoming(.readIncoming(number)), .incoming(.readEither(number)),
            ] {
                let outcome = await house.perform(operation, by: reader)
                #expect(outcome.incoming == message)
            }
        }
        #expect(await house.perform(.incoming(.readIncoming(.guid(guid))), by: .ann).word == "929")
        #expect(await house.perform(.incoming(.readIncoming(.guid(guid))), by: .dan).word == "811")
    }

    @Test func `HTML is shown as what was judged of it`() async throws {
        let house = try await Household()
        let html = "Hi<!-- no --><i hidden>no</i> <b>B</b>ob &amp; all"
        let guid = try await house.sent(body: html, format: .html)
        #expect(try await house.incoming(guid).body == "Hi Bob & all")
        #expect(try await house.incomings().items.map(\.body) == ["Hi Bob & all"])
        let text = try await house.sent(body: html)
        #expect(try await house.incoming(text).body == html)
    }

    @Test(arguments: MessageFate.allCases) func `what may not be read shows no body`(
        _ fate: MessageFate
    ) async throws {
        let house = try await Household()
        let other = try await house.sent(subject: "other", body: "O")
        let guid = try await house.message(fate) { try house.annex($0, [1]) }
        let before = try house.count("SELECT count(*) FROM tracking")
        let entries = try house.operationEntries().count
        let outcome = await house.perform(.incoming(.readIncoming(.guid(guid))), by: .bob)
        let page = try await house.incomings()
        switch fate {
        case .recalled, .withdrawn, .locked, .confidential:
            let message = try #require(outcome.incoming)
            #expect(message.body == nil)
            let isTakenBack = [.recalled, .withdrawn].contains(fate)
            #expect((message.annex == nil) == isTakenBack)
            #expect(Set(page.items.map(\.guid)) == [guid, other])
            #expect(page.items.first { $0.guid == guid } == message)
            #expect(page.total == 2)
            let answer = await house.perform(
                .incoming(.markIncoming(.guid(guid), .answered(.approved))), by: .bob)
            #expect(message.isRequest)
            #expect(answer.word == (isTakenBack ? "message.answered" : "done"))
        default:
            #expect(outcome.word == "929")
            #expect(page.items.map(\.guid) == [other])
            #expect(page.total == 1)
            let mark = await house.perform(
                .incoming(.markIncoming(.guid(guid), .read(true))), by: .bob)
            #expect(mark.word == "929")
        }
        // Only the other message was read.
        #expect(try house.count("SELECT count(*) FROM tracking") == before + 1)
        let recorded = try house.operationEntries()[entries...]
        #expect(recorded.first { $0 != "readIncoming 929" } == "listIncoming")
        #expect(recorded.contains("readIncoming 929") == (outcome.word == "929"))
        #expect(try house.count("SELECT count(*) FROM mailboxes WHERE read_at IS NOT NULL") == 0)
    }

    @Test func `a page leaves one entry that names what it showed, each time, and marks nothing`()
        async throws
    {
        let house = try await Household()
        var guids: [MessageGUID] = []
        for body in ["1", "2"] { guids.append(try await house.sent(body: body)) }
        let silent = try await house.sent(body: "3", options: MessageOptions(allowTracking: false))
        _ = try await house.sent(
            body: "4", options: MessageOptions(fyeoType: .uniquePassword),
            password: Household.word)
        for round in 1...2 {
            let before = try house.store.leafCount()
            let page = try await house.incomings()
            #expect(page.items.compactMap(\.body).sorted() == ["1", "2", "3"])
            #expect(page.items.allSatisfy { !$0.isRead })
            #expect(try house.store.leafCount() == before + 1)
            let openings = try #require(try house.store.openings(at: before))
            #expect(openings.map(\.field) == ["account", "draft"])
            let named = try #require(openings.last).value.split(separator: "\n")
            #expect(Set(named.map(String.init)) == Set((guids + [silent]).map(\.description)))
            #expect(try house.count("SELECT count(*) FROM tracking") == 2, "round \(round)")
        }
        let counts = await house.view(guids[0], by: .ann)?.tracking?.counts
        #expect(counts == [.retrieved: 1])
        // Nothing shown, nothing recorded.
        let before = try house.store.leafCount()
        #expect(try await house.incomings(IncomingSearch(window: Window(offset: 9))).items == [])
        #expect(try await house.incomings(by: .cay).items == [])
        #expect(try house.store.leafCount() == before)
    }

    @Test func `a page of a thousand bodies has one entry that fits its leaf`() async throws {
        let house = try await Household()
        let first = try await house.sent(body: "B")
        let guids = Array(repeating: first, count: 2_000)
        let walk = OperationWalk(
            request: OperationRequest(operation: .incoming(.listIncoming(IncomingSearch()))),
            context: RequestContext(dialect: "test", request: "r1"),
            active: house.operations.ports.policies.current, now: house.clock.now())
        let entry = try walk.entry(
            account: house.account(.bob), address: Member.bob.address, about: guids)
        #expect(entry.leaf.count < 2_000)
    }

    static let windows: [(Window, Bool, Bool, [Int], Int)] = [
        (Window(), false, false, [4, 3, 2, 1, 0], 5),
        (Window(), false, true, [0, 1, 2, 3, 4], 5),
        (Window(offset: 1, limit: 2), false, false, [3, 2], 5),
        (Window(offset: 1, limit: 2), false, true, [1, 2], 5),
        (Window(offset: 4, limit: 9), false, true, [4], 5),
        (Window(offset: 5), false, false, [], 5),
        (Window(offset: .max, limit: .max), false, true, [], 5),
        (Window(limit: 0), false, false, [], 5),
        (Window(), true, false, [4, 2, 0], 3),
        (Window(offset: 1, limit: 1), true, true, [2], 3),
    ]

    @Test func `messages come a part at a time, from either end, all or those not read`()
        async throws
    {
        let house = try await Household()
        // Expired and thrown away ones lie between and count nowhere.
        let soon = Expiry(date: house.clock.now().advanced(by: .seconds(60)))
        var guids: [MessageGUID] = []
        for _ in 0..<5 {
            guids.append(try await house.sent())
            _ = try await house.sent(expiry: soon)
            let thrown = try await house.sent()
            _ = await house.perform(.deleteMessage(thrown), by: .bob)
            house.clock.advance(by: .seconds(10))
        }
        house.clock.advance(by: .seconds(60))
        for index in [1, 3] {
            let mark = await house.perform(
                .incoming(.markIncoming(.guid(guids[index]), .read(true))), by: .bob)
            #expect(mark.word == "done")
        }
        for (window, unreadOnly, oldestFirst, found, total) in Self.windows {
            let page = try await house.incomings(
                IncomingSearch(
                    window: window, isRead: unreadOnly ? false : nil, oldestFirst: oldestFirst))
            #expect(page.items.map(\.guid) == found.map { guids[$0] })
            #expect(page.total == total)
            #expect(page.window == window)
        }
    }

    // MARK: marks

    @Test func `a message is read, and not read after all`() async throws {
        let house = try await Household()
        let guid = try await house.sent()
        for isRead in [true, true, false, false, true] {
            let before = try house.store.leafCount()
            let mark = Asked.incoming(.markIncoming(.guid(guid), .read(isRead)))
            #expect(await house.perform(mark, by: .bob).word == "done")
            #expect(try house.store.leafCount() == before + 1)
            #expect(try house.store.openings(at: before)?.last?.value == guid.description)
            #expect(try await house.incoming(guid).isRead == isRead)
        }
        for name in [
            MessageName.malformed, .number(0), .number(.max), .guid(.random()),
        ] {
            let before = try house.store.leafCount()
            for operation in [
                Asked.incoming(.markIncoming(name, .read(true))), .incoming(.readIncoming(name)),
                .incoming(.readEither(name)),
            ] {
                #expect(await house.perform(operation, by: .bob).word == "929")
            }
            #expect(try house.store.leafCount() == before + 3)
        }
        #expect(
            await house.perform(.incoming(.markIncoming(.guid(guid), .read(true))), by: .cay).word
                == "929")
    }

    @Test func `a request is answered once, and a message without one never`() async throws {
        let house = try await Household()
        let plain = try await house.sent()
        let guid = try await house.sent(to: [.bob, .cay])
        try house.annex(guid, Array("request".utf8))
        let message = try await house.incoming(guid)
        #expect(message.annex == Annex(dialect: "test", bytes: Array("request".utf8)))
        let cases: [(MessageGUID, Member, IncomingMessage.Answer, String)] = [
            (plain, .bob, .approved, "message.answered"), (guid, .bob, .rejected, "done"),
            (guid, .bob, .rejected, "message.answered"),
            (guid, .bob, .approved, "message.answered"), (guid, .cay, .approved, "done"),
            (guid, .kim, .approved, "929"),
        ]
        for (name, reader, answer, word) in cases {
            let entries = try house.operationEntries().count
            let outcome = await house.perform(
                .incoming(.markIncoming(.guid(name), .answered(answer))), by: reader)
            #expect(outcome.word == word)
            let expected =
                word == "done" ? ["markIncoming"] : ["markIncoming \(word)"]
            #expect(try Array(house.operationEntries().dropFirst(entries)) == expected)
        }
        #expect(try await house.incoming(guid).answer == .rejected)
        #expect(try await house.incoming(guid, by: .cay).answer == .approved)
        #expect(try await !house.incoming(guid).isRead, "an answer reads nothing")
    }

    @Test func `of many answers at once one is noted`() async throws {
        let house = try await Household()
        let guid = try await house.sent()
        try house.annex(guid, [1])
        let words = await withTaskGroup(of: String.self) { group in
            for number in 0..<50 {
                group.addTask {
                    let answer: IncomingMessage.Answer =
                        number % 2 == 0 ? .approved : .rejected
                    return await house.perform(
                        .incoming(.markIncoming(.guid(guid), .answered(answer))), by: .bob
                    ).word
                }
            }
            return await group.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
        }
        #expect(words == ["done": 1, "message.answered": 49])
    }

    // MARK: what goes wrong

    @Test(arguments: [CommitInterference.failsUndone, .failsDone])
    func `a body whose reading cannot be recorded is not shown`(
        _ turn: CommitInterference
    ) async throws {
        let interference = Interference()
        let house = try await Household(interference.options)
        let guid = try await house.sent()
        // That Bob's session was used is noted now, and takes no turn later.
        _ = await house.perform(.describeUser, by: .bob)
        try await house.store.probe()
        for operation in [
            Asked.incoming(.readIncoming(.guid(guid))), .incoming(.listIncoming(IncomingSearch())),
        ] {
            interference.plan([turn])
            #expect(await house.perform(operation, by: .bob).word == "storage.unwritable")
            #expect(await house.perform(operation, by: .bob).word == "done")
        }
    }

    @Test func `readings and recalls come one after the other, whoever asks first`() async throws {
        let house = try await Household()
        let guid = try await house.sent(body: "B")
        let seen = await withTaskGroup(of: String?.self) { group in
            for number in 0..<40 {
                group.addTask {
                    if number == 20 {
                        return await house.perform(.recall(guid, Recalling()), by: .ann).word
                    }
                    let outcome = await house.perform(
                        .incoming(.readIncoming(.guid(guid))), by: .bob)
                    return outcome.incoming?.body == nil ? "hidden" : "shown"
                }
            }
            return await group.reduce(into: [String: Int]()) { $0[$1 ?? "", default: 0] += 1 }
        }
        #expect(seen["done"] == 1)
        let entries = try house.operationEntries()
        let recall = try #require(entries.firstIndex(of: "recall"))
        #expect(entries.count { $0 == "readIncoming" } == seen["shown"] ?? 0)
        #expect(!entries[recall...].contains("readIncoming"))
    }

    @Test func `a message that no key opens does not hide the others`() async throws {
        let house = try await Household()
        let good = try await house.sent()
        let bad = try await house.sent()
        try house.change(
            "UPDATE message_keys SET cover = x'00' WHERE message = (SELECT max(id) FROM messages)")
        #expect(try await house.incomings().items.map(\.guid) == [good])
        #expect(
            await house.perform(.incoming(.readIncoming(.guid(bad))), by: .bob).word
                == "content.unreadable")
    }

    @Test func `nothing of an annex or a target is left of a message that was erased`()
        async throws
    {
        let house = try await Household()
        let date = house.clock.now().advanced(by: .seconds(60))
        let guid = try await house.sent(expiry: Expiry(date: date))
        let annex = Array("an annex that is long enough to be found".utf8)
        let sealed = try house.annex(guid, annex)
        let target = Target.listNamed("a list by a name that can be found")
        try await house.store.writer.submit { work in
            let row = try work.statements.row(of: .guid(guid)) ?? 0
            try StoredTarget.replace([target], of: row, work.statements)
            return .keep(())
        }
        #expect(try house.files(holding: sealed) != [])
        #expect(try house.files(holding: annex) == [], "an annex lies sealed")
        #expect(try await house.incoming(guid).annex?.bytes == annex)
        house.clock.advance(by: .seconds(60))
        #expect(try await house.erase() == 1)
        for table in ["message_annexes", "message_targets", "mailboxes"] {
            #expect(try house.count("SELECT count(*) FROM \(table)") == 0, "\(table)")
        }
        #expect(try house.files(holding: sealed) == [])
        #expect(try house.files(holding: Array("a list by a name that can be found".utf8)) == [])
    }
}

extension OperationOutcome {
    var incoming: IncomingMessage? {
        if case .done(.incoming(let message), _) = self { message } else { nil }
    }
}

extension Household {
    func incoming(_ guid: MessageGUID, by member: Member = .bob) async throws -> IncomingMessage {
        let outcome = await perform(.incoming(.readIncoming(.guid(guid))), by: member)
        guard let message = outcome.incoming else { throw Unexpected(outcome.word) }
        return message
    }

    func incomings(
        _ search: IncomingSearch = IncomingSearch(), by member: Member = .bob
    ) async throws -> Excerpt<IncomingMessage> {
        let outcome = await perform(.incoming(.listIncoming(search)), by: member)
        guard case .done(.incomings(let page), _) = outcome else { throw Unexpected(outcome.word) }
        return page
    }

    /// Makes a message one that makes a request, and keeps an annex with it, as a send of another dialect does; gives back
    /// what lies in the ledger.
    @discardableResult
    func annex(_ guid: MessageGUID, _ bytes: [UInt8]) throws -> [UInt8] {
        let wrapped = try self.bytes(
            """
            SELECT cover FROM message_keys k JOIN messages m ON m.id = k.message
            WHERE m.guid = x'\(guid.description)'
            """)
        let cover = try store.vault.unwrap(try WrappedKey(bytes: wrapped), of: guid)
        let sealed = try StoredAnnex(
            Annex(dialect: "test", bytes: bytes), of: guid, under: cover
        ).sealed
        try change(
            """
            UPDATE messages SET is_request = 1 WHERE guid = x'\(guid.description)';
            INSERT INTO message_annexes(message, dialect, annex)
            SELECT id, 'test', x'\(Hexadecimal.encode(sealed))' FROM messages
            WHERE guid = x'\(guid.description)'
            """)
        return sealed
    }
}
