import PosternCredentials
import PosternModel
@testable import PosternPipeline
@_spi(Testing) @testable import PosternStorage
import PosternTesting
import Synchronization
import Testing

/// A composer's own messages, from draft to delivered.
@Suite struct OutgoingTests {
    static let everything = DraftContent(
        to: [Member.bob.address], cc: [Member.cay.address], bcc: [Member.kim.address],
        subject: "S", body: "B", bodyFormat: .html,
        options: MessageOptions(allowForward: false), expiry: Expiry(group: "week"),
        targets: targets, annex: Annex(dialect: "test", bytes: [1, 2, 3]))

    static let targets: [Target] = [
        .contact(ContactID(rawValue: 7)), .list(ContactListID(rawValue: 8)),
        .listNamed("Friends of the house"), Handle("gus").map { .handle($0) },
        Address("+41791112233").map { .address($0) }, Address("x@n.example").map { .address($0) },
    ].compactMap(\.self)

    @Test func `a composed message shows what was written, under both its names`() async throws {
        let house = try await Household()
        let begun = house.clock.now()
        let guid = try await house.compose(externalID: "case 7", Self.everything)
        let first = try #require(await house.outgoing(.guid(guid)))
        #expect(first.content == Self.everything && Self.targets.count == 6)
        #expect(first.guid == guid && first.externalID == "case 7")
        #expect(first.createdAt == begun && first.changedAt == begun)
        #expect(first.progress == DispatchProgress())
        #expect(await house.outgoing(.number(first.number)) == first)
        house.clock.advance(by: .seconds(60))
        let change: Amendment = { content in
            content.subject += "!"
            content.annex = nil
            content.targets.removeLast()
        }
        #expect(
            await house.perform(.dispatch(.amendDraft(.guid(guid), change)), by: .ann).word
                == "done")
        let second = try #require(await house.outgoing(.guid(guid)))
        var wanted = Self.everything
        _ = change(&wanted)
        #expect(second.content == wanted && second.content.subject == "S!")
        #expect(second.createdAt == begun && second.changedAt == house.clock.now())
        #expect(second.number == first.number)
        for (name, member) in [
            (MessageName.guid(guid), Member.bob), (.number(first.number), .bob),
            (.malformed, .ann), (.guid(.random()), .ann), (.number(99_999), .ann),
            (.number(-1), .ann),
        ] {
            #expect(await house.perform(.dispatch(.readOutgoing(name)), by: member).word == "929")
            #expect(
                await house.perform(.dispatch(.amendDraft(name, change)), by: member).word == "929")
        }
    }

    @Test func `what may be composed`() async throws {
        let house = try await Household()
        let taken = try await house.compose(DraftContent())
        let erased = try await house.draft()
        _ = await house.perform(.deleteMessage(erased), by: .ann)
        func targets(_ count: Int) -> [Target] { Array(repeating: .listNamed("L"), count: count) }
        func annex(_ size: Int) -> Annex {
            Annex(dialect: "test", bytes: Array(repeating: 1, count: size))
        }
        let cases: [(Composition, Member, String)] = [
            (Composition(guid: taken, content: DraftContent()), .ann, "message.taken"),
            (Composition(guid: taken, content: DraftContent()), .bob, "message.taken"),
            (Composition(guid: erased, content: DraftContent()), .ann, "message.taken"),
            (Composition(content: DraftContent(targets: targets(1_000))), .ann, "done"),
            (Composition(content: DraftContent(targets: targets(1_001))), .ann, "target.too-many"),
            (Composition(content: DraftContent(annex: annex(Annex.largest))), .ann, "done"),
            (
                Composition(content: DraftContent(annex: annex(Annex.largest + 1))), .ann,
                "request.invalid"
            ),
            (
                Composition(
                    content: DraftContent(options: MessageOptions(fyeoType: .uniquePassword))),
                .gus, "922"
            ),
        ]
        for (composition, member, expected) in cases {
            #expect(
                await house.perform(.dispatch(.compose(composition)), by: member).word == expected)
            let change: Amendment = { $0 = composition.content }
            let amended = await house.perform(
                .dispatch(.amendDraft(.guid(taken), change)), by: .ann
            ).word
            if expected != "message.taken", member == .ann { #expect(amended == expected) }
        }
        #expect(
            await house.perform(.dispatch(.compose(Composition(content: .init()))), by: nil).word
                == "811")
    }

    @Test func `of one name two composers get one message`() async throws {
        let house = try await Household()
        let guid = MessageGUID.random()
        let words = await withTaskGroup(of: String.self) { group in
            for number in 0..<20 {
                group.addTask {
                    let content = DraftContent(subject: "\(number)", body: "\(number)")
                    let composition = Composition(guid: guid, content: content)
                    return await house.perform(.dispatch(.compose(composition)), by: .ann).word
                }
            }
            return await group.reduce(into: [String]()) { $0.append($1) }
        }
        #expect(words.count { $0 == "done" } == 1)
        #expect(words.count { $0 == "message.taken" } == 19)
        let message = try #require(await house.outgoing(.guid(guid)))
        #expect(message.content.subject == message.content.body)
    }

    @Test func `of many changes none is lost`() async throws {
        let house = try await Household()
        let guid = try await house.compose(DraftContent(body: "B"))
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                group.addTask {
                    let change: Amendment = { $0.targets.append(.listNamed("\(number)")) }
                    let word = await house.perform(
                        .dispatch(.amendDraft(.guid(guid), change)), by: .ann
                    ).word
                    #expect(word == "done")
                }
            }
        }
        let message = try #require(await house.outgoing(.guid(guid)))
        #expect(
            Set(message.content.targets) == Set((0..<60).map { Target.listNamed("\($0)") }))
        #expect(message.content.targets.count == 60 && message.content.body == "B")
        #expect(try house.count("SELECT revision FROM messages") == 61)
    }

    @Test func `a change sees what was saved just before it`() async throws {
        let house = try await Household()
        let guid = try await house.compose(DraftContent(subject: "0", body: "0"))
        // The change saves in between by itself, more often than it is made aside.
        let saves = HandCounter()
        let ending = try await house.store.amend(
            .guid(guid), of: try house.account(.ann), at: house.clock.now()
        ) { content in
            if saves.next() <= 4 {
                try? house.change("UPDATE messages SET revision = revision + 1")
            }
            content.subject += "x"
            return nil
        }
        #expect(ending == .done && saves.count == 5)
        #expect(await house.outgoing(.guid(guid))?.content.subject == "0x")
    }

    /// How a message comes to stand where it stands.
    enum Way: CaseIterable {
        case composed, scheduled, stoppedBeforeItsTime, refusedAtItsTime, accepted, delivered
        case recipientGone, partlyStopped, stoppedOnItsWay
    }

    @Test(arguments: [
        (Way.composed, DispatchProgress(), 0),
        (
            .scheduled,
            DispatchProgress(
                state: .scheduled(HandClock().now().advanced(by: .seconds(60))), recipients: 4,
                pending: 4), 0
        ),
        (.stoppedBeforeItsTime, DispatchProgress(state: .stopped, recipients: 4, stopped: 4), 0),
        (
            .refusedAtItsTime,
            DispatchProgress(state: .refused(.quotaExhausted), recipients: 4, failed: 4), 0
        ),
        (.accepted, DispatchProgress(state: .sending, recipients: 3, pending: 3), 0),
        (.delivered, DispatchProgress(state: .sent, recipients: 3), 3),
        (.recipientGone, DispatchProgress(state: .sent, recipients: 3, failed: 1), 2),
        (
            .partlyStopped,
            DispatchProgress(state: .stopped, recipients: 3, stopped: 2), 1
        ),
        (.stoppedOnItsWay, DispatchProgress(state: .stopped, recipients: 3, stopped: 3), 0),
    ])
    func `how far a message has come`(
        _ way: Way, _ expected: DispatchProgress, _ delivered: Int
    ) async throws {
        let house = try await Household()
        let guid = try await house.compose(
            DraftContent(
                to: [Member.bob.address], bcc: [Member.cay.address], subject: "S", body: "B",
                targets: Self.targets))
        let due = house.clock.now().advanced(by: .seconds(60))
        var expected = expected
        switch way {
        case .composed: break
        case .scheduled, .stoppedBeforeItsTime, .refusedAtItsTime:
            // One of them is addressed openly as well.
            try await house.schedule(
                guid, at: due, emails: [.bob, .kim], phones: ["+41791112233"])
            if way == .stoppedBeforeItsTime { #expect(try await house.stop(guid) == .stopped) }
            if way == .refusedAtItsTime {
                try await house.refuse(guid, with: .quotaExhausted)
            }
        default:
            // Sent before its time, to those its targets stood for when it was scheduled.
            try await house.schedule(guid, at: due, emails: [.kim])
            #expect(await house.send(guid) == "accepted")
            expected.sentAt = house.clock.now()
        }
        switch way {
        case .delivered: try await house.deliver()
        case .recipientGone:
            try house.change(
                "UPDATE accounts SET address = 'x@n.example' WHERE address = 'kim@example.org'")
            try await house.deliver()
        case .partlyStopped:
            let rows = try await house.due(.mailbox, limit: 1)
            try await house.store.deliverToMailboxes(rows, at: house.clock.now())
            #expect(try await house.stop(guid) == .stopped)
        case .stoppedOnItsWay: #expect(try await house.stop(guid) == .stopped)
        default: break
        }
        let message = try #require(await house.outgoing(.guid(guid)))
        #expect(message.progress == expected)
        #expect(message.progress.delivered == delivered)
        #expect(message.content.to == [Member.bob.address])
        #expect(message.content.bcc == [Member.cay.address])
        #expect(message.content.targets == Self.targets)
        for stage in OutgoingSearch.Stage.allCases {
            let found = try await house.outgoings(OutgoingSearch(stages: [stage]))
            #expect(found.items == (stage == expected.state.stage ? [message] : []))
        }
    }

    @Test func `notifications that wait keep nothing from being out`() async throws {
        let house = try await Household()
        let guid = try await house.accepted()
        #expect(try await house.progress(guid).state == .sending)
        try await house.deliver()
        #expect(try house.count("SELECT count(*) FROM outbox") == 1)
        let progress = try await house.progress(guid)
        #expect(progress.state == .sent && progress.delivered == 1)
    }

    @Test(arguments: [FYEOType.disabled, .uniquePassword, .accountPassword])
    func `a body behind a password is shown to nobody unasked`(_ type: FYEOType) async throws {
        let house = try await Household()
        let options = MessageOptions(fyeoType: type)
        let guid = try await house.compose(
            DraftContent(to: [Member.bob.address], subject: "S", body: "B", options: options))
        #expect(await house.outgoing(.guid(guid))?.content.body == "B")
        let password: Secret? =
            switch type {
            case .disabled: nil
            case .uniquePassword: Household.word
            case .accountPassword: Member.ann.password
            }
        #expect(await house.send(guid, password: password) == "accepted")
        let message = try #require(await house.outgoing(.guid(guid)))
        #expect(message.content.subject == "S" && message.content.options == options)
        #expect(message.content.body == (type == .disabled ? "B" : ""))
    }

    @Test func `a part of a list is what was asked for`() async throws {
        let house = try await Household()
        let start = house.clock.now()
        var guids: [MessageGUID] = []
        // Of seven, from the oldest: draft, sending, draft, sending, …
        for number in 0..<7 {
            let content = DraftContent(
                to: [number == 3 ? Member.cay.address : Member.bob.address], subject: "\(number)",
                body: "B")
            let guid = try await house.compose(content)
            if number % 2 == 1 { #expect(await house.send(guid) == "accepted") }
            guids.append(guid)
            house.clock.advance(by: .seconds(10))
        }
        try await house.schedule(guids[6], at: start.advanced(by: .seconds(900)))
        func at(_ number: Int64) -> Instant { start.advanced(by: .seconds(10 * number)) }
        let cay = Address.email(Member.cay.address)
        let cases: [(OutgoingSearch, String, Int)] = [
            (OutgoingSearch(), "6543210", 7),
            (OutgoingSearch(oldestFirst: true), "0123456", 7),
            (OutgoingSearch(window: Window(offset: 2, limit: 2)), "43", 7),
            (OutgoingSearch(window: Window(offset: 2, limit: 2), oldestFirst: true), "23", 7),
            (OutgoingSearch(window: Window(offset: 6, limit: 5)), "0", 7),
            (OutgoingSearch(window: Window(offset: 6, limit: 5), oldestFirst: true), "6", 7),
            (OutgoingSearch(window: Window(offset: 7, limit: 5)), "", 7),
            (OutgoingSearch(window: Window(offset: .max, limit: .max)), "", 7),
            (OutgoingSearch(window: Window(offset: 0, limit: 0)), "", 7),
            (OutgoingSearch(stages: [.draft]), "420", 3),
            (OutgoingSearch(stages: [.draft, .scheduled]), "6420", 4),
            (OutgoingSearch(window: Window(offset: 1, limit: 1), stages: [.sending]), "3", 3),
            (OutgoingSearch(stages: [.sending], oldestFirst: true), "135", 3),
            (OutgoingSearch(stages: [.sent]), "", 0),
            (OutgoingSearch(from: at(2), until: at(5)), "432", 3),
            (OutgoingSearch(recipient: cay), "3", 1),
            (OutgoingSearch(messages: [guids[2], guids[5], guids[5], .random()]), "52", 2),
            (OutgoingSearch(stages: [.draft], messages: [guids[2], guids[5]]), "2", 1),
        ]
        for (search, expected, total) in cases {
            let part = try await house.outgoings(search)
            #expect(part.items.map(\.content.subject).joined() == expected, "\(search)")
            #expect(part.total == total && part.window == search.window, "\(search)")
        }
        #expect(try await house.outgoings(OutgoingSearch(), by: .bob).total == 0)
    }

    @Test func `what was thrown away or has expired is not listed`() async throws {
        let house = try await Household()
        let soon = Expiry(date: house.clock.now().advanced(by: .seconds(1_800)))
        let kept = try await house.accepted()
        let expiring = try await house.accepted(expiry: soon)
        let toSelf = try await house.accepted(to: [.ann, .bob])
        let trashed = try await house.accepted()
        let draft = try await house.compose(DraftContent())
        try await house.deliver()
        #expect(try await house.outgoings(OutgoingSearch()).total == 5)
        for guid in [toSelf, trashed, draft] {
            #expect(await house.perform(.deleteMessage(guid), by: .ann).word == "done")
        }
        house.clock.advance(by: .seconds(1_800))
        for search in [OutgoingSearch(), OutgoingSearch(stages: [.sent])] {
            let part = try await house.outgoings(search)
            #expect(part.items.map(\.guid) == [kept] && part.total == 1)
        }
        let all = OutgoingSearch(messages: [kept, expiring, toSelf, trashed, draft])
        #expect(try await house.outgoings(all).items.map(\.guid) == [kept])
    }

    /// A message that is no draft any more, in one way or another.
    enum Closing: CaseIterable { case sent, scheduled, stopped, refused }

    @Test(arguments: Closing.allCases)
    func `a message that is no open draft is not changed`(_ closing: Closing) async throws {
        let house = try await Household()
        let guid = try await house.compose(
            externalID: "case 7",
            DraftContent(to: [Member.bob.address], subject: "S", body: "B"))
        let file = try await house.attach("a.txt", [1], to: guid)
        let other = try await house.draft()
        let foreign = try await house.attach("b.txt", [2], to: other)
        let due = house.clock.now().advanced(by: .seconds(60))
        switch closing {
        case .sent: #expect(await house.send(guid) == "accepted")
        case .scheduled: try await house.schedule(guid, at: due)
        case .stopped:
            try await house.schedule(guid, at: due)
            #expect(try await house.stop(guid) == .stopped)
        case .refused:
            try await house.schedule(guid, at: due)
            try await house.refuse(guid, with: .quotaExhausted)
        }
        let before = await house.outgoing(.guid(guid))
        let open: Asked = .addRecipients(
            externalID: "case 7", to: [Member.cay.address], cc: [], bcc: [])
        let cases: [(Asked, String)] = [
            (.saveDraft(guid, DraftContent()), closing == .sent ? "929" : "message.closed"),
            (open, "929"),
            (
                .reserveAttachments(guid, [FilePlan(name: "c.txt", size: 1)]),
                closing == .sent ? "929" : "message.closed"
            ),
            (
                .removeAttachment(guid, file),
                closing == .sent ? "attachment.missing" : "message.closed"
            ),
            (
                .linkAttachment(guid, foreign, password: nil),
                closing == .sent ? "929" : "message.closed"
            ),
            (.dispatch(.amendDraft(.guid(guid), { $0.subject = "T" })), "message.closed"),
        ]
        for (operation, expected) in cases {
            #expect(await house.perform(operation, by: .ann).word == expected)
            #expect(await house.perform(operation, by: .bob).word != "message.closed")
        }
        #expect(await house.outgoing(.guid(guid)) == before)
        let view = try #require(await house.view(guid, by: .ann))
        #expect(view.attachments.map(\.name) == ["a.txt"])
        let download: Asked = .download(file, chunk: nil, password: nil)
        #expect(await house.perform(download, by: .ann).word == "done")
    }

    @Test func `a message taken off the schedule is a draft that can go back on it`() async throws {
        let house = try await Household()
        let guid = try await house.compose(Self.everything)
        let due = house.clock.now().advanced(by: .seconds(60))
        func unschedule(_ member: Member = .ann) async -> String {
            await house.perform(.dispatch(.unschedule(.guid(guid))), by: member).word
        }
        #expect(await unschedule() == "message.not-scheduled")
        #expect(await unschedule(.bob) == "929")
        for round in 1...3 {
            try await house.schedule(
                guid, at: due.advanced(by: .seconds(Int64(round))), emails: [.gus],
                phones: ["+41791112233"])
            #expect(try await house.progress(guid).recipients == 5)
            #expect(await unschedule(.bob) == "929")
            #expect(await unschedule() == "done")
            #expect(await unschedule() == "message.not-scheduled")
            #expect(try await house.progress(guid) == DispatchProgress())
            let change: Amendment = { $0.subject = "\(round)" }
            #expect(
                await house.perform(.dispatch(.amendDraft(.guid(guid), change)), by: .ann).word
                    == "done")
        }
        let message = try #require(await house.outgoing(.guid(guid)))
        #expect(message.content.subject == "3" && message.content.bcc == Self.everything.bcc)
        #expect(try house.store.nextDue(after: nil) == nil)
        let entries = try house.operationEntries()
        #expect(entries.count { $0 == "unschedule" } == 3 && entries.count == 11)
        #expect(try house.count("SELECT count(*) FROM outside_recipients") == 0)
    }

    @Test func `a message that is deleted is off the schedule`() async throws {
        let house = try await Household()
        let guid = try await house.compose(DraftContent())
        try await house.schedule(guid, at: house.clock.now())
        #expect(try house.store.due(at: house.clock.now(), after: nil, limit: 9).count == 1)
        #expect(await house.perform(.deleteMessage(guid), by: .ann).word == "done")
        #expect(try house.store.due(at: house.clock.now(), after: nil, limit: 9).isEmpty)
        #expect(await house.outgoing(.guid(guid)) == nil)
        #expect(try await house.stop(guid) == .missing)
    }

    @Test func `those whose time has come are handed out in order, place by place`() async throws {
        let house = try await Household()
        let start = house.clock.now()
        var guids: [MessageGUID] = []
        for number in 0..<6 {
            guids.append(try await house.compose(by: number == 4 ? .kim : .ann, DraftContent()))
        }
        for (guid, due) in zip(guids, [30, 10, 20, 20, 10, 40]) {
            try await house.schedule(guid, at: start.advanced(by: .seconds(Int64(due))))
        }
        try house.change("UPDATE accounts SET status = 'disabled' WHERE address LIKE 'kim%'")
        func at(_ seconds: Int64) -> Instant { start.advanced(by: .seconds(seconds)) }
        let store = house.store
        let due = try store.due(at: at(30), after: nil, limit: 9)
        #expect(due.map(\.guid) == [1, 4, 2, 3, 0].map { guids[$0] })
        #expect(due.map(\.owner.accountDisabled) == [false, true, false, false, false])
        #expect(due[0].dialect == "test" && due[0].notifies && !due[0].invites)
        #expect(try store.due(at: at(9), after: nil, limit: 9).isEmpty)
        #expect(try store.due(at: at(30), after: nil, limit: 2) == Array(due[..<2]))
        #expect(try store.due(at: at(30), after: due[0].place, limit: 2) == Array(due[1..<3]))
        #expect(try store.due(at: at(30), after: due[4].place, limit: 2).isEmpty)
        #expect(try store.nextDue(after: nil) == at(10))
        #expect(try store.nextDue(after: due[1].place) == at(20))
        #expect(try store.nextDue(after: due[4].place) == at(40))
        let second = try SQLiteStore(folder: house.folder, mustExist: true)
        #expect(try second.due(at: at(30), after: nil, limit: 9).count == 5)
        await second.close()
    }
}

/// Counts, from whatever thread.
final class HandCounter: Sendable {
    private let value = Mutex(0)

    var count: Int { value.withLock { $0 } }

    func next() -> Int {
        value.withLock {
            $0 += 1
            return $0
        }
    }
}
