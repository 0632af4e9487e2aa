import GRDB
import PosternCredentials
import PosternModel
import PosternPipeline
import PosternSealing
@testable import PosternStorage
import PosternTesting
import Testing

/// Messages that are composed and sent in one go, for targets that are looked up as they leave.
@Suite struct ComposedSendTests {
    /// A household with address books.
    ///
    /// Ann has the contacts 1 (Bob), 2 (Cay) and 3 (a stranger), and the lists 1 `ward` (Bob, Cay) and 2 `empty`; Bob has
    /// the contact 4 (Cay), and the list 3 `his`. Cay's handle is `cay-cell`.
    static func house(
        relaysPhones: Bool = true, foreign: UnitRegister? = nil
    ) async throws -> Household {
        let house = try await Household(relaysPhones: relaysPhones, foreign: foreign)
        let (ann, bob) = (try house.account(.ann).rawValue, try house.account(.bob).rawValue)
        try house.change(
            """
            INSERT INTO address_book(id, owner, name, address, created_at, changed_at) VALUES
              (1, \(ann), 'Bob', 'bob@example.org', 0, 0), (2, \(ann), 'Cay', 'cay@example.org', 0, 0),
              (3, \(ann), 'New', 'new@example.net', 0, 0), (4, \(bob), 'Cay', 'cay@example.org', 0, 0);
            INSERT INTO contact_lists(id, owner, name, created_at, changed_at) VALUES
              (1, \(ann), 'ward', 0, 0), (2, \(ann), 'empty', 0, 0), (3, \(bob), 'his', 0, 0);
            INSERT INTO contact_list_members VALUES(1, 1), (1, 2), (3, 4);
            UPDATE accounts SET handle = 'cay-cell' WHERE address = 'cay@example.org';
            """)
        return house
    }

    static func contact(_ id: Int64) -> Target { .contact(ContactID(rawValue: id)) }
    static func list(_ id: Int64) -> Target { .list(ContactListID(rawValue: id)) }
    static func handle(_ name: String) throws -> Target { .handle(try #require(Handle(name))) }

    static func composition(
        _ targets: [Target], passesOver: Bool = false, guid: MessageGUID = .random()
    ) -> Composition {
        Composition(
            guid: guid,
            content: DraftContent(
                subject: "Rounds", body: "At 9.", targets: targets,
                annex: Annex(dialect: "test", bytes: Array("mine".utf8))),
            passesOverUnknownHandles: passesOver)
    }

    @Test func `targets reach each person once, in their order, and nobody sees the others`()
        async throws
    {
        let house = try await Self.house()
        let outcome = await house.send(
            Self.composition([
                try Self.handle("cay-cell"), Self.list(1), Self.contact(1), .listNamed("ward"),
                .address(.email(Member.gus.address)),
            ]))
        let receipt = try #require(outcome.receipt, "\(outcome.word)")
        #expect(
            receipt.recipients.map(\.address.description) == [
                "cay@example.org", "bob@example.org", "gus@example.org",
            ])
        #expect(receipt.recipients.map(\.handle?.description) == ["cay-cell", nil, nil])
        #expect(receipt.number == Int64(try house.count("SELECT max(id) FROM messages")))
        try await house.deliver()
        for member in [Member.bob, .cay, .gus] {
            let view = try #require(await house.view(receipt.guid, by: member))
            #expect(view.to.isEmpty && view.cc.isEmpty)
            #expect(view.bcc.map(\.address) == [member.address])
        }
        #expect(try house.count("SELECT sum(messages) FROM quotas") == 1)
        #expect(
            try house.count("SELECT count(*) FROM message_annexes WHERE annex LIKE '%mine%'") == 0)
    }

    struct Obstacle: Sendable, CustomTestStringConvertible {
        var targets: [Target]
        var code: String
        var testDescription: String { "\(targets) \(code)" }
    }

    @Test(arguments: [
        Obstacle(targets: [contact(1), contact(4)], code: "contact.missing"),
        Obstacle(targets: [contact(1), contact(99)], code: "contact.missing"),
        Obstacle(targets: [list(3)], code: "contact-list.missing"),
        Obstacle(targets: [list(1), .listNamed("his")], code: "contact-list.missing"),
        Obstacle(targets: [contact(1), list(2)], code: "contact-list.empty"),
        Obstacle(targets: [.listNamed("empty")], code: "contact-list.empty"),
    ])
    func `a target that stands for nobody refuses the whole, unsent and uncharged`(
        _ row: Obstacle
    ) async throws {
        let house = try await Self.house()
        let outcome = await house.send(Self.composition(row.targets))
        guard case .obstructed(let obstruction) = outcome else {
            Issue.record("\(outcome.word)")
            return
        }
        #expect(obstruction.refusal.code.name == row.code)
        #expect(obstruction.refusal.targets == [try #require(row.targets.last)])
        #expect(try house.operationEntries() == ["send \(row.code)"])
        #expect(try house.count("SELECT count(*) FROM messages") == 0)
        #expect(try house.count("SELECT count(*) FROM quotas") == 0)
    }

    @Test func `a handle nobody has refuses the whole, or is passed over and named`() async throws {
        let house = try await Self.house()
        let targets = [try Self.handle("nobody"), Self.contact(1)]
        #expect(await house.send(Self.composition(targets)).word == "target.unknown")
        let receipt = try #require(
            await house.send(Self.composition(targets, passesOver: true)).receipt)
        #expect(receipt.unknownHandles.map(\.description) == ["nobody"])
        #expect(receipt.recipients.map(\.address.description) == ["bob@example.org"])
    }

    /// Puts so many people on Ann's second list, and Ann among those who may write to crowds.
    private static func gather(_ count: Int, in house: Household) throws {
        let ann = try house.account(.ann).rawValue
        try house.change(
            """
            WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < \(999 + count))
              INSERT INTO accounts(address, "group", status, created_at)
              SELECT 'p' || i || '@example.org', 'staff', 'active', 0 FROM n;
            WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < \(999 + count))
              INSERT INTO address_book(id, owner, name, address, created_at, changed_at)
              SELECT i, \(ann), '', 'p' || i || '@example.org', 0, 0 FROM n;
            INSERT INTO contact_list_members SELECT 2, id FROM address_book WHERE id >= 1000;
            UPDATE accounts SET "group" = 'crowds' WHERE id = \(ann);
            """)
    }

    @Test(arguments: [(1000, "accepted"), (1001, "target.too-many")])
    func `a thousand recipients are one commit, and one more is too many`(
        _ count: Int, _ word: String
    ) async throws {
        let house = try await Self.house()
        try Self.gather(count, in: house)
        let before = try house.store.leafCount()
        let outcome = await house.send(Self.composition([Self.list(2)]))
        #expect(outcome.word == word)
        #expect(try house.store.leafCount() == before + 1)
        let reached = word == "accepted" ? count : 0
        #expect(try house.count("SELECT count(*) FROM outbox") == reached)
        #expect(try house.count("SELECT count(*) FROM recipients") == reached)
    }

    @Test(arguments: [(999, "accepted"), (1000, "target.too-many")])
    func `whom a draft names by itself counts among the thousand`(
        _ count: Int, _ word: String
    ) async throws {
        let house = try await Self.house()
        try Self.gather(count, in: house)
        let guid = try await house.draft(
            DraftContent(to: [Member.kim.address], subject: "S", targets: [Self.list(2)]))
        #expect(await house.send(guid) == word)
        #expect(
            try house.count("SELECT count(*) FROM outbox WHERE courier = 'mailbox'")
                == (word == "accepted" ? 1000 : 0))
    }

    @Test func `files are carried to no telephone, and the sender hears so`() async throws {
        let house = try await Self.house()
        try house.change(
            "UPDATE accounts SET \"group\" = 'crowds' WHERE address = 'ann@example.org'")
        let phone = try #require(Address("+41791234567"))
        let guid = try await house.draft(
            DraftContent(subject: "S", body: "B", targets: [.address(phone)]))
        _ = try await house.attach("a.txt", [1, 2, 3], to: guid)
        #expect(await house.send(guid) == "target.phones-unserved")
    }

    @Test func `a recalled message is refused as one, whatever an API asks of messages`()
        async throws
    {
        let house = try await Self.house()
        let composition = Self.composition([Self.contact(1)])
        #expect(await house.send(composition).word == "accepted")
        #expect(
            await house.perform(.recall(composition.guid, Recalling(reason: "R")), by: .ann).word
                == "done")
        // What its targets stood for is gone meanwhile.
        try house.change("DELETE FROM contact_list_members; DELETE FROM address_book")
        let outcome = await house.sends.send(
            SendIntent(
                credential: Member.ann.credential, subject: .draft(composition.guid),
                requirements: [.recipients, .subject, .body]),
            in: RequestContext(dialect: "test", request: "r1"))
        #expect(outcome.word == "915")
    }

    @Test func `a name that is taken refuses, whoever has it`() async throws {
        let house = try await Self.house()
        let guid = MessageGUID.random()
        #expect(
            await house.send(Self.composition([Self.contact(1)], guid: guid)).word == "accepted")
        #expect(
            await house.send(Self.composition([Self.contact(1)], guid: guid)).word
                == "message.taken")
        #expect(
            await house.send(
                Self.composition([.address(.email(Member.ann.address))], guid: guid), by: .bob
            ).word == "message.taken")
    }

    @Test func `one of many at once gets a name`() async throws {
        let house = try await Self.house()
        let guid = MessageGUID.random()
        let words = await withTaskGroup(of: String.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    await house.send(Self.composition([Self.contact(1)], guid: guid)).word
                }
            }
            return await group.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
        }
        #expect(words == ["accepted": 1, "message.taken": 19])
        #expect(try house.count("SELECT sum(messages) FROM quotas") == 1)
    }

    @Test(arguments: SendIntent.Requirement.allCases)
    func `what an API asks for must be there`(_ requirement: SendIntent.Requirement) async throws {
        let house = try await Self.house()
        let requirements: Set = [requirement]
        let (whole, lacking) = ("accepted", "message.incomplete")
        // Where the API does not ask for somebody, the policy does.
        let unaddressed = requirement == .recipients ? lacking : "74"
        let blank = requirement == .recipients ? whole : lacking
        var composition = Self.composition([Self.contact(1)])
        #expect(await house.send(composition, requiring: requirements).word == whole)
        composition = Self.composition([])
        let word = await house.send(composition, requiring: requirements).word
        #expect(word == unaddressed, "\(word)")
        composition = Self.composition([Self.contact(1)])
        (composition.content.subject, composition.content.body) = (" ", "\n")
        #expect(await house.send(composition, requiring: requirements).word == blank)
    }

    struct Shown: Sendable {
        var token: String
        var user: String?
        var send: String
        var read: String
        var write: String
    }

    @Test(arguments: [
        Shown(token: "token-of-ann", send: "accepted", read: "done", write: "done"),
        Shown(
            token: "token-of-ann", user: "ANN@example.org", send: "accepted", read: "done",
            write: "done"),
        Shown(token: "token-of-ann", user: "ann-h", send: "accepted", read: "done", write: "done"),
        Shown(
            token: "token-of-ann", user: "bob@example.org", send: "token.of-another",
            read: "token.of-another", write: "token.of-another"),
        Shown(
            token: "token-of-ann", user: "", send: "token.of-another", read: "token.of-another",
            write: "token.of-another"),
        Shown(
            token: "looks", send: "token.reading-only", read: "done", write: "token.reading-only"),
        Shown(token: "key", send: "accepted", read: "done", write: "done"),
        Shown(token: "idle", send: "811", read: "811", write: "811"),
        Shown(token: "unknown", user: "ann-h", send: "811", read: "811", write: "811"),
    ])
    func `a token is good for whom it was made and for what it was made`(
        _ row: Shown
    ) async throws {
        let house = try await Self.house()
        let ann = try house.account(.ann).rawValue
        try house.change("UPDATE accounts SET handle = 'ann-h' WHERE id = \(ann)")
        let long = house.clock.now().advanced(by: .seconds(-90_000)).milliseconds
        let now = house.clock.now().milliseconds
        for (token, seen, lasting, readingOnly) in [
            ("looks", now, 0, 1), ("key", long, 1, 0), ("idle", long, 0, 0),
        ] {
            let digest = TokenDigest(of: Secret(token)).bytes.map { String($0, radix: 16) }
                .map { $0.count == 1 ? "0" + $0 : $0 }.joined()
            try house.change(
                "INSERT INTO sessions VALUES(x'\(digest)', \(ann), 0, \(seen), 0, \(lasting), \(readingOnly))"
            )
        }
        let shown = PresentedCredential(token: Secret(row.token), claimedUser: row.user)
        #expect(
            await house.send(Self.composition([Self.contact(1)]), showing: shown).word == row.send)
        #expect(await house.perform(.describeQuotas, showing: shown).word == row.read)
        #expect(
            await house.perform(.labels(.createLabel(name: "x")), showing: shown).word == row.write)
    }

    @Test(arguments: [
        ("staff", "+41791234567", true, "49"), ("crowds", "+41791234567", true, "accepted"),
        ("crowds", "+16505551234", true, "49"),
        ("crowds", "+41791234567", false, "target.phones-unserved"),
    ])
    func `a telephone is reached where the policy and the installation reach it`(
        _ group: String, _ number: String, _ relays: Bool, _ word: String
    ) async throws {
        let house = try await Self.house(relaysPhones: relays)
        try house.change(
            "UPDATE accounts SET \"group\" = '\(group)' WHERE address = 'ann@example.org'")
        let phone = try #require(Address(number))
        let outcome = await house.send(
            Self.composition([.address(phone), Self.contact(1), .address(phone)]))
        #expect(outcome.word == word)
        guard word == "accepted" else { return }
        #expect(
            try house.look {
                try String.fetchAll($0, sql: "SELECT courier || ' ' || recipient FROM outbox")
            }
                == ["mailbox bob@example.org", "webhook +41791234567"])
        #expect(try house.count("SELECT count(*) FROM outside_recipients") == 1)
    }

    @Test func `what recipients are shown besides subject and body is judged at each send`()
        async throws
    {
        let house = try await Self.house()
        let words = ["a word", "", "ünd"]
        var composition = Self.composition([Self.contact(1)])
        composition.content.annex?.words = words
        let plain = try await house.draft(DraftContent(to: [Member.bob.address]))
        let ann = try house.account(.ann)
        func judged(_ lookup: DraftLookup) -> Draft? {
            if case .found(let loaded) = lookup { loaded.draft } else { nil }
        }
        let foreseen = try house.store.view { view throws(Fault) in
            try view.preview(composition, for: ann, on: "2026-11-28")
        }
        #expect(judged(foreseen)?.words == words)
        let later = house.clock.now().advanced(by: .seconds(600))
        #expect(await house.send(composition, at: later).word == "scheduled")
        let drafts = try house.store.view { view throws(Fault) in
            [
                try view.load(composition.guid, for: ann, on: "2026-11-28"),
                try view.load(plain, for: ann, on: "2026-11-28"),
            ]
        }
        #expect(drafts.map { judged($0)?.words } == [words, []])
        #expect(try house.files(holding: Array("a word".utf8)) == [], "words lie sealed")
    }

    @Test(arguments: [
        [], [0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 1, 0, 0, 0, 9, 65], [255, 255, 255, 255],
    ])
    func `what a dialect kept is opened whole or not at all`(_ bytes: [UInt8]) async throws {
        let house = try await Self.house()
        let composition = Self.composition([Self.contact(1)])
        #expect(await house.send(composition).word == "accepted")
        try await house.deliver()
        let wrapped = try house.bytes(
            "SELECT cover FROM message_keys ORDER BY message DESC LIMIT 1")
        let cover = try house.store.vault.unwrap(
            try WrappedKey(bytes: wrapped), of: composition.guid)
        let sealed = try cover.seal(bytes, as: SealMark(.annex, of: composition.guid))
        try house.change("UPDATE message_annexes SET annex = x'\(Hexadecimal.encode(sealed))'")
        let outcome = await house.perform(
            .incoming(.readIncoming(.guid(composition.guid))), by: .bob)
        #expect(outcome.word == "content.unreadable")
    }
}
