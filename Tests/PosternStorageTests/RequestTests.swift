import PosternModel
import PosternPipeline
@_spi(Testing) @testable import PosternStorage
import PosternTesting
import Testing

/// Messages that make a request, and what answering them does to their readers' lists.
@Suite struct RequestTests {
    private static func composition(
        to member: Member = .bob, subject: String = "Please", isRequest: Bool = true,
        annex: Annex? = nil
    ) -> Composition {
        Composition(
            content: DraftContent(
                subject: subject, body: "B", targets: [.address(.email(member.address))],
                isRequest: isRequest, annex: annex))
    }

    private static func sent(
        _ composition: Composition, in house: Household
    ) async throws -> MessageGUID {
        #expect(await house.send(composition).word == "accepted")
        try await house.deliver()
        return composition.guid
    }

    /// Bob's address book knows Cay, who is on his list `has` and not on `lacks`; Gus's handle is `gus-cell`, Cay's
    /// `cay-cell`.
    private static func house() async throws -> Household {
        let house = try await Household()
        let bob = try house.account(.bob).rawValue
        try house.change(
            """
            UPDATE accounts SET handle = 'cay-cell' WHERE address = 'cay@example.org';
            UPDATE accounts SET handle = 'gus-cell' WHERE address = 'gus@example.org';
            INSERT INTO address_book(id, owner, name, address, created_at, changed_at) VALUES
              (1, \(bob), 'Cay', 'cay@example.org', 0, 0);
            INSERT INTO contact_lists(id, owner, name, created_at, changed_at) VALUES
              (1, \(bob), 'has', 0, 0), (2, \(bob), 'lacks', 0, 0);
            INSERT INTO contact_list_members VALUES(1, 1);
            """)
        return house
    }

    private static func handle(_ text: String) -> ListChange.Party {
        guard let handle = Handle(text) else { preconditionFailure("\(text) is a handle") }
        return .handle(handle)
    }

    /// What Bob's lists and entries are, as text: `has: cay@example.org "Cay"`.
    private static func lists(in house: Household) async throws -> [String] {
        let outcome = await house.perform(.contactLists(.listContactLists(Window())), by: .bob)
        guard case .done(.contactLists(let lists), _) = outcome else {
            throw Unexpected(outcome.word)
        }
        var texts: [String] = []
        for list in lists.items {
            let outcome = await house.perform(
                .contacts(.listContacts(ContactSearch(list: list.id))), by: .bob)
            guard case .done(.contacts(let contacts), _) = outcome else {
                throw Unexpected(outcome.word)
            }
            let members = contacts.items.map { "\($0.content.address) \($0.content.name)" }
            texts.append("\(list.content.name): \(members.joined(separator: ", "))")
        }
        return texts
    }

    @Test
    func `a request is shown as one, is answered and not read, and a message the other way round`()
        async throws
    {
        let house = try await Household()
        for isRequest in [true, false] {
            let guid = try await Self.sent(Self.composition(isRequest: isRequest), in: house)
            #expect(try await house.incoming(guid).isRequest == isRequest)
            let marks: [(IncomingMark, String)] = [
                (.read(true), isRequest ? "message.request" : "done"),
                (.read(false), isRequest ? "message.request" : "done"),
                (.answered(.rejected), isRequest ? "done" : "message.answered"),
                (.answered(.approved), "message.answered"),
            ]
            for (mark, word) in marks {
                let before = try house.operationEntries().count
                let outcome = await house.perform(
                    .incoming(.markIncoming(.guid(guid), mark)), by: .bob)
                #expect(outcome.word == word)
                let entry = word == "done" ? "markIncoming" : "markIncoming \(word)"
                #expect(Array(try house.operationEntries()[before...]) == [entry])
            }
            #expect(try await house.incoming(guid).answer == (isRequest ? .rejected : nil))
        }
    }

    struct Change: Sendable, CustomTestStringConvertible {
        var change: ListChange
        var word = "done"
        var targets: [Target] = []
        var lists: [String]
        var testDescription: String { "\(change.kind) \(change.list) \(change.party)" }
    }

    private static let asTheyWere = ["has: cay@example.org Cay", "lacks: "]
    private static let cay = handle("cay-cell")

    static let changes: [Change] = [
        Change(
            change: ListChange(.link, cay, list: "lacks"),
            lists: ["has: cay@example.org Cay", "lacks: cay@example.org Cay"]),
        Change(
            change: ListChange(.link, cay, list: "new"),
            lists: asTheyWere + ["new: cay@example.org Cay"]),
        Change(
            change: ListChange(.link, handle("gus-cell"), list: "new"),
            lists: asTheyWere + ["new: gus@example.org gus-cell"]),
        Change(
            change: ListChange(.link, .address(AddressBookTests.tel.address), list: "lacks"),
            lists: ["has: cay@example.org Cay", "lacks: +41791234567 "]),
        Change(
            change: ListChange(.link, cay, list: "has"), word: "contact-list.linked",
            lists: asTheyWere),
        Change(
            change: ListChange(.link, handle("nobody"), list: "new"), word: "target.unknown",
            lists: asTheyWere),
        Change(
            change: ListChange(.link, cay, list: String(repeating: "x", count: 201)),
            word: "request.invalid", lists: asTheyWere),
        Change(
            change: ListChange(.unlink, cay, list: "has"), lists: ["has: ", "lacks: "]),
        Change(
            change: ListChange(.unlink, cay, list: "new"), word: "contact-list.missing",
            lists: asTheyWere),
        Change(
            change: ListChange(.unlink, handle("nobody"), list: "has"), word: "target.unknown",
            lists: asTheyWere),
        Change(
            change: ListChange(.unlink, handle("gus-cell"), list: "has"),
            word: "contact.missing", lists: asTheyWere),
        Change(
            change: ListChange(.unlink, cay, list: "lacks"), word: "contact-list.unlinked",
            lists: asTheyWere),
    ]

    @Test(arguments: changes)
    func `approving changes the reader's lists and notes the answer, or does neither`(
        _ row: Change
    ) async throws {
        let house = try await Self.house()
        let guid = try await Self.sent(Self.composition(), in: house)
        let before = try house.operationEntries().count
        let change = row.change
        let outcome = await house.perform(
            .incoming(.markIncoming(.guid(guid), .answered(.approved) { _ in .change(change) })),
            by: .bob)
        #expect(outcome.word == row.word)
        let isDone = row.word == "done"
        let entry = isDone ? "markIncoming" : "markIncoming \(row.word)"
        #expect(Array(try house.operationEntries()[before...]) == [entry])
        #expect(try await house.incoming(guid).answer == (isDone ? .approved : nil))
        #expect(try await Self.lists(in: house) == row.lists)
        let entries = row.lists.contains { $0.contains("gus") || $0.contains("+41") } ? 2 : 1
        #expect(try house.count("SELECT count(*) FROM address_book") == entries)
        if case .refused(let refusal, _) = outcome {
            let party: Target =
                switch change.party {
                case .handle(let handle): .handle(handle)
                case .address(let address): .address(address)
                }
            #expect(refusal.targets == [.listNamed(change.list), party])
            // Nothing is in the way of saying no.
            let no = await house.perform(
                .incoming(.markIncoming(.guid(guid), .answered(.rejected))), by: .bob)
            #expect(no.word == "done")
        }
    }

    @Test func `an effect is told from the message without its body, and once`() async throws {
        let house = try await Self.house()
        let annex = Annex(dialect: "test", bytes: [7], words: ["friend"])
        let guid = try await Self.sent(Self.composition(annex: annex), in: house)
        let rule: AnswerEffect.Rule = { message in
            guard message.body == nil, message.annex == annex, message.isRequest else {
                return .nothing
            }
            return .change(ListChange(.link, Self.cay, list: message.subject))
        }
        let words = await withTaskGroup(of: String.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    await house.perform(
                        .incoming(.markIncoming(.guid(guid), .answered(.approved, effect: rule))),
                        by: .bob
                    ).word
                }
            }
            return await group.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
        }
        #expect(words == ["done": 1, "message.answered": 19])
        #expect(
            try await Self.lists(in: house) == Self.asTheyWere + ["Please: cay@example.org Cay"])
    }

    @Test func `an answer that is impossible is refused as its dialect says`() async throws {
        let house = try await Self.house()
        let guid = try await Self.sent(Self.composition(), in: house)
        let refusal = OperationRefusal(
            .own(.requestUnanswerable), sentence: "No such place.", targets: [.listNamed("x")])
        let outcome = await house.perform(
            .incoming(
                .markIncoming(.guid(guid), .answered(.approved) { _ in .impossible(refusal) })),
            by: .bob)
        guard case .refused(let refused, _) = outcome else { throw Unexpected(outcome.word) }
        #expect(refused == refusal)
        #expect(
            try house.operationEntries().last == "markIncoming message.request-unanswerable")
        #expect(try await house.incoming(guid).answer == nil)
        let stranger = await house.perform(
            .incoming(.markIncoming(.guid(guid), .answered(.approved) { _ in .nothing })), by: .cay)
        #expect(stranger.word == "929")
    }

    @Test(arguments: [CommitInterference.failsUndone, .failsDone])
    func `an answer that cannot be recorded changes no list, or is heard of later`(
        _ turn: CommitInterference
    ) async throws {
        let interference = Interference()
        let house = try await Household(interference.options)
        let guid = try await Self.sent(Self.composition(), in: house)
        _ = await house.perform(.describeUser, by: .bob)
        try await house.store.probe()
        let change = ListChange(.link, .address(AddressBookTests.bea.address), list: "new")
        let mark = Asked.incoming(
            .markIncoming(
                .guid(guid), .answered(.approved) { _ in .change(change) }))
        interference.plan([turn])
        #expect(await house.perform(mark, by: .bob).word == "storage.unwritable")
        let again = await house.perform(mark, by: .bob).word
        #expect(again == (turn == .failsUndone ? "done" : "message.answered"))
        #expect(try await Self.lists(in: house) == ["new: bea@example.com "])
    }

    static let searches: [(IncomingSearch, [Int])] = [
        (IncomingSearch(), [3, 2, 1, 0]),
        (IncomingSearch(isRequest: true), [2, 1]), (IncomingSearch(isRequest: false), [3, 0]),
        (IncomingSearch(isRequest: false, isRead: false), [3]),
        (IncomingSearch(isRead: true), [0]),
        (IncomingSearch(isRequest: true, answer: .notGiven), [2]),
        (IncomingSearch(answer: .notGiven), [3, 2, 0]),
        (IncomingSearch(answer: .rejected), [1]), (IncomingSearch(answer: .approved), []),
        (IncomingSearch(isRequest: true, isRead: true), []),
        (IncomingSearch(isRequest: true, oldestFirst: true), [1, 2]),
        (IncomingSearch(window: Window(offset: 1, limit: 1), isRequest: true), [1]),
    ]

    @Test func `messages are found by what they ask for, and by what became of that`()
        async throws
    {
        let house = try await Household()
        var guids: [MessageGUID] = []
        for isRequest in [false, true, true, false] {
            guids.append(try await Self.sent(Self.composition(isRequest: isRequest), in: house))
            house.clock.advance(by: .seconds(1))
        }
        _ = await house.perform(.incoming(.markIncoming(.guid(guids[0]), .read(true))), by: .bob)
        _ = await house.perform(
            .incoming(.markIncoming(.guid(guids[1]), .answered(.rejected))), by: .bob)
        for (search, found) in Self.searches {
            let page = try await house.incomings(search)
            #expect(page.items.map(\.guid) == found.map { guids[$0] }, "\(search)")
            var whole = search
            whole.window = Window()
            #expect(try await page.total == house.incomings(whole).items.count, "\(search)")
        }
    }
}
