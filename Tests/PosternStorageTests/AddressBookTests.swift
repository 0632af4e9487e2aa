import GRDB
import PosternModel
@testable import PosternPipeline
@_spi(Testing) @testable import PosternStorage
import PosternTesting
import Testing

/// Address books and lists, asked for as a client asks.
@Suite struct AddressBookTests {
    static let bea = ContactContent(name: "Bea", address: address("bea@example.com"))
    static let bob = ContactContent(name: "Bob", address: address("bob@example.org"))
    static let tel = ContactContent(name: "Bob", address: address("+41791234567"))

    static func address(_ text: String) -> Address {
        guard let address = Address(text) else { preconditionFailure("\(text) is an address") }
        return address
    }

    static func own(_ content: ContactContent, in house: Household) async throws -> Contact {
        try await house.contact(.contacts(.createContact(content)))
    }

    // MARK: entries

    @Test func `an entry is made, read, changed and deleted, and its number is not given again`()
        async throws
    {
        let house = try await Household()
        let start = house.clock.now()
        let first = try await Self.own(Self.bea, in: house)
        #expect(first.content == Self.bea)
        #expect(first.lists == [])
        #expect(first.createdAt == start)
        house.clock.advance(by: .seconds(5))
        let saved = try await house.contact(.contacts(.amendContact(first.id) { $0 = Self.tel }))
        #expect(saved.content == Self.tel)
        #expect(saved.createdAt == start)
        #expect(saved.changedAt == start.advanced(by: .seconds(5)))
        #expect(try await house.contact(.contacts(.readContact(first.id))) == saved)
        #expect(await house.perform(.contacts(.deleteContact(first.id)), by: .ann).word == "done")
        #expect(
            await house.perform(.contacts(.readContact(first.id)), by: .ann).word
                == "contact.missing")
        #expect(
            await house.perform(.contacts(.deleteContact(first.id)), by: .ann).word
                == "contact.missing")
        let next = try await Self.own(Self.tel, in: house)
        #expect(next.id.rawValue > first.id.rawValue)
    }

    @Test func `an address stands once in an address book, and in as many as there are`()
        async throws
    {
        let house = try await Household()
        let bea = try await Self.own(Self.bea, in: house)
        let bob = try await Self.own(Self.bob, in: house)
        #expect(
            await house.perform(.contacts(.createContact(Self.bea)), by: .ann).word
                == "contact.taken")
        #expect(
            await house.perform(
                .contacts(.amendContact(bob.id) { $0.address = Self.bea.address }), by: .ann
            )
            .word == "contact.taken")
        #expect(try await house.contact(.contacts(.readContact(bob.id))).content == Self.bob)
        let renamed = ContactContent(name: "Beatrix", address: Self.bea.address)
        let amended = try await house.contact(
            .contacts(.amendContact(bea.id) { $0.name = "Beatrix" }))
        #expect(amended.content == renamed)
        #expect(await house.perform(.contacts(.createContact(Self.bea)), by: .bob).word == "done")
    }

    static let searches: [(String?, String?, Bool, Window, [Int], Int)] = [
        (nil, nil, false, Window(), [0, 1, 2, 3], 4),
        (nil, nil, false, Window(offset: 1, limit: 2), [1, 2], 4),
        (nil, nil, false, Window(offset: 4), [], 4),
        (nil, nil, false, Window(limit: 0), [], 4),
        (nil, nil, false, .page(.max, of: .max), [], 4),
        ("Bob", nil, false, Window(), [1, 2], 2),
        ("Bob", nil, false, Window(offset: 1), [2], 2),
        ("bob", nil, false, Window(), [], 0),
        (nil, "bob@example.org", false, Window(), [1], 1),
        (nil, "bob@example.org", false, Window(offset: 1), [], 1),
        (nil, "+41791234567", false, Window(), [2], 1),
        (nil, "nobody@example.org", false, Window(), [], 0),
        ("Bea", "bob@example.org", false, Window(), [], 0),
        (nil, nil, true, Window(), [0, 2], 2),
        (nil, nil, true, Window(offset: 1, limit: 1), [2], 2),
        ("Bob", nil, true, Window(), [2], 1),
        (nil, "bob@example.org", true, Window(), [], 0),
        (nil, "bea@example.com", true, Window(), [0], 1),
    ]

    @Test(arguments: searches)
    func `entries are found by name, address and list, a part at a time, by number`(
        _ name: String?, _ address: String?, _ onList: Bool, _ window: Window, _ found: [Int],
        _ total: Int
    ) async throws {
        let house = try await Household()
        let eve = ContactContent(name: "Eve", address: Self.address("eve@example.com"))
        var contacts: [Contact] = []
        for content in [Self.bea, Self.bob, Self.tel, eve] {
            contacts.append(try await Self.own(content, in: house))
        }
        _ = await house.perform(.contacts(.createContact(Self.bob)), by: .bob)
        let list = try await house.list(
            .contactLists(.createContactList(ContactListContent(name: "L"))))
        _ = try await house.list(
            .contactLists(
                .changeMembers(list.id, add: [contacts[2].id, contacts[0].id], remove: [])))
        let search = ContactSearch(
            window: window, name: name, address: address.map(Self.address),
            list: onList ? list.id : nil)
        let outcome = await house.perform(.contacts(.listContacts(search)), by: .ann)
        guard case .done(.contacts(let excerpt), _) = outcome else {
            throw Unexpected(outcome.word)
        }
        #expect(excerpt.items.map(\.id) == found.map { contacts[$0].id })
        #expect(excerpt.total == total)
        #expect(excerpt.window == window)
        for contact in excerpt.items {
            let isMember = [contacts[0].id, contacts[2].id].contains(contact.id)
            #expect(contact.lists == (isMember ? [list.id] : []))
        }
    }

    @Test func `a change that changes nothing, or too much, leaves everything as it was`()
        async throws
    {
        let house = try await Household()
        let bea = try await Self.own(Self.bea, in: house)
        let list = try await house.list(
            .contactLists(.createContactList(ContactListContent(name: "L"))))
        house.clock.advance(by: .seconds(1))
        #expect(try await house.contact(.contacts(.amendContact(bea.id) { _ in })) == bea)
        #expect(
            try await house.list(.contactLists(.amendContactList(list.id) { $0.name = "L" }))
                == list)
        let changes: [Asked] = [
            .contacts(.amendContact(bea.id) { $0.name = Self.long }),
            .contactLists(.amendContactList(list.id) { $0.name = Self.long }),
            .contactLists(
                .amendContactList(list.id) {
                    $0.annex = Annex(
                        dialect: "test", bytes: Array(repeating: 1, count: Annex.largest + 1))
                }),
        ]
        for change in changes {
            #expect(await house.perform(change, by: .ann).word == "request.invalid")
        }
        #expect(try await house.contact(.contacts(.readContact(bea.id))) == bea)
        #expect(try await house.list(.contactLists(.readContactList(list.id))) == list)
    }

    @Test func `of many changes at once none is lost`() async throws {
        let house = try await Household()
        let list = try await house.list(
            .contactLists(.createContactList(ContactListContent(name: "L"))))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    _ = await house.perform(
                        .contactLists(.amendContactList(list.id) { $0.name += "x" }), by: .ann)
                }
            }
        }
        let name = try await house.list(.contactLists(.readContactList(list.id))).content.name
        #expect(name == "L" + String(repeating: "x", count: 50))
    }

    @Test func `a change of members says which contact is missing`() async throws {
        let house = try await Household()
        let bea = try await Self.own(Self.bea, in: house)
        let list = try await house.list(
            .contactLists(.createContactList(ContactListContent(name: "L"))))
        let outcome = await house.perform(
            .contactLists(
                .changeMembers(list.id, add: [bea.id, ContactID(rawValue: 99)], remove: [])),
            by: .ann)
        guard case .refused(let refusal, _) = outcome else { throw Unexpected(outcome.word) }
        #expect(refusal.targets == [.contact(ContactID(rawValue: 99))])
        #expect(refusal.sentence == "There is no contact of yours under this number: 99.")
    }

    // MARK: lists

    @Test func `a list is made, read, changed and deleted, and its contacts stay`() async throws {
        let house = try await Household()
        let start = house.clock.now()
        let annex = Annex(dialect: "test", bytes: Array("kept".utf8))
        let made = try await house.list(
            .contactLists(.createContactList(ContactListContent(name: "Ward 3", annex: annex))))
        #expect(made.content.annex == annex)
        #expect(made.size == 0)
        let bea = try await Self.own(Self.bea, in: house)
        house.clock.advance(by: .seconds(1))
        let filled = try await house.list(
            .contactLists(.changeMembers(made.id, add: [bea.id], remove: [])))
        #expect(filled.size == 1)
        #expect(filled.createdAt == start)
        #expect(filled.changedAt == start.advanced(by: .seconds(1)))
        house.clock.advance(by: .seconds(1))
        let again = try await house.list(
            .contactLists(.changeMembers(made.id, add: [bea.id], remove: [])))
        #expect(again == filled)
        let saved = try await house.list(
            .contactLists(.amendContactList(made.id) { $0.name = "Ward 4" }))
        #expect(saved.content == ContactListContent(name: "Ward 4", annex: annex))
        #expect(saved.size == 1)
        #expect(saved.changedAt == start.advanced(by: .seconds(2)))
        #expect(try await house.list(.contactLists(.readContactList(made.id))) == saved)
        house.clock.advance(by: .seconds(1))
        #expect(
            await house.perform(.contactLists(.deleteContactList(made.id)), by: .ann).word == "done"
        )
        #expect(
            await house.perform(.contactLists(.readContactList(made.id)), by: .ann).word
                == "contact-list.missing")
        #expect(
            await house.perform(.contactLists(.deleteContactList(made.id)), by: .ann).word
                == "contact-list.missing")
        #expect(try await house.contact(.contacts(.readContact(bea.id))).lists == [])
        #expect(try house.count("SELECT count(*) FROM contact_list_members") == 0)
    }

    @Test func `a contact that is deleted leaves its lists, and they have changed`() async throws {
        let house = try await Household()
        let bea = try await Self.own(Self.bea, in: house)
        let list = try await house.list(
            .contactLists(.createContactList(ContactListContent(name: "L"))))
        _ = try await house.list(.contactLists(.changeMembers(list.id, add: [bea.id], remove: [])))
        house.clock.advance(by: .seconds(1))
        #expect(await house.perform(.contacts(.deleteContact(bea.id)), by: .ann).word == "done")
        let left = try await house.list(.contactLists(.readContactList(list.id)))
        #expect(left.size == 0)
        #expect(left.changedAt == house.clock.now())
        #expect(try house.count("SELECT count(*) FROM contact_list_members") == 0)
    }

    @Test func `a list's name stands once among its owner's`() async throws {
        let house = try await Household()
        let content = ContactListContent(name: "L")
        _ = try await house.list(.contactLists(.createContactList(content)))
        let other = try await house.list(
            .contactLists(.createContactList(ContactListContent(name: "M"))))
        #expect(
            await house.perform(.contactLists(.createContactList(content)), by: .ann).word
                == "contact-list.taken")
        #expect(
            await house.perform(
                .contactLists(.amendContactList(other.id) { $0 = content }), by: .ann
            ).word
                == "contact-list.taken")
        #expect(
            await house.perform(.contactLists(.createContactList(content)), by: .bob).word == "done"
        )
    }

    @Test func `lists come by number, a part at a time, with their sizes`() async throws {
        let house = try await Household()
        let bea = try await Self.own(Self.bea, in: house)
        var lists: [ContactList] = []
        for name in ["c", "a", "b"] {
            lists.append(
                try await house.list(
                    .contactLists(.createContactList(ContactListContent(name: name)))))
        }
        lists[1] = try await house.list(
            .contactLists(.changeMembers(lists[1].id, add: [bea.id], remove: [])))
        for (window, range) in [
            (Window(), 0..<3), (Window(offset: 1, limit: 1), 1..<2), (Window(offset: 3), 0..<0),
        ] {
            let outcome = await house.perform(.contactLists(.listContactLists(window)), by: .ann)
            guard case .done(.contactLists(let excerpt), _) = outcome else {
                throw Unexpected(outcome.word)
            }
            #expect(excerpt.items == Array(lists[range]))
            #expect(excerpt.total == 3)
        }
    }

    @Test(
        arguments: [
            ([0, 1], [], [0, 1]), ([], [2], []), ([0, 0], [], [0]), ([1], [2], [1]),
            ([2], [2], [2]), ([0], [1, 1, 2], [0]), ([], [], [2]),
        ] as [([Int], [Int], [Int])])
    func `who is taken off goes first, and who is put on stays`(
        _ add: [Int], _ remove: [Int], _ left: [Int]
    ) async throws {
        let house = try await Household()
        var ids: [ContactID] = []
        for content in [Self.bea, Self.bob, Self.tel] {
            ids.append(try await Self.own(content, in: house).id)
        }
        let list = try await house.list(
            .contactLists(.createContactList(ContactListContent(name: "L"))))
        _ = try await house.list(.contactLists(.changeMembers(list.id, add: [ids[2]], remove: [])))
        let changed = try await house.list(
            .contactLists(
                .changeMembers(list.id, add: add.map { ids[$0] }, remove: remove.map { ids[$0] })))
        let expected = Set(
            left.map { ids[$0].rawValue } + (remove.contains(2) ? [] : [ids[2].rawValue]))
        #expect(changed.size == expected.count)
        let members = try house.look {
            try Int64.fetchAll($0, sql: "SELECT contact FROM contact_list_members")
        }
        #expect(Set(members) == expected)
    }

    // MARK: bounds and strangers

    @Test func `what is somebody else's is not there, whatever is asked of it`() async throws {
        let house = try await Household()
        let bea = try await Self.own(Self.bea, in: house)
        let list = try await house.list(
            .contactLists(.createContactList(ContactListContent(name: "L"))))
        _ = try await house.list(.contactLists(.changeMembers(list.id, add: [bea.id], remove: [])))
        let foreign = try await house.contact(.contacts(.createContact(Self.bob)), by: .bob)
        let foreignList = try await house.list(
            .contactLists(.createContactList(ContactListContent(name: "F"))), by: .bob)
        let before = try house.store.leafCount()
        let cases: [(Asked, Member, String)] = [
            (.contacts(.readContact(bea.id)), .bob, "contact.missing"),
            (.contacts(.amendContact(bea.id) { $0 = Self.tel }), .bob, "contact.missing"),
            (.contacts(.deleteContact(bea.id)), .bob, "contact.missing"),
            (.contactLists(.readContactList(list.id)), .bob, "contact-list.missing"),
            (
                .contactLists(.amendContactList(list.id) { $0.name = "X" }), .bob,
                "contact-list.missing"
            ),
            (.contactLists(.deleteContactList(list.id)), .bob, "contact-list.missing"),
            (.contacts(.listContacts(ContactSearch(list: list.id))), .bob, "contact-list.missing"),
            (
                .contactLists(.changeMembers(list.id, add: [foreign.id], remove: [])), .bob,
                "contact-list.missing"
            ),
            (
                .contactLists(.changeMembers(foreignList.id, add: [bea.id], remove: [])), .bob,
                "contact.missing"
            ),
            (
                .contactLists(.changeMembers(list.id, add: [], remove: [foreign.id])), .ann,
                "contact.missing"
            ),
            (
                .contactLists(.changeMembers(list.id, add: [foreign.id], remove: [bea.id])), .ann,
                "contact.missing"
            ),
            (.contacts(.readContact(ContactID(rawValue: .min))), .ann, "contact.missing"),
            (
                .contactLists(.readContactList(ContactListID(rawValue: .max))), .ann,
                "contact-list.missing"
            ),
        ]
        for (operation, member, word) in cases {
            #expect(await house.perform(operation, by: member).word == word, "\(operation)")
        }
        #expect(try await house.list(.contactLists(.readContactList(list.id))).size == 1)
        #expect(try await house.contact(.contacts(.readContact(bea.id))).content == Self.bea)
        #expect(try house.store.leafCount() == before, "an address book leaves no entries")
    }

    static let long = String(repeating: "é", count: 201)
    static let bounds: [(Asked, String)] = [
        (
            .contacts(
                .createContact(ContactContent(name: String(long.dropLast()), address: bea.address))),
            "done"
        ),
        (.contacts(.createContact(ContactContent(name: "", address: bob.address))), "done"),
        (
            .contacts(.createContact(ContactContent(name: long, address: bea.address))),
            "request.invalid"
        ),
        (
            // One letter with a thousand accents is no short name.
            .contacts(
                .createContact(
                    ContactContent(
                        name: "e" + String(repeating: "\u{301}", count: 1_000), address: bea.address
                    ))),
            "request.invalid"
        ),
        (
            .contactLists(.createContactList(ContactListContent(name: String(long.dropLast())))),
            "done"
        ),
        (.contactLists(.createContactList(ContactListContent(name: long))), "request.invalid"),
        (
            .contactLists(
                .createContactList(
                    ContactListContent(
                        name: "L",
                        annex: Annex(
                            dialect: "test", bytes: Array(repeating: 1, count: Annex.largest))))),
            "done"
        ),
        (
            .contactLists(
                .createContactList(
                    ContactListContent(
                        name: "L",
                        annex: Annex(
                            dialect: "test", bytes: Array(repeating: 1, count: Annex.largest + 1))))
            ),
            "request.invalid"
        ),
    ]

    @Test(arguments: bounds.indices) func `a name or an annex is no longer than it may be`(
        _ index: Int
    ) async throws {
        let house = try await Household()
        let (operation, word) = Self.bounds[index]
        #expect(await house.perform(operation, by: .ann).word == word)
    }

    @Test func `ten thousand contacts may be on a list and not one more`() async throws {
        let house = try await Household()
        let ann = try house.account(.ann)
        try house.change(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10001)
            INSERT INTO address_book(owner, name, address, created_at, changed_at)
            SELECT \(ann.rawValue), 'n' || i, 'n' || i || '@example.com', 0, 0 FROM n
            """)
        let all = try house.look {
            try Int64.fetchAll($0, sql: "SELECT id FROM address_book ORDER BY id")
        }.map { ContactID(rawValue: $0) }
        #expect(all.count == 10_001)
        let list = try await house.list(
            .contactLists(.createContactList(ContactListContent(name: "L"))))
        let tooMany = await house.perform(
            .contactLists(.changeMembers(list.id, add: all, remove: [])), by: .ann)
        #expect(tooMany.word == "request.invalid")
        #expect(tooMany.sentence == "A list may have 10000 contacts.")
        let full = try await house.list(
            .contactLists(.changeMembers(list.id, add: Array(all.dropLast()), remove: [])))
        #expect(full.size == 10_000)
        let last = try #require(all.last)
        #expect(
            await house.perform(
                .contactLists(.changeMembers(list.id, add: [last], remove: [])), by: .ann
            ).word
                == "request.invalid")
        #expect(try await house.list(.contactLists(.readContactList(list.id))) == full)
        let exchanged = try await house.list(
            .contactLists(.changeMembers(list.id, add: [last], remove: [all[0]])))
        #expect(exchanged.size == 10_000)
    }

    @Test(arguments: [CommitInterference.failsUndone, .failsDone])
    func `a change whose commit fails is no change that anybody was told of`(
        _ turn: CommitInterference
    ) async throws {
        let interference = Interference()
        let house = try await Household(interference.options)
        let list = try await house.list(
            .contactLists(.createContactList(ContactListContent(name: "L"))))
        interference.plan([turn])
        #expect(
            await house.perform(.contacts(.createContact(Self.bea)), by: .ann).word
                == "storage.unwritable")
        let word = await house.perform(.contacts(.createContact(Self.bea)), by: .ann).word
        if case .failsUndone = turn {
            #expect(word == "done")
        } else {
            #expect(word == "contact.taken")
        }
        let id = try #require(
            try house.look { try Int64.fetchOne($0, sql: "SELECT id FROM address_book") })
        interference.plan([turn])
        let change = Asked.contactLists(
            .changeMembers(list.id, add: [ContactID(rawValue: id)], remove: []))
        #expect(await house.perform(change, by: .ann).word == "storage.unwritable")
        #expect(try await house.list(change).size == 1, "asked for again, it is as it should be")
    }
}

extension Household {
    func contact(_ operation: Asked, by member: Member = .ann) async throws -> Contact {
        let outcome = await perform(operation, by: member)
        guard case .done(.contact(let contact), _) = outcome else { throw Unexpected(outcome.word) }
        return contact
    }

    func list(_ operation: Asked, by member: Member = .ann) async throws -> ContactList {
        let outcome = await perform(operation, by: member)
        guard case .done(.contactList(let list), _) = outcome else {
            throw Unexpected(outcome.word)
        }
        return list
    }
}
