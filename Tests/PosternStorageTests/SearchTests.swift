import PosternCredentials
import PosternModel
@testable import PosternPipeline
@_spi(Testing) @testable import PosternStorage
import PosternTesting
import Testing

/// Finding messages, by folder and by what is in them.
@Suite struct SearchTests {
    @Test func `each message lies in one folder for each who has it`() async throws {
        let house = try await Household()
        _ = try await house.draft(DraftContent(subject: "draft"))
        _ = try await house.sent(to: [.bob], subject: "out")
        let own = try await house.sent(to: [.ann, .bob], subject: "to myself too")
        let thrown = try await house.sent(to: [.bob], subject: "thrown away")
        _ = await house.perform(.deleteMessage(thrown), by: .bob)
        for (member, folders, subjects) in [
            (Member.ann, [.draft], ["draft"]), (.ann, [.sent], ["thrown away", "out"]),
            (.ann, [.inbox], ["to myself too"]), (.ann, [.trash], []),
            (.bob, [.inbox], ["to myself too", "out"]), (.bob, [.trash], ["thrown away"]),
            (.bob, [.draft, .sent], []),
            (.ann, Set(MessageFolder.allCases), ["thrown away", "to myself too", "out", "draft"]),
            (.cay, Set(MessageFolder.allCases), []), (.ann, [], []),
        ] as [(Member, Set<MessageFolder>, [String])] {
            #expect(try await house.subjects(folders, by: member) == subjects, "\(member)")
        }
        #expect(await house.view(own, by: .ann)?.folder == .inbox)
        for _ in 0..<2 { _ = await house.perform(.deleteMessage(own), by: .ann) }
        #expect(
            try await !house.subjects(Set(MessageFolder.allCases), by: .ann)
                .contains("to myself too"))
        #expect(await house.read(own, by: .bob).message?.body == "Body")
    }

    @Test func `pages follow each other in either order and know their total`() async throws {
        let house = try await Household()
        for number in 0..<11 {
            if number % 3 != 1 { house.clock.advance(by: .seconds(1)) }
            _ = try await house.sent(subject: "\(number)")
        }
        for oldestFirst in [true, false] {
            let expected = oldestFirst ? Array(0..<11) : Array((0..<11).reversed())
            for text in ["", "ann@"] {
                var found: [String] = []
                for page in 1...4 {
                    let answer = try await house.search(
                        MessageSearch(
                            page: page, pageSize: 4, text: text, oldestFirst: oldestFirst))
                    #expect(answer.total == 11 && answer.number == page && answer.count == 3)
                    found += answer.items.map(\.subject)
                }
                #expect(found == expected.map { "\($0)" })
            }
        }
        for (page, size) in [(Int.max, 1000), (.max, .max), (0, 4), (.min, 4)] {
            let answer = try await house.search(
                MessageSearch(page: page, pageSize: size, text: "@"))
            #expect(answer.items.count == (page < 1 ? 4 : 0))
            let plain = try await house.search(MessageSearch(page: page, pageSize: size))
            #expect(plain.items.count == (page < 1 ? 4 : 0))
            let tracking = await house.perform(
                .searchTracking(TrackingSearch(page: page, pageSize: size)), by: .ann)
            #expect(tracking.word == "done")
        }
    }

    @Test func `marks narrow a search`() async throws {
        let house = try await Household()
        let (ann, bob, cay) = (
            try house.account(.ann), try house.account(.bob), try house.account(.cay)
        )
        let first = try await house.sent(to: [.bob], subject: "Alpha rounds")
        house.clock.advance(by: .seconds(1))
        let second = try await house.sent(to: [.cay], cc: [.bob], subject: "Beta")
        house.clock.advance(by: .seconds(1))
        let third = try await house.sent(by: .cay, to: [.bob], subject: "gamma")
        let made = await house.perform(.labels(.createLabel(name: "L")), by: .bob)
        guard case .done(.label(let label), _) = made else { throw Unexpected(made.word) }
        #expect(
            await house.perform(.labels(.addLabel(label.guid, second)), by: .bob).word == "done")
        for (search, found) in [
            (MessageSearch(text: "ALPHA"), [first]),
            (MessageSearch(text: "cay@"), [third, second]),
            (MessageSearch(text: "ANN"), [second, first]), (MessageSearch(text: "nothing"), []),
            (MessageSearch(senders: [ann]), [second, first]),
            (MessageSearch(senders: [ann, cay]), [third, second, first]),
            (MessageSearch(recipients: [cay]), [second]),
            (MessageSearch(recipients: [bob]), [third, second, first]),
            (MessageSearch(senders: [AccountID(rawValue: 0)]), []),
            (MessageSearch(labels: [label.guid]), [second]),
            (MessageSearch(messages: [third, first, .random()]), [third, first]),
            (MessageSearch(folders: [.sent], messages: [third]), []),
            (MessageSearch(text: "gamma", messages: [third, first]), [third]),
        ] {
            let page = try await house.search(search)
            #expect(page.items.map(\.guid) == found, "\(search)")
            #expect(page.total == found.count)
            #expect(page.items.allSatisfy { $0.body == nil })
        }
        #expect(try await house.search(MessageSearch(labels: [label.guid]), by: .cay).items == [])
    }

    @Test func `what has expired is not found, erased or not`() async throws {
        let house = try await Household()
        let date = house.clock.now().advanced(by: .seconds(3600))
        let guid = try await house.sent(
            subject: "short", expiry: Expiry(date: date), files: [("a.txt", [1])])
        let file = try #require(await house.view(guid, by: .bob)?.attachments.first?.guid)
        _ = await house.read(guid)
        #expect(try await house.subjects([.inbox]) == ["short"])
        #expect(await house.view(guid, by: .bob)?.expiresAt == date)
        house.clock.advance(by: .seconds(3600))
        house.store.touch(TokenDigest(of: Member.bob.credential.token), at: house.clock.now())
        for member in [Member.ann, .bob] {
            for search in [
                MessageSearch(), MessageSearch(text: "short"), MessageSearch(messages: [guid]),
            ] {
                let page = try await house.search(search, by: member)
                #expect(page.items.isEmpty && page.total == 0)
            }
            #expect(await house.read(guid, by: member).word == "929")
            #expect(await house.perform(.deleteMessage(guid), by: member).word == "929")
            #expect(
                await house.perform(.describeAttachment(file), by: member).word
                    == "attachment.missing")
            let tracking = await house.perform(
                .searchTracking(TrackingSearch(messages: [guid])), by: member)
            guard case .done(.tracking(let page), _) = tracking else {
                throw Unexpected(tracking.word)
            }
            #expect(page.items.isEmpty)
        }
        #expect(await house.perform(.recall(guid, Recalling()), by: .ann).word == "929")
        let beginning = DraftBeginning(action: .reply, parent: .named(guid))
        #expect(await house.perform(.createDraft(beginning), by: .bob).word == "parent.missing")
        #expect(try house.count("SELECT count(*) FROM messages WHERE state = 1") == 1)
    }

    @Test func `events are found by kind and time, each once`() async throws {
        let house = try await Household()
        let guid = try await house.sent(to: [.bob, .cay], files: [("a.txt", [1])])
        let file = try #require(await house.view(guid, by: .bob)?.attachments.first?.guid)
        for step in 0..<2 {
            house.clock.advance(by: .seconds(60))
            _ = await house.read(guid, by: .bob)
            _ = await house.perform(.download(file, chunk: nil, password: nil), by: .cay)
            let answer = try await house.draft(
                by: .bob, action: step == 0 ? .reply : .forward, answering: guid,
                DraftContent(to: [Member.ann.address]))
            #expect(await house.send(answer, by: .bob) == "accepted")
        }
        _ = await house.read(guid, by: .ann)
        func events(_ search: TrackingSearch) async throws -> [String] {
            let outcome = await house.perform(.searchTracking(search), by: .ann)
            guard case .done(.tracking(let page), _) = outcome else {
                throw Unexpected(outcome.word)
            }
            return page.items.map {
                "\($0.kind) \($0.actor.name)\($0.attachment == nil ? "" : " a")"
            }
        }
        #expect(
            try await events(TrackingSearch()) == [
                "forwarded BOB", "retrieved BOB", "replied BOB", "downloaded CAY a",
            ])
        #expect(
            try await events(TrackingSearch(kinds: [.replied, .deleted])) == ["replied BOB"])
        #expect(
            try await events(TrackingSearch(page: 2, pageSize: 3, messages: [guid]))
                == ["downloaded CAY a"])
        let first = HandClock().now().advanced(by: .seconds(60))
        #expect(try await events(TrackingSearch(after: first)) == ["forwarded BOB"])
        #expect(try await events(TrackingSearch(before: first)) == [])
        #expect(
            await house.view(guid, by: .ann)?.tracking
                == TrackingSummary(
                    recipients: 2,
                    counts: [.forwarded: 1, .retrieved: 1, .replied: 1, .downloaded: 1]))
    }

    @Test func `labels are each person's own`() async throws {
        let house = try await Household()
        let guid = try await house.sent(to: [.bob, .cay])
        func label(_ outcome: OperationOutcome) throws -> Label {
            guard case .done(.label(let label), _) = outcome else { throw Unexpected(outcome.word) }
            return label
        }
        let one = try label(await house.perform(.labels(.createLabel(name: "one")), by: .bob))
        let two = try label(await house.perform(.labels(.createLabel(name: "two")), by: .bob))
        let theirs = try label(await house.perform(.labels(.createLabel(name: "one")), by: .cay))
        for (operation, word) in [
            (.labels(.createLabel(name: "one")), "label.taken"),
            (.labels(.renameLabel(two.guid, name: "one")), "label.taken"),
            (.labels(.renameLabel(two.guid, name: "two")), "done"),
            (.labels(.renameLabel(theirs.guid, name: "x")), "label.missing"),
            (.labels(.renameLabel(nil, name: "x")), "label.missing"),
            (.labels(.deleteLabel(nil)), "label.missing"),
            (.labels(.deleteLabel(theirs.guid)), "label.missing"),
            (.labels(.addLabel(theirs.guid, guid)), "label.missing"),
            (.labels(.addLabel(one.guid, nil)), "929"),
            (.labels(.addLabel(one.guid, .random())), "929"),
            (.labels(.addLabel(one.guid, guid)), "done"),
            (.labels(.addLabel(one.guid, guid)), "done"),
            (.labels(.addLabel(two.guid, guid)), "done"),
            (.labels(.removeLabel(two.guid, guid)), "done"),
            (.labels(.removeLabel(two.guid, guid)), "done"),
            (.labels(.renameLabel(one.guid, name: "uno")), "done"),
        ] as [(Asked, String)] {
            #expect(await house.perform(operation, by: .bob).word == word, "\(operation)")
        }
        #expect(await house.view(guid, by: .bob)?.labels.map(\.name) == ["uno"])
        #expect(await house.view(guid, by: .cay)?.labels == [])
        #expect(
            try label(await house.perform(.labels(.deleteLabel(one.guid)), by: .bob)).name == "uno")
        #expect(await house.view(guid, by: .bob)?.labels == [])
        let listed = await house.perform(.labels(.listLabels), by: .bob)
        guard case .done(.labels(let labels), _) = listed else { throw Unexpected(listed.word) }
        #expect(labels.map(\.name) == ["two"])
        #expect(try house.count("SELECT count(*) FROM message_labels") == 0)
    }
}
