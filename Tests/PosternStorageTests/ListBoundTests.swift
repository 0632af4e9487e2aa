import PosternModel
@_spi(Testing) @testable import PosternStorage
import Testing

/// How much one part of a list may hold: text is bounded, not the number of messages alone.
@Suite struct ListBoundTests {
    /// Two of these make a part of a list, three are too much.
    private static let text = String(repeating: "x", count: ListBound.textBytes / 2 - 1000)
    private static let tooMuch = "answer.too-large"

    @Test func `a list that holds too much text is refused, and shown a part at a time`()
        async throws
    {
        let house = try await Household()
        var guids: [MessageGUID] = []
        for number in 0..<3 {
            let content = DraftContent(subject: "\(number)", body: Self.text)
            guids.append(try await house.compose(content))
        }
        for search in [
            OutgoingSearch(), OutgoingSearch(oldestFirst: true), OutgoingSearch(stages: [.draft]),
            OutgoingSearch(messages: guids),
        ] {
            var search = search
            search.window = Window(limit: 3)
            let whole = await house.perform(.dispatch(.listOutgoing(search)), by: .ann)
            #expect(whole.word == Self.tooMuch, "\(search)")
            search.window = Window(limit: 2)
            let first = try await house.outgoings(search)
            search.window = Window(offset: 2, limit: 2)
            let second = try await house.outgoings(search)
            #expect(first.total == 3 && second.total == 3)
            let subjects = (first.items + second.items).map(\.content.subject)
            #expect(subjects == (search.oldestFirst ? ["0", "1", "2"] : ["2", "1", "0"]))
        }
    }

    @Test func `what was received is bounded by what is shown of it, and a refusal shows nothing`()
        async throws
    {
        let house = try await Household()
        var guids: [MessageGUID] = []
        for number in 0..<3 {
            guids.append(try await house.sent(subject: "S\(number)", body: Self.text))
        }
        // That Bob's session was used is noted now.
        _ = await house.perform(.describeUser, by: .bob)
        for search in [
            IncomingSearch(), IncomingSearch(oldestFirst: true), IncomingSearch(messages: guids),
            IncomingSearch(subject: [TextMatch(.startsWith, "S")]),
        ] {
            let before = try house.store.leafCount()
            var search = search
            search.window = Window(limit: 3)
            let whole = await house.perform(.incoming(.listIncoming(search)), by: .bob)
            #expect(whole.word == Self.tooMuch, "\(search)")
            #expect(try house.store.leafCount() == before)
            search.withBodies = false
            #expect(try await house.incomings(search).items.count == 3)
            #expect(try house.store.leafCount() == before)
            search.withBodies = true
            search.window = Window(limit: 2)
            let first = try await house.incomings(search)
            search.window = Window(offset: 2, limit: 2)
            let second = try await house.incomings(search)
            #expect(first.total == 3 && second.total == 3)
            #expect((first.items + second.items).allSatisfy { $0.body == Self.text })
            let subjects = (first.items + second.items).map(\.subject)
            #expect(subjects == (search.oldestFirst ? ["S0", "S1", "S2"] : ["S2", "S1", "S0"]))
        }
    }

    @Test func `one message by itself is shown whatever its size`() async throws {
        let house = try await Household()
        let large = String(repeating: "x", count: ListBound.textBytes + 1)
        let first = try await house.compose(DraftContent(subject: large, body: large))
        let second = try await house.compose(DraftContent(subject: "small", body: "B"))
        for oldestFirst in [true, false] {
            let names = oldestFirst ? [first, second] : [second, first]
            for (offset, name) in names.enumerated() {
                let window = Window(offset: offset, limit: 1)
                let part = try await house.outgoings(
                    OutgoingSearch(window: window, oldestFirst: oldestFirst))
                #expect(part.items.map(\.guid) == [name] && part.total == 2)
                let page = try await house.search(
                    MessageSearch(page: offset + 1, pageSize: 1, oldestFirst: oldestFirst),
                    by: .ann)
                #expect(page.items.map(\.guid) == [name] && page.total == 2)
            }
            for operation in [
                Asked.dispatch(.listOutgoing(OutgoingSearch(oldestFirst: oldestFirst))),
                .search(MessageSearch(oldestFirst: oldestFirst)),
            ] {
                #expect(await house.perform(operation, by: .ann).word == Self.tooMuch)
            }
        }
    }

    @Test func `recipients are text too, and many names weigh more than their letters`()
        async throws
    {
        let house = try await Household()
        // Three times as many have less than a third of the bytes there may be: what they count besides decides.
        let crowd = try (0..<20_000).map { try #require(EmailAddress("a\($0)@example.org")) }
        #expect(crowd.reduce(0) { $0 + $1.description.utf8.count } * 3 < ListBound.textBytes / 3)
        var guids: [MessageGUID] = []
        for number in 0..<3 {
            guids.append(try await house.compose(DraftContent(bcc: crowd, subject: "\(number)")))
        }
        let listed = await house.perform(.dispatch(.listOutgoing(OutgoingSearch())), by: .ann)
        #expect(listed.word == Self.tooMuch)
        let part = try await house.outgoings(OutgoingSearch(window: Window(limit: 2)))
        #expect(part.items.count == 2 && part.total == 3)
        for search in [
            MessageSearch(), MessageSearch(oldestFirst: true), MessageSearch(text: "example"),
            MessageSearch(messages: guids),
        ] {
            var search = search
            search.pageSize = 3
            let whole = await house.perform(.search(search), by: .ann)
            #expect(whole.word == Self.tooMuch, "\(search)")
            var found: [MessageGUID] = []
            search.pageSize = 2
            for number in 1...2 {
                search.page = number
                let page = try await house.search(search, by: .ann)
                #expect(page.total == 3 && page.count == 2)
                found += page.items.map(\.guid)
            }
            #expect(Set(found) == Set(guids) && found.count == 3)
        }
    }
}
