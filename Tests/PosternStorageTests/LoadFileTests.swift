import Foundation
import PosternCredentials
import PosternModel
import PosternPolicy
@testable import PosternPipeline
@_spi(Testing) import PosternStorage
import Testing

@Suite struct LoadFileTests {
    static let whole = """
        version: 1
        accounts:
          - address: Ann@Example.org
            name: Ann
            group: staff
            status: active
            password: correct horse
            contacts: [bob@example.org]
            tokens:
              - {token: ann-token, idleMinutes: 5}
              - {digest: "0000000000000000000000000000000000000000000000000000000000000000", revoked: true}
            challengePassed: true
            used: {2026-03-10: {messages: 3, invites: 1}}
            attempts: 2
          - {address: bob@example.org, group: guest, status: pending}
        messages:
          - {guid: 00000000-0000-0000-0000-00000000000a, owner: bob@example.org, to: [Ann@example.org],
             bcc: [ann@example.org], subject: Parent, sent: true, recalled: true,
             options: {allowReply: false}}
          - guid: 0000000000000000000000000000000b
            owner: ann@example.org
            action: reply
            parent: 0000000000000000000000000000000a
            to: [bob@example.org]
            subject: Re
            body: <p>x</p>
            format: html
            options: {allowForward: false, fyeoType: uniquePassword}
            expiryDate: 2026-12-31T12:00:00Z
            expiryGroup: quarter
            attachments: [{name: a.txt, size: 12}]
            password: sesame
            attempts: 1
        """

    @Sendable static func hash(_ secret: Secret) throws(Fault) -> PasswordHash {
        let text = secret.withExposed { $0.replacing(" ", with: "") }
        guard let hash = PasswordHash(phc: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$\(text)") else {
            throw Fault(.passwordUncheckable)
        }
        return hash
    }

    @Test(arguments: [1, 2])
    func `loading makes the ledger hold what the file says, again and again`(
        _ times: Int
    ) async throws {
        let bench = try await Workbench()
        let plan = try LoadFile.read(Self.whole)
        var report = LoadReport()
        for _ in 0..<times {
            report = try await bench.store.load(plan, at: Workbench.noon) {
                secret throws(Fault) in try Self.hash(secret)
            }
        }
        #expect(report.accounts == 2)
        #expect(report.tokens == 2)
        #expect(report.sent + report.untouched == 1)
        let guid = try #require(MessageGUID("0000000000000000000000000000000b"))
        guard case .found(let found) = try bench.store.load(guid, for: bench.ann, on: Workbench.day)
        else {
            Issue.record("not found")
            return
        }
        #expect(found.draft.action == .reply)
        #expect(found.draft.bodyFormat == .html)
        #expect(found.draft.options.fyeoType == .uniquePassword)
        #expect(found.draft.options.allowForward == false)
        #expect(found.draft.expiry.group == "quarter")
        #expect(found.draft.expiry.date == Instant(milliseconds: 1_798_718_400_000))
        #expect(found.draft.attachmentNames == ["a.txt"])
        #expect(found.passwordHash?.phc.hasSuffix("sesame") == true)
        #expect(found.used == QuotaUse(messages: 3, invites: 1))
        #expect(found.attempts == AttemptFacts(message: 1, principal: 2))
        let parent = try #require(found.parent)
        #expect(parent.sender.address.description == "bob@example.org")
        #expect(parent.recalled)
        #expect(!parent.options.allowReply)
        #expect(!parent.wasBlindCopied, "who stands in To as well was not copied blindly")
        #expect(
            try bench.store.session(TokenDigest(of: Secret("ann-token")))?.lastSeen
                == Workbench.noon.advanced(by: .seconds(-300)))
        #expect(try bench.store.mailbox(of: bench.ann, limit: 9).map(\.subject) == [""])
    }

    @Test func `the example in the article loads`() async throws {
        let article = try String(
            contentsOfFile: #filePath.replacing(
                "Tests/PosternStorageTests/LoadFileTests.swift",
                with: "Sources/PosternStorage/PosternStorage.docc/PosternStorage.md"),
            encoding: .utf8)
        let block = try #require(
            article.split(separator: "```yaml").last?.split(separator: "```").first)
        let bench = try await Workbench()
        let report = try await bench.store.load(
            try LoadFile.read(String(block)), at: Workbench.noon, hash: Self.hash)
        #expect(report.accounts == 2)
        #expect(report.drafts == 2)
        #expect(report.addressBookEntries == 2)
        #expect(report.lists == 1)
    }

    @Test func `JSON is read like YAML`() throws {
        let plan = try LoadFile.read(
            #"{"accounts": [{"address": "a@b.c", "group": "g", "challengePassed": true}]}"#)
        #expect(plan.accounts.map(\.group) == ["g"])
        #expect(plan.accounts.first?.challengePassed == true)
    }

    static let mistakes: [(String, [String])] = [
        (
            "accounts: [{address: nonsense, group: g}]",
            ["1:22: `nonsense` is not an email address."]
        ),
        ("accounts: [{address: a@b.c}]", ["1:12: The key `group` is missing from an account."]),
        (
            "accounts:\n- {address: a@b.c, group: g, colour: red}\n- {address: a@b.c, group: g}",
            [
                "2:30: `colour` is not a key of an account. Known keys: address, name, group, status, password, passwordHash, contacts, tokens, challengePassed, used, attempts, handle, addressBook, lists.",
                "3:13: The account `a@b.c` stands twice in this file.",
            ]
        ),
        ("version: 2", ["1:10: `version` must be 1."]),
        (
            "messages: [{guid: xyz, owner: a@b.c}]",
            ["1:19: A message's name must be 32 hexadecimal digits, dashed or not."]
        ),
        (
            "messages: [{guid: 0000000000000000000000000000000a, owner: a@b.c, action: reply, recalled: maybe}]",
            ["1:12: An answer needs a `parent`.", "1:92: `recalled` must be true or false."]
        ),
        (
            "accounts: [{address: a@b.c, group: g, tokens: [{}], attempts: -1}]",
            [
                "1:48: A token needs either `token` or `digest`.",
                "1:63: `attempts` must be a whole number, at least 0.",
            ]
        ),
        (
            "accounts:\n- {address: a@b.c, group: g, handle: -x}\n- {address: d@b.c, group: g, handle: H}\n- {address: e@b.c, group: g, handle: h}",
            [
                "2:38: A handle has 1 to 128 letters `a`-`z`, digits, `-` and `_`, the first a letter or digit.",
                "4:38: The handle `h` stands twice in this file.",
            ]
        ),
        (
            "accounts:\n- address: a@b.c\n  group: g\n  addressBook:\n  - {name: x, address: y}\n  - {name: x}\n  - {address: z@b.c}\n  - {address: +41791234567, phone: 1}\n  - {address: z@b.c}\n  - {address: w@b.c, name: \(String(repeating: "n", count: 201))}",
            [
                "5:24: `y` is neither an email address nor a telephone number such as `+41791234567` nor a cell such as `https://unit.example/name/`.",
                "6:5: The key `address` is missing from an entry.",
                "8:29: `phone` is not a key of an entry. Known keys: name, address.",
                "9:15: The address `z@b.c` stands twice in this address book.",
                "10:28: A name may have 200 characters.",
            ]
        ),
        (
            "accounts:\n- address: a@b.c\n  group: g\n  addressBook: [{address: z@b.c}]\n  lists:\n  - {members: [z@b.c]}\n  - {name: L, members: [z@b.c, y@b.c]}\n  - {name: L, members: z@b.c}",
            [
                "6:5: The key `name` is missing from a list.",
                "7:32: `y@b.c` is not in the `addressBook` of this account.",
                "8:12: The list `L` stands twice in this account.",
                "8:24: `members` must be a list.",
            ]
        ),
        (
            "accounts: [{address: a@b.c, group: g, tokens: [{token: t, lasting: on, readingOnly: 1}]}]",
            [
                "1:68: `lasting` must be true or false.",
                "1:85: `readingOnly` must be true or false.",
            ]
        ),
        ("accounts: {", ["2:1: This is not well-formed YAML or JSON."]),
        // Found by fuzzing: as a mapping's key, aliases to aliases keep the YAML reader for ever.
        (
            "version: &é [&a 1]\naccounts: {? *a : 1}",
            ["2:14: Aliases (`*name`) are not allowed: write the value out."]
        ),
        ("- 1", ["1:1: Here the file is expected, as keys and values."]),
    ]

    @Test(arguments: mistakes) func `every mistake is reported with its place`(
        _ text: String, _ sentences: [String]
    ) {
        #expect {
            try LoadFile.read(text)
        } throws: { error in
            let found = (error as? LoadFileFaults)?.faults.map(\.description)
            #expect(found == sentences)
            return true
        }
    }

    @Test func `an unknown owner loads nothing`() async throws {
        let bench = try await Workbench()
        let plan = try LoadFile.read(
            """
            accounts: [{address: new@example.org, group: g}]
            messages: [{guid: 0000000000000000000000000000000a, owner: ghost@example.org}]
            """)
        await #expect(throws: Fault(.storageUnwritable)) {
            try await bench.store.load(plan, at: Workbench.noon) { secret throws(Fault) in
                try Self.hash(secret)
            }
        }
        let address = try #require(EmailAddress("new@example.org"))
        #expect(try bench.store.account(address) == nil)
    }

    static let book = """
        accounts:
          - address: ann@example.org
            group: staff
            handle: Ann-1
            tokens: [{token: key, lasting: yes, readingOnly: yes}, {token: other, lasting: no}]
            addressBook:
              - {name: Bea, address: bea@example.com}
              - {address: +41791234567}
            lists: [{name: Ward, members: [bea@example.com, +41791234567]}, {name: Empty}]
        """

    static func load(_ text: String, into bench: Workbench, after seconds: Int = 0) async throws {
        _ = try await bench.store.load(
            try LoadFile.read(text), at: Workbench.noon.advanced(by: .seconds(seconds))
        ) { secret throws(Fault) in try Self.hash(secret) }
    }

    /// What an account's address book and lists are, and who is on each list.
    static func addressBook(
        of account: AccountID, in bench: Workbench
    ) throws -> (entries: [Contact], lists: [ContactList]) {
        try bench.store.mailView { view throws(Fault) in
            (
                try view.contacts(ContactSearch(), of: account).items,
                try view.contactLists(Window(), of: account).items
            )
        }
    }

    @Test func `an address book is loaded again and again, and keeps its numbers`() async throws {
        let bench = try await Workbench()
        try await Self.load(Self.book, into: bench)
        let first = try Self.addressBook(of: bench.ann, in: bench)
        #expect(first.entries.map(\.content.name) == ["Bea", ""])
        #expect(
            first.entries.map(\.content.address.description) == ["bea@example.com", "+41791234567"])
        #expect(first.entries.map(\.lists) == [[first.lists[0].id], [first.lists[0].id]])
        #expect(first.lists.map(\.content.name) == ["Ward", "Empty"])
        #expect(first.lists.map(\.size) == [2, 0])
        #expect(try bench.store.account(Member.ann.address)?.handle == Handle("ann-1"))
        for (token, lasting) in [("key", true), ("other", false)] {
            let session = try #require(try bench.store.session(TokenDigest(of: Secret(token))))
            #expect(session.lasting == lasting && session.readingOnly == lasting)
            #expect(session.handle == Handle("ann-1"))
        }
        try await Self.load(Self.book, into: bench, after: 60)
        let second = try Self.addressBook(of: bench.ann, in: bench)
        #expect(second.entries == first.entries)
        #expect(second.lists == first.lists)

        // What the file says differently is changed, and what it does not say stays.
        _ = try await bench.store.createContact(
            AddressBookTests.bob, of: bench.ann, at: Workbench.noon)
        let changed = Self.book.replacing("name: Bea", with: "name: Beatrix")
            .replacing("members: [bea@example.com, +41791234567]", with: "members: [+41791234567]")
            .replacing("handle: Ann-1", with: "handle: ann-2")
        try await Self.load(changed, into: bench, after: 120)
        let third = try Self.addressBook(of: bench.ann, in: bench)
        #expect(third.entries.map(\.content.name) == ["Beatrix", "", "Bob"])
        #expect(third.entries.prefix(2).map(\.id) == first.entries.map(\.id))
        #expect(third.entries[0].changedAt == Workbench.noon.advanced(by: .seconds(120)))
        #expect(third.entries[1].changedAt == Workbench.noon)
        #expect(third.lists.map(\.id) == first.lists.map(\.id))
        #expect(third.lists.map(\.size) == [1, 0])
        #expect(third.lists[0].changedAt == Workbench.noon.advanced(by: .seconds(120)))
        #expect(third.lists[1].changedAt == Workbench.noon)
        #expect(try bench.store.account(Member.ann.address)?.handle == Handle("ann-2"))
    }

    @Test func `handles are exchanged within a file and not taken from others`() async throws {
        let bench = try await Workbench()
        func named(_ ann: String, _ bob: String) -> String {
            """
            accounts:
              - {address: ann@example.org, group: staff, handle: \(ann)}
              - {address: bob@example.org, group: guest, handle: \(bob)}
            """
        }
        try await Self.load(named("a", "b"), into: bench)
        try await Self.load(named("b", "a"), into: bench)
        let taken = "accounts: [{address: dan@example.org, group: staff, handle: A}]"
        await #expect(throws: Fault(.storageUnwritable)) {
            try await Self.load(taken, into: bench)
        }
        // A file that says nothing of a handle leaves it.
        try await Self.load("accounts: [{address: ann@example.org, group: staff}]", into: bench)
        for (member, handle) in [(Member.ann, "b"), (.bob, "a"), (.dan, nil)] {
            let found = try bench.store.account(member.address)?.handle?.description
            #expect(found == handle)
        }
    }

    @Test func `more members than a list may have are a mistake with its place`() throws {
        let members = (0...ContactList.largest).map { "n\($0)@b.c" }
        let text = """
            accounts:
            - address: a@b.c
              group: g
              addressBook: [\(members.map { "{address: \($0)}" }.joined(separator: ","))]
              lists:
              - name: L
                members: [\(members.joined(separator: ","))]
            """
        #expect {
            try LoadFile.read(text)
        } throws: { error in
            (error as? LoadFileFaults)?.faults.map(\.description) == [
                "7:14: A list may have 10000 contacts."
            ]
        }
    }

    @Test func `a handle is one account's, and is given by an administrator as well`() async throws
    {
        let bench = try await Workbench()
        let bob = try #require(try bench.store.account(Member.bob.address)).id
        let handle = try #require(Handle("ann-1"))
        #expect(try await bench.store.setHandle(handle, of: bench.ann, recording: bench.entry()))
        #expect(try await bench.store.setHandle(handle, of: bench.ann, recording: bench.entry()))
        #expect(try bench.store.leafCount() == 2)
        #expect(try await !bench.store.setHandle(handle, of: bob, recording: bench.entry()))
        #expect(try bench.store.leafCount() == 2)
        #expect(try bench.store.account(Member.bob.address)?.handle == nil)
    }
}
