import PosternCredentials
import PosternModel
@testable import PosternPipeline
@_spi(Testing) @testable import PosternStorage
import PosternTesting
import Testing

/// Drafts, from their beginning to their sending.
@Suite struct ComposingTests {
    @Test func `what may begin a draft`() async throws {
        let house = try await Household()
        let parent = try await house.sent(to: [.bob], bcc: [.cay])
        let frozen = try await house.sent(
            to: [.bob],
            options: MessageOptions(allowForward: false, allowReply: false, allowReplyAll: false))
        let foreign = try await house.sent(by: .kim, to: [.cay])
        let unsent = try await house.draft(by: .bob)
        let cases: [(MessageAction, DraftBeginning.NamedMessage, Member, String)] = [
            (.new, .absent, .bob, "done"), (.reply, .named(parent), .bob, "done"),
            (.replyAll, .named(parent), .bob, "done"), (.forward, .named(parent), .bob, "done"),
            (.forward, .named(parent), .ann, "done"),
            (.new, .named(parent), .bob, "request.invalid"),
            (.new, .malformed, .bob, "request.invalid"), (.reply, .absent, .bob, "request.invalid"),
            (.reply, .malformed, .bob, "parent.missing"),
            (.reply, .named(.random()), .bob, "parent.missing"),
            (.reply, .named(foreign), .bob, "parent.foreign"),
            (.reply, .named(unsent), .bob, "parent.missing"),
            (.reply, .named(frozen), .bob, "908"), (.forward, .named(frozen), .bob, "909"),
            (.reply, .named(parent), .cay, "done"), (.replyAll, .named(parent), .cay, "done"),
        ]
        for (action, named, member, expected) in cases {
            let beginning = DraftBeginning(action: action, parent: named)
            let word = await house.perform(.createDraft(beginning), by: member).word
            #expect(word == expected, "\(action) \(named) by \(member)")
        }
        let answer = try await house.draft(by: .bob, action: .reply, answering: parent)
        let view = try #require(await house.view(answer, by: .bob))
        #expect(view.folder == .draft && view.parent == parent && view.conversation == parent)
        #expect(await house.view(answer, by: .ann) == nil)
    }

    @Test func `a save replaces everything but the files`() async throws {
        let house = try await Household()
        let guid = try await house.draft(
            DraftContent(
                to: [Member.bob.address], cc: [Member.cay.address], bcc: [Member.kim.address],
                subject: "S1", body: "B1", bodyFormat: .html,
                options: MessageOptions(allowForward: false, fyeoType: .uniquePassword),
                expiry: Expiry(group: "week")))
        _ = try await house.attach("a.txt", [1], to: guid)
        let first = try #require(await house.read(guid, by: .ann).message)
        #expect(first.to.map(\.address) == [Member.bob.address] && first.to[0].account == nil)
        #expect(first.bodyFormat == .html && first.expiry.group == "week")
        #expect(first.body == "B1" && first.attachments.map(\.name) == ["a.txt"])
        house.clock.advance(by: .seconds(60))
        let content = DraftContent(to: [Member.cay.address], subject: "S2")
        #expect(await house.perform(.saveDraft(guid, content), by: .ann).word == "done")
        let second = try #require(await house.read(guid, by: .ann).message)
        #expect(second.to.map(\.address) == [Member.cay.address])
        #expect(second.cc.isEmpty && second.bcc.isEmpty)
        #expect(second.subject == "S2" && second.body == "" && second.bodyFormat == .text)
        #expect(second.options == MessageOptions() && second.expiry == Expiry())
        #expect(second.attachments.map(\.name) == ["a.txt"])
        #expect(second.date == house.clock.now())
    }

    @Test func `who may not save is told so`() async throws {
        let house = try await Household()
        let guid = try await house.draft()
        let guests = try await house.draft(by: .gus)
        func save(
            _ guid: MessageGUID?, _ member: Member, _ type: FYEOType = .disabled
        ) async -> String {
            let content = DraftContent(options: MessageOptions(fyeoType: type))
            return await house.perform(.saveDraft(guid, content), by: member).word
        }
        #expect(await save(guid, .bob) == "929")
        #expect(await save(nil, .ann) == "929")
        #expect(await save(.random(), .ann) == "929")
        #expect(await save(guests, .gus, .uniquePassword) == "922")
        #expect(await save(guests, .gus, .accountPassword) == "930")
        let sent = try await house.sent()
        #expect(await save(sent, .ann) == "929")
        #expect(await house.read(sent).message?.body == "Body")
        #expect(try house.operationEntries() == ["saveDraft 922", "saveDraft 930", "readMessage"])
    }

    @Test func `of many who save at once one is there whole`() async throws {
        let house = try await Household()
        let guid = try await house.draft(DraftContent())
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                group.addTask {
                    let recipients = (0..<5).compactMap {
                        EmailAddress("p\($0)@n\(number).example")
                    }
                    let content = DraftContent(
                        to: recipients, subject: "\(number)", body: "\(number)")
                    _ = await house.perform(.saveDraft(guid, content), by: .ann)
                }
            }
        }
        let view = try #require(await house.read(guid, by: .ann).message)
        let number = view.subject
        #expect(view.body == number)
        #expect(
            view.to.map(\.address.description) == (0..<5).map { "p\($0)@n\(number).example" })
        #expect(try house.count("SELECT revision FROM messages") == 62)
    }

    @Test func `saving and sending at once never mix`() async throws {
        let house = try await Household()
        for round in 0..<15 {
            let guid = try await house.draft(
                DraftContent(to: [Member.bob.address], subject: "old", body: "old"))
            async let word = house.send(guid)
            async let saved = house.perform(
                .saveDraft(
                    guid, DraftContent(to: [Member.cay.address], subject: "new", body: "new")),
                by: .ann
            ).word
            let ended = await (word, saved)
            #expect(ended.0 == "accepted", "\(round)")
            try await house.deliver()
            let view = try #require(await house.read(guid, by: .ann).message)
            let text = ended.1 == "done" ? "new" : "old"
            #expect(view.subject == text && view.body == text)
            let reader = ended.1 == "done" ? Member.cay : .bob
            #expect(view.to.map(\.address) == [reader.address])
            #expect(await house.view(guid, by: reader) != nil)
        }
    }

    @Test func `what was judged is not sent after its files changed`() async throws {
        let bench = try await Workbench()
        try await bench.draft(0..<1)
        let send = try bench.send(try bench.find(0))
        let rules = try AttachmentTests.rules
        _ = try await bench.store.reserveAttachments(
            [FilePlan(name: "b.txt", size: 1)], to: Workbench.guid(0), by: bench.ann, limits: rules,
            at: Workbench.noon)
        #expect(try await bench.settle(send) == .draftChanged)
    }

    @Test func `a draft takes as many recipients as it may have, and none beyond`() async throws {
        let house = try await Household()
        let ann = try house.account(.ann)
        _ = try await house.draft(externalID: "case 7", DraftContent(to: [Member.bob.address]))
        func add(_ addresses: [EmailAddress], atMost limit: Int) async throws -> AddingEnding {
            try await house.store.addRecipients(
                externalID: "case 7", by: ann, to: addresses, cc: [], bcc: addresses,
                atMost: limit, at: house.clock.now())
        }
        let two = [Member.cay.address, Member.kim.address]
        #expect(try await add(two, atMost: 4) == .tooMany)
        #expect(try house.count("SELECT count(*) FROM recipients") == 1)
        #expect(try await add(two + two, atMost: 5) == .done)
        #expect(try await add(two, atMost: 5) == .done)
        #expect(try await add([Member.gus.address], atMost: 5) == .tooMany)
        #expect(try house.count("SELECT count(*) FROM recipients") == 5)
        for (kind, last) in [(0, 2), (2, 1)] {
            #expect(
                try house.count("SELECT max(position) FROM recipients WHERE kind = \(kind)")
                    == last)
        }
    }

    @Test func `a draft names no more addresses than any policy may let be sent`() async throws {
        let house = try await Household()
        let many = try (0...50_000).map { try #require(EmailAddress("p\($0)@example.org")) }
        let guid = try await house.draft(DraftContent(to: Array(many.dropLast()), subject: "S"))
        let tooMany = DraftContent(to: many, cc: Array(many.dropLast()))
        #expect(await house.perform(.saveDraft(guid, tooMany), by: .ann).word == "target.too-many")
        #expect(try house.count("SELECT count(*) FROM recipients") == 50_000)
    }

    @Test func `recipients are added to the newest draft of a name`() async throws {
        let house = try await Household()
        let old = try await house.draft(externalID: "case 7", DraftContent())
        let new = try await house.draft(
            externalID: "case 7", DraftContent(to: [Member.bob.address], subject: "S"))
        func add(_ name: String, _ member: Member = .ann) async -> String {
            await house.perform(
                .addRecipients(
                    externalID: name, to: [Member.bob.address, Member.cay.address],
                    cc: [Member.kim.address], bcc: []), by: member
            ).word
        }
        for _ in 0..<2 { #expect(await add("case 7") == "done") }
        #expect(await add("case 8") == "929")
        #expect(await add("case 7", .bob) == "929")
        let view = try #require(await house.read(new, by: .ann).message)
        #expect(view.to.map(\.address) == [Member.bob.address, Member.cay.address])
        #expect(view.cc.map(\.address) == [Member.kim.address])
        #expect(view.subject == "S")
        #expect(await house.view(old, by: .ann)?.to == [])
        #expect(await house.send(new) == "accepted")
        #expect(await add("case 7") == "done")
        #expect(await house.view(old, by: .ann)?.to.count == 2)
    }
}
