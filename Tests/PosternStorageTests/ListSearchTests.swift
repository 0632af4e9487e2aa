import PosternModel
@testable import PosternPipeline
@_spi(Testing) @testable import PosternStorage
import PosternTesting
import Testing

/// Lists of what was delivered and of what was composed, narrowed by subject, sender and name.
@Suite struct ListSearchTests {
    private static func house() async throws -> Household {
        let house = try await Household()
        try house.change(
            """
            UPDATE accounts SET handle = 'ann-1' WHERE address = 'ann@example.org';
            UPDATE accounts SET handle = 'cay-1' WHERE address = 'cay@example.org';
            """)
        return house
    }

    /// What Bob has, the oldest first.
    private static let delivered: [(Member, String)] = [
        (.ann, "Rounds at nine"), (.cay, "Re: Rounds at nine"), (.ann, "rounds at ten"),
        (.ann, "Café"), (.kim, "Rounds"),
    ]

    private static func match(_ relation: TextMatch.Relation, _ wanted: String) -> [TextMatch] {
        [TextMatch(relation, wanted)]
    }

    /// What is looked for, and the places of what is found.
    private static let subjects: [([TextMatch], [Int])] = [
        (match(.startsWith, "Rounds"), [4, 0]), (match(.contains, "Rounds"), [4, 1, 0]),
        (match(.equals, "Rounds"), [4]), (match(.equals, "ROUNDS"), []),
        (match(.differs, "Café"), [4, 2, 1, 0]), (match(.equals, "Cafe\u{301}"), []),
        (match(.contains, "é"), [3]), (match(.startsWith, ""), [4, 3, 2, 1, 0]),
        (match(.contains, "at") + match(.differs, "rounds at ten"), [1, 0]),
        (match(.contains, "Rounds") + match(.startsWith, "Re: ") + match(.contains, "nine"), [1]),
        (match(.equals, "Rounds") + match(.equals, "Café"), []),
    ]

    @Test func `what was delivered is found by what it is about, and by whom and which it is`()
        async throws
    {
        let house = try await Self.house()
        var guids: [MessageGUID] = []
        for (sender, subject) in Self.delivered {
            guids.append(try await house.sent(by: sender, subject: subject))
            house.clock.advance(by: .seconds(1))
        }
        // Of the same subjects, and not Bob's.
        for (sender, subject) in Self.delivered {
            _ = try await house.sent(by: sender, to: [.gus], subject: subject)
        }
        _ = await house.perform(.incoming(.markIncoming(.guid(guids[1]), .read(true))), by: .bob)
        let (ann, cay) = (Handle("ann-1"), Handle("cay-1"))
        var cases = Self.subjects.map { (IncomingSearch(subject: $0), $1) }
        cases += [
            (IncomingSearch(sender: ann), [3, 2, 0]), (IncomingSearch(sender: cay), [1]),
            (IncomingSearch(sender: Handle("nobody")), []),
            (IncomingSearch(isRead: true, sender: ann), []),
            (IncomingSearch(isRead: true, sender: cay), [1]),
            (IncomingSearch(isRequest: true, sender: cay), []),
            (IncomingSearch(sender: ann, subject: Self.match(.contains, "at")), [2, 0]),
            (IncomingSearch(isRead: false, subject: Self.match(.contains, "Rounds")), [4, 0]),
            (IncomingSearch(answer: .approved, subject: Self.match(.contains, "Rounds")), []),
            (IncomingSearch(messages: [guids[2], guids[4], guids[2], .random()]), [4, 2]),
            (IncomingSearch(isRequest: false, isRead: false, messages: guids), [4, 3, 2, 0]),
            (IncomingSearch(answer: .notGiven, messages: [guids[0]]), [0]),
            (IncomingSearch(answer: .approved, messages: guids), []),
            (IncomingSearch(isRequest: true, messages: guids), []),
            (IncomingSearch(messages: guids, sender: ann), [3, 2, 0]),
            (IncomingSearch(messages: guids, sender: Handle("nobody")), []),
            (
                IncomingSearch(messages: guids, subject: Self.match(.contains, "Rounds")),
                [4, 1, 0]
            ),
        ]
        for (search, found) in cases {
            try await expect(search, found.map { guids[$0] }, in: house)
            // Nobody else has them.
            #expect(try await house.incomings(search, by: .nia).total == 0, "\(search)")
        }
    }

    /// Looks for the same in windows of all sizes, from either end.
    private func expect(
        _ search: IncomingSearch, _ found: [MessageGUID], in house: Household
    ) async throws {
        var search = search
        for oldestFirst in [false, true] {
            search.oldestFirst = oldestFirst
            let expected = oldestFirst ? found.reversed() : found
            for window in [
                Window(), Window(offset: 1, limit: 1), Window(limit: 2), Window(limit: 0),
                Window(offset: .max, limit: .max), Window(offset: 2, limit: .max),
            ] {
                search.window = window
                let page = try await house.incomings(search)
                let part = expected.dropFirst(window.offset).prefix(window.limit)
                #expect(page.items.map(\.guid) == Array(part), "\(search)")
                #expect(page.total == found.count && page.window == window, "\(search)")
            }
        }
    }

    @Test func `what was composed is found by what it is about`() async throws {
        let house = try await Self.house()
        var guids: [MessageGUID] = []
        for (index, (_, subject)) in Self.delivered.enumerated() {
            let guid = try await house.compose(
                DraftContent(to: [Member.bob.address], subject: subject, body: "B"))
            if index != 2 { #expect(await house.send(guid) == "accepted") }
            guids.append(guid)
            house.clock.advance(by: .seconds(1))
        }
        for (_, subject) in Self.delivered {
            _ = try await house.sent(by: .cay, to: [.ann], subject: subject)
        }
        try await house.deliver()
        var cases = Self.subjects.map { (OutgoingSearch(subject: $0), $1) }
        let rounds = Self.match(.contains, "ounds")
        cases += [
            (OutgoingSearch(stages: [.sent], subject: rounds), [4, 1, 0]),
            (OutgoingSearch(stages: [.draft], subject: rounds), [2]),
            (OutgoingSearch(messages: [guids[2], guids[3]], subject: rounds), [2]),
            (OutgoingSearch(stages: [.sent], messages: guids, subject: rounds), [4, 1, 0]),
            (OutgoingSearch(isRequest: true, subject: rounds), []),
            (OutgoingSearch(messages: guids, cascade: guids[0], subject: rounds), []),
        ]
        for (search, found) in cases {
            var search = search
            for oldestFirst in [false, true] {
                search.oldestFirst = oldestFirst
                let expected = (oldestFirst ? found.reversed() : found).map { guids[$0] }
                for window in [
                    Window(), Window(offset: 1, limit: 1), Window(limit: 0),
                    Window(offset: .max, limit: .max),
                ] {
                    search.window = window
                    let page = try await house.outgoings(search)
                    let part = expected.dropFirst(window.offset).prefix(window.limit)
                    #expect(page.items.map(\.guid) == Array(part), "\(search)")
                    #expect(page.total == found.count && page.window == window, "\(search)")
                }
            }
            #expect(try await house.outgoings(search, by: .bob).total == 0, "\(search)")
        }
    }

    // MARK: what may not be found, and what of it may not be shown

    @Test(arguments: MessageFate.allCases)
    func `what is found is what is listed`(_ fate: MessageFate) async throws {
        let house = try await Self.house()
        let other = try await house.sent(subject: "other")
        let guid = try await house.message(fate)
        let plain = try await house.incomings()
        let hidden: Set<MessageFate> = [.expired, .erased, .trashed, .undelivered]
        let found = plain.items.filter { $0.guid == guid }
        #expect(found.isEmpty == hidden.contains(fate))
        #expect(found.allSatisfy { $0.subject == "S" && $0.body == nil })
        let subject = Self.match(.equals, "S")
        for search in [
            IncomingSearch(subject: subject), IncomingSearch(messages: [guid]),
            IncomingSearch(messages: [guid], sender: Handle("ann-1"), subject: subject),
            IncomingSearch(sender: Handle("ann-1"), subject: subject),
        ] {
            let page = try await house.incomings(search)
            #expect(page.items == found && page.total == found.count, "\(search)")
        }
        let all = try await house.incomings(IncomingSearch(sender: Handle("ann-1")))
        #expect(all.items == plain.items && all.total == plain.total)
        #expect(
            try await house.incomings(
                IncomingSearch(sender: Handle("ann-1"), subject: Self.match(.differs, "S"))
            ).items.map(\.guid) == [other])
    }

    @Test func `of what was composed nothing is found that was thrown away or has expired`()
        async throws
    {
        let house = try await Self.house()
        let soon = Expiry(date: house.clock.now().advanced(by: .seconds(60)))
        let kept = try await house.sent(subject: "S")
        let expiring = try await house.sent(subject: "S", expiry: soon)
        let toSelf = try await house.sent(to: [.ann, .bob], subject: "S")
        let trashed = try await house.sent(subject: "S")
        let recalled = try await house.sent(subject: "S")
        let draft = try await house.compose(DraftContent(subject: "S"))
        _ = await house.perform(.recall(recalled, Recalling()), by: .ann)
        for guid in [toSelf, trashed, draft] {
            #expect(await house.perform(.deleteMessage(guid), by: .ann).word == "done")
        }
        house.clock.advance(by: .seconds(60))
        for isErased in [false, true] {
            if isErased { #expect(try await house.erase() == 1) }
            for search in [
                OutgoingSearch(subject: Self.match(.equals, "S")),
                OutgoingSearch(
                    messages: [kept, expiring, toSelf, trashed, recalled, draft],
                    subject: Self.match(.equals, "S")),
            ] {
                let page = try await house.outgoings(search)
                #expect(Set(page.items.map(\.guid)) == [kept, recalled] && page.total == 2)
            }
        }
    }

    @Test func `what no key opens is passed over, and counts for nothing`() async throws {
        let house = try await Self.house()
        let good = try await house.sent(subject: "S")
        let bad = try await house.sent(subject: "S")
        try house.change(
            "UPDATE message_keys SET cover = x'00' WHERE message = (SELECT max(id) FROM messages)")
        for relation in [TextMatch.Relation.equals, .startsWith, .contains] {
            let subject = Self.match(relation, "S")
            let incoming = try await house.incomings(IncomingSearch(subject: subject))
            #expect(incoming.items.map(\.guid) == [good] && incoming.total == 1)
            let outgoing = try await house.outgoings(OutgoingSearch(subject: subject))
            #expect(outgoing.items.map(\.guid) == [good] && outgoing.total == 1)
        }
        // What cannot be read is not known to differ.
        let others = try await house.incomings(IncomingSearch(subject: Self.match(.differs, "x")))
        #expect(others.total == 1)
        #expect(try await house.incomings(IncomingSearch(messages: [good, bad])).total == 1)
    }

    @Test func `the newest ten thousand are looked through, of those with the other marks`()
        async throws
    {
        let house = try await Self.house()
        let guid = try await house.sent(subject: "S")
        let search = IncomingSearch(subject: Self.match(.equals, "S"))
        let reach = SQLiteView.searchReach
        let (cay, bob) = (try house.account(.cay).rawValue, try house.account(.bob).rawValue)
        func fill(_ count: Int) throws {
            try house.change(
                """
                WITH RECURSIVE numbers(n) AS
                  (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < \(count))
                INSERT INTO messages(guid, owner, state, revision, action, body_format, allow_forward,
                  allow_reply, allow_reply_all, allow_tracking, share_tracking, fyeo_type, dated_at)
                SELECT randomblob(16), \(cay), 1, 1, 'New', 'Text', 0, 0, 0, 0, 0, 'Disabled',
                  4102444800000 FROM numbers;
                INSERT INTO mailboxes(account, sent_at, message, delivered_at)
                SELECT \(bob), dated_at, id, dated_at FROM messages
                WHERE dated_at = 4102444800000
                  AND id NOT IN (SELECT message FROM mailboxes WHERE account = \(bob));
                """)
        }
        try fill(reach - 1)
        #expect(try await house.incomings(search).items.map(\.guid) == [guid])
        try fill(1)
        #expect(try await house.incomings(search).total == 0)
        var narrow = search
        narrow.sender = Handle("ann-1")
        #expect(try await house.incomings(narrow).items.map(\.guid) == [guid])
        narrow = search
        narrow.messages = [guid]
        #expect(try await house.incomings(narrow).items.map(\.guid) == [guid])
    }

    // MARK: bodies

    @Test func `a list without bodies reads none and leaves nothing behind`() async throws {
        let house = try await Self.house()
        let guid = try await house.sent(subject: "S", body: "B")
        // That Bob's session was used is noted now.
        _ = await house.perform(.describeUser, by: .bob)
        let before = try house.store.leafCount()
        for search in [
            IncomingSearch(withBodies: false), IncomingSearch(messages: [guid], withBodies: false),
            IncomingSearch(subject: Self.match(.equals, "S"), withBodies: false),
        ] {
            let page = try await house.incomings(search)
            #expect(page.items.map(\.guid) == [guid] && page.items.allSatisfy { $0.body == nil })
        }
        let single = await house.perform(
            .incoming(.readIncoming(.guid(guid), withBody: false)), by: .bob)
        #expect(single.incoming?.subject == "S" && single.incoming?.body == nil)
        #expect(try house.store.leafCount() == before)
        #expect(try house.count("SELECT count(*) FROM tracking") == 0)
        let page = try await house.incomings(IncomingSearch(subject: Self.match(.equals, "S")))
        #expect(page.items.map(\.body) == ["B"])
        #expect(try house.store.leafCount() == before + 1)
        #expect(try house.count("SELECT count(*) FROM tracking") == 1)
    }
}
