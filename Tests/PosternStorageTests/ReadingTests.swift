import PosternCredentials
import PosternModel
@testable import PosternPipeline
import PosternPolicy
@_spi(Testing) @testable import PosternStorage
import PosternTesting
import Testing

/// Reading, and what stands before it.
@Suite struct ReadingTests {
    static let unique = MessageOptions(fyeoType: .uniquePassword)
    static let confidential = MessageOptions(fyeoType: .accountPassword)

    @Test(arguments: [
        (unique, Household.word), (confidential, Member.bob.password),
    ])
    func `nothing is consumed before the password is proved`(
        _ options: MessageOptions, _ right: Secret
    ) async throws {
        let house = try await Household()
        let sending = options.fyeoType == .uniquePassword ? Household.word : Member.ann.password
        let guid = try await house.sent(body: "B", options: options, password: sending)
        func consumed() throws -> Int {
            try house.count("SELECT count(*) FROM mailboxes WHERE read_at IS NOT NULL")
                + house.count("SELECT count(*) FROM tracking")
        }
        #expect(await house.read(guid).word == "51")
        #expect(await house.read(guid, password: Secret("")).word == "51")
        #expect(await house.read(guid, password: Secret("wrong")).word == "38")
        #expect(
            await house.read(guid, password: Secret(String(repeating: "x", count: 9_999))).word
                == "38")
        #expect(await house.view(guid, by: .bob)?.retrieved == false)
        #expect(await house.view(guid, by: .bob)?.body == nil)
        #expect(try consumed() == 0)
        #expect(try house.count("SELECT sum(used) FROM account_attempts") == 2)
        let read = await house.read(guid, password: right)
        #expect(read.message?.body == "B")
        #expect(read.message?.retrieved == true)
        #expect(try consumed() == 2)
        #expect(try house.count("SELECT sum(used) FROM account_attempts") == 2)
        #expect(await house.view(guid, by: .ann)?.tracking?.counts == [.retrieved: 1])
        #expect(
            try house.operationEntries() == [
                "readMessage 51", "readMessage 51", "readMessage 38", "readMessage 38",
                "readMessage",
            ])
    }

    @Test func `a reader whose account has no password opens no confidential message`() async throws
    {
        let house = try await Household()
        let guid = try await house.sent(
            to: [.nia], options: Self.confidential, password: Member.ann.password)
        #expect(await house.read(guid, by: .nia, password: Secret("anything")).word == "38")
    }

    @Test func `right passwords at once lock nobody out`() async throws {
        let house = try await Household()
        let guid = try await house.sent(options: Self.unique, password: Household.word)
        let words = await withTaskGroup(of: String.self) { group in
            for _ in 0..<100 {
                group.addTask { await house.read(guid, password: Household.word).word }
            }
            return await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(words.isSubset(of: ["done", "gateway.overloaded"]) && words.contains("done"))
        #expect(await house.read(guid, password: Household.word).message?.body == "Body")
    }

    @Test(arguments: [unique, confidential])
    func `a thousand wrong passwords at once against a limit of five are looked at five times`(
        _ options: MessageOptions
    ) async throws {
        let house = try await Household()
        let sending = options.fyeoType == .uniquePassword ? Household.word : Member.ann.password
        let guid = try await house.sent(options: options, password: sending)
        _ = house.passwords.takeCount()
        let words = await withTaskGroup(of: String.self) { group in
            for number in 0..<1_000 {
                group.addTask {
                    await house.read(guid, password: Secret("wrong \(number)")).word
                }
            }
            return await group.reduce(into: Set()) { $0.insert($1) }
        }
        // Those that come while five are looked at are put off: nobody knows yet that the five are wrong.
        #expect(words.isSubset(of: ["38", "gateway.overloaded"]) && words.contains("38"))
        #expect(house.passwords.takeCount() == 5)
        let right = options.fyeoType == .uniquePassword ? Household.word : Member.bob.password
        #expect(await house.read(guid, password: right).word == "38")
        #expect(house.passwords.takeCount() == 0)
        #expect(try await house.store.unlockAttempts(of: house.account(.bob)))
        #expect(await house.read(guid, password: right).message?.body == "Body")
    }

    @Test func `a wrong password says how many are left once few are`() async throws {
        let house = try await Household()
        let guid = try await house.sent(options: Self.unique, password: Household.word)
        var sentences: [String] = []
        for _ in 0..<6 {
            sentences.append(await house.read(guid, password: Secret("wrong")).sentence ?? "")
        }
        #expect(!sentences[0].contains("more"))
        #expect(sentences[1].contains("3 more"))
        #expect(sentences[4].contains("no more"))
        #expect(sentences[5].contains("Too many"))
    }

    @Test func `a message guessed at too often is destroyed with its keys and files`() async throws
    {
        let house = try await Household(
            attempts: "{warnAfter: 1, lockAfter: 2, burnAfter: 3}")
        let guid = try await house.sent(
            to: [.bob, .cay], options: Self.unique, password: Household.word,
            files: [("a.txt", [1, 2, 3])])
        let keys = try house.bytes("SELECT content FROM message_keys")
        #expect(house.filesOnDisk() == 1)
        for reader in [Member.bob, .bob] {
            #expect(await house.read(guid, by: reader, password: Secret("wrong")).word == "38")
        }
        #expect(await house.read(guid, by: .bob, password: Household.word).word == "38")
        #expect(await house.read(guid, by: .cay, password: Household.word).word == "done")
        let last = await house.read(guid, by: .cay, password: Secret("wrong"))
        #expect(last.sentence?.contains("has been destroyed") == true)
        #expect(await house.read(guid, by: .cay, password: Household.word).word == "929")
        #expect(await house.read(guid, by: .ann, password: Household.word).word == "929")
        #expect(house.filesOnDisk() == 0)
        for table in ["message_texts", "mailboxes", "attachments", "files", "outbox"] {
            #expect(try house.count("SELECT count(*) FROM \(table)") == 0, "\(table)")
        }
        #expect(try house.files(holding: Array(keys[70..<110])) == [])
        #expect(await house.send(guid, password: Household.word) == "929")
    }

    // MARK: recall

    @Test func `the reason of a recall is held to the words a policy bans`() async throws {
        let house = try await Household(banned: "hunter2\n")
        let guid = try await house.sent(body: "B")
        let banned = Recalling(reason: "The password is H\u{200B}unter2.")
        let outcome = await house.perform(.recall(guid, banned), by: .ann)
        #expect(outcome.word == "17")
        #expect(await house.view(guid, by: .bob)?.recall == nil)
        let plain = Recalling(reason: "The wrong file was attached.")
        #expect(await house.perform(.recall(guid, plain), by: .ann).word == "done")
        #expect(await house.view(guid, by: .bob)?.recall?.reason == plain.reason)
        #expect(try house.operationEntries() == ["recall 17", "recall"])
    }

    @Test(arguments: 0..<10)
    func `a reading comes before a recall or shows it`(_ round: Int) async throws {
        let house = try await Household()
        let guid = try await house.sent(to: [.bob, .cay], body: "B")
        let views = await withTaskGroup(of: MessageView?.self) { group in
            for number in 0..<40 {
                group.addTask {
                    let reader = number.isMultiple(of: 2) ? Member.bob : .cay
                    if number == 4 * round {
                        _ = await house.perform(.recall(guid, Recalling(reason: "R")), by: .ann)
                        return await house.read(guid, by: reader).message
                    }
                    return await house.read(guid, by: reader).message
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for view in views {
            let view = try #require(view)
            #expect((view.body == "B") != (view.recall != nil))
        }
        let entries = try house.operationEntries()
        let recall = try #require(entries.firstIndex(of: "recall"))
        #expect(entries[recall...] == ["recall"])
        #expect(entries.count - 1 == views.count { $0?.body == "B" })
        for reader in [Member.bob, .cay] {
            let after = try #require(await house.read(guid, by: reader).message)
            #expect(after.body == nil)
            #expect(after.recall?.reason == "R")
        }
        #expect(await house.read(guid, by: .ann).message?.body == "B")
    }

    @Test func `a recall reaches those it was not delivered to and withdraws notifications`()
        async throws
    {
        let house = try await Household()
        let guid = try await house.draft(
            DraftContent(to: [Member.bob.address, Member.cay.address], body: "B"))
        #expect(await house.send(guid) == "accepted")
        #expect(try house.count("SELECT count(*) FROM outbox") == 4)
        #expect(await house.perform(.recall(guid, Recalling()), by: .ann).word == "done")
        #expect(try house.count("SELECT count(*) FROM outbox WHERE courier = 'smtp'") == 0)
        try await house.deliver()
        for reader in [Member.bob, .cay] {
            let view = try #require(await house.read(guid, by: reader).message)
            #expect(view.body == nil && view.recall?.reason == "")
            #expect(view.folder == .inbox)
        }
    }

    @Test(arguments: [true, false])
    func `a message taken back from one reader stays with the others`(_ delivered: Bool)
        async throws
    {
        let house = try await Household()
        let guid = try await house.draft(
            DraftContent(to: [Member.bob.address, Member.cay.address], body: "B"))
        #expect(await house.send(guid) == "accepted")
        if delivered { try await house.deliver() }
        let recalling = Recalling(reason: "R", recipients: [Member.bob.address])
        #expect(await house.perform(.recall(guid, recalling), by: .ann).word == "done")
        try await house.deliver()
        #expect(try house.count("SELECT count(*) FROM outbox WHERE courier = 'mailbox'") == 0)
        #expect(
            try house.count("SELECT count(*) FROM outbox WHERE recipient = 'bob@example.org'") == 0)
        let taken = try #require(await house.read(guid, by: .bob).message)
        #expect(taken.body == nil && taken.recall?.reason == "R")
        #expect(await house.read(guid, by: .cay).message?.body == "B")
        #expect(await house.read(guid, by: .cay).message?.recall == nil)
        #expect(await house.read(guid, by: .ann).message?.recall == nil)
        #expect(try await house.subjects([.inbox], by: .bob).count == 1)
    }

    @Test func `a message taken back does not come back to who has deleted it`() async throws {
        let house = try await Household()
        let guid = try await house.sent(to: [.bob, .cay], body: "B")
        for _ in 1...2 {
            #expect(await house.perform(.deleteMessage(guid), by: .bob).word == "done")
        }
        let recalling = Recalling(
            reason: "R", recipients: [Member.bob.address, Member.cay.address])
        #expect(await house.perform(.recall(guid, recalling), by: .ann).word == "done")
        #expect(try await house.subjects([.inbox], by: .bob).isEmpty)
        #expect(await house.read(guid, by: .bob).message == nil)
        #expect(await house.read(guid, by: .cay).message?.recall?.reason == "R")
    }

    @Test func `a message taken back is not answered by a draft begun before`() async throws {
        let house = try await Household()
        let guid = try await house.sent(to: [.bob, .cay])
        let content = DraftContent(to: [Member.ann.address], body: "A")
        let answers = [
            try await house.draft(by: .bob, action: .reply, answering: guid, content),
            try await house.draft(by: .cay, action: .reply, answering: guid, content),
        ]
        let recalling = Recalling(recipients: [Member.bob.address])
        #expect(await house.perform(.recall(guid, recalling), by: .ann).word == "done")
        #expect(await house.send(answers[0], by: .bob) == "915")
        #expect(await house.send(answers[1], by: .cay) == "accepted")
        let beginning = DraftBeginning(action: .reply, parent: .named(guid))
        #expect(await house.perform(.createDraft(beginning), by: .bob).word == "915")
    }

    @Test(arguments: [nil, [Member.bob.address]], [true, false])
    func `files go with a recall or stay`(_ recipients: [EmailAddress]?, _ withFiles: Bool)
        async throws
    {
        let house = try await Household()
        let guid = try await house.sent(files: [("a.txt", [1, 2, 3])])
        let file = try #require(await house.view(guid, by: .bob)?.attachments.first?.guid)
        let recalling = Recalling(recipients: recipients, withAttachments: withFiles)
        #expect(await house.perform(.recall(guid, recalling), by: .ann).word == "done")
        #expect(
            await house.view(guid, by: .bob)?.attachments.map(\.guid) == (withFiles ? [] : [file]))
        let download = await house.perform(.download(file, chunk: nil, password: nil), by: .bob)
        if withFiles {
            #expect(download.word == "attachment.missing")
        } else {
            #expect(try await download.content().bytes == [1, 2, 3])
        }
        #expect(await house.view(guid, by: .ann)?.attachments.count == 1)
    }

    @Test func `only who sent it takes a message back, and only who may`() async throws {
        let house = try await Household()
        let guid = try await house.sent(to: [.gus])
        #expect(await house.perform(.recall(guid, Recalling()), by: .bob).word == "929")
        #expect(
            await house.perform(.recall(guid, Recalling()), by: .gus).word == "recall.forbidden")
        #expect(await house.perform(.recall(nil, Recalling()), by: .ann).word == "929")
        let draft = try await house.draft(DraftContent())
        #expect(await house.perform(.recall(draft, Recalling()), by: .ann).word == "929")
        #expect(await house.perform(.recall(guid, Recalling(reason: "1")), by: .ann).word == "done")
        #expect(await house.perform(.recall(guid, Recalling(reason: "2")), by: .ann).word == "done")
        #expect(await house.view(guid, by: .gus)?.recall?.reason == "1")
    }

    // MARK: who sees whom

    @Test func `blind copies are seen by their sender alone`() async throws {
        let house = try await Household()
        let options = MessageOptions(allowTracking: true, shareTracking: true)
        let guid = try await house.sent(
            to: [.bob], bcc: [.cay, .gus], body: "B", options: options)
        for reader in [Member.bob, .cay, .gus] { _ = await house.read(guid, by: reader) }
        func seen(by member: Member) async -> MessageView? { await house.view(guid, by: member) }
        func blind(_ view: MessageView?) -> [String]? { view?.bcc.map(\.address.description) }
        #expect(blind(await seen(by: .ann)) == ["cay@example.org", "gus@example.org"])
        #expect(blind(await seen(by: .bob)) == [])
        #expect(blind(await seen(by: .cay)) == ["cay@example.org"])
        #expect(blind(await seen(by: .gus)) == ["gus@example.org"])
        // Nor do they show in what readers are told of each other.
        for (member, actors) in [
            (Member.ann, ["bob", "cay", "gus"]), (.bob, ["bob"]), (.cay, ["bob", "cay"]),
            (.gus, ["bob", "gus"]),
        ] {
            let tracking = await seen(by: member)?.tracking
            #expect(tracking?.recipients == actors.count, "\(member)")
            #expect(tracking?.counts == [.retrieved: actors.count], "\(member)")
            let outcome = await house.perform(
                .searchTracking(TrackingSearch(messages: [guid])), by: member)
            guard case .done(.tracking(let page), _) = outcome else {
                throw Unexpected(outcome.word)
            }
            #expect(
                page.items.map { "\($0.actor.address)" }.sorted()
                    == actors.map { "\($0)@example.org" }, "\(member)")
        }
        let found = try await house.search(
            MessageSearch(recipients: [house.account(.cay)]), by: .bob)
        #expect(found.items.isEmpty)
        #expect(await house.view(guid, by: .kim) == nil)
    }

    @Test func `tracking that is off or not shared is not shown`() async throws {
        let house = try await Household()
        for (allow, share, seen) in [(true, true, 2), (true, false, 1), (false, true, 0)] {
            let guid = try await house.sent(
                options: MessageOptions(allowTracking: allow, shareTracking: share))
            _ = await house.read(guid)
            var views = 0
            for member in [Member.ann, .bob] {
                if await house.view(guid, by: member)?.tracking != nil { views += 1 }
            }
            #expect(views == seen)
        }
    }

    @Test func `proving a password to answer a message does not count as reading it`() async throws
    {
        let house = try await Household()
        let guid = try await house.sent(
            options: Self.unique, password: Household.word, files: [("a.txt", [1])])
        let beginning = { (password: Secret?) in
            Asked.createDraft(
                DraftBeginning(action: .forward, parent: .named(guid), password: password))
        }
        #expect(await house.perform(beginning(nil), by: .bob).word == "38")
        #expect(await house.perform(beginning(Secret("wrong")), by: .bob).word == "38")
        let outcome = await house.perform(beginning(Household.word), by: .bob)
        guard case .done(.draft(let draft), _) = outcome else { throw Unexpected(outcome.word) }
        let file = try #require(await house.view(guid, by: .bob)?.attachments.first?.guid)
        #expect(
            await house.perform(
                .linkAttachment(draft, file, password: Household.word), by: .bob
            ).word == "done")
        #expect(await house.view(guid, by: .bob)?.retrieved == false)
        #expect(await house.view(guid, by: .ann)?.tracking?.counts == [:])
        #expect(try house.count("SELECT used FROM account_attempts") == 1)
    }

    // MARK: deleting

    @Test func `a message goes to the trash first and is erased when nobody has it`() async throws {
        let house = try await Household()
        let guid = try await house.sent(to: [.bob, .cay], files: [("a.txt", [1])])
        func delete(_ member: Member) async -> String {
            await house.perform(.deleteMessage(guid), by: member).word
        }
        #expect(await delete(.kim) == "929")
        #expect(await delete(.bob) == "done")
        #expect(await house.view(guid, by: .bob)?.folder == .trash)
        #expect(await house.view(guid, by: .cay)?.folder == .inbox)
        #expect(await delete(.bob) == "done")
        #expect(await delete(.bob) == "929")
        #expect(await house.view(guid, by: .ann)?.tracking?.counts == [.deleted: 1])
        for member in [Member.ann, .ann, .cay] { #expect(await delete(member) == "done") }
        #expect(await house.view(guid, by: .ann) == nil)
        #expect(await house.view(guid, by: .cay)?.folder == .trash)
        #expect(house.filesOnDisk() == 1)
        #expect(await delete(.cay) == "done")
        #expect(house.filesOnDisk() == 0)
        #expect(try house.count("SELECT count(*) FROM messages WHERE state = 2") == 1)
    }

    @Test func `a message that is still to be delivered is kept for its reader`() async throws {
        let house = try await Household()
        let guid = try await house.draft(DraftContent(to: [Member.bob.address], body: "B"))
        #expect(await house.send(guid) == "accepted")
        for _ in 0..<2 {
            #expect(await house.perform(.deleteMessage(guid), by: .ann).word == "done")
        }
        try await house.deliver()
        #expect(await house.read(guid).message?.body == "B")
    }
}
