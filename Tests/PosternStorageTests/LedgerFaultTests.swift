import Foundation
import GRDB
import PosternCredentials
import PosternModel
@testable import PosternPipeline
import PosternPolicy
@_spi(Testing) @testable import PosternStorage
import PosternTesting
import Testing

/// Every write of a message's life, when its commit fails and when it only seems to.
@Suite struct LedgerFaultTests {
    /// What doing it once more leaves.
    enum Again: Sendable { case same, more, refused }

    /// What a write finds: a draft with two files, one whole; a message Bob has; labels, tokens and a wrong password.
    struct Place: Sendable {
        let house: Household
        let ann: AccountID
        let bob: AccountID
        let draft: MessageGUID
        let sent: MessageGUID
        let pending: Upload
        let file: AttachmentGUID
        let sentFile: AttachmentGUID
        let label: LabelGUID
        let contact: ContactID
        let list: ContactListID
        let new: MessageGUID
        var store: SQLiteStore { house.store }
        var now: Instant { house.clock.now() }
        var rules: AttachmentRules {
            house.operations.ports.policies.current.policy.attachmentRules(for: "staff")
        }
        func entry() throws(Fault) -> SealedEntry {
            try SealedEntry(
                AuditEntry(kind: .operation, id: .make(at: now), at: now, policy: Workbench.policy),
                subject: nil, openings: [])
        }
        static let session = TokenDigest(of: Secret("new session"))
        static let token = TokenDigest(of: Secret("new token"))
    }

    struct Write: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let again: Again
        let run: @Sendable (Place) async throws -> Void
        init(
            _ name: String, again: Again = .same,
            _ run: @escaping @Sendable (Place) async throws -> Void
        ) {
            (testDescription, self.again, self.run) = (name, again, run)
        }
    }

    static let writes: [Write] = [
        Write("openSession", again: .refused) {
            try await $0.store.openSession(
                Place.session, of: $0.bob, at: $0.now, recording: $0.entry())
        },
        Write("closeSession") {
            try await $0.store.closeSession(
                TokenDigest(of: Member.bob.credential.token), recording: $0.entry())
        },
        Write("addAuthenticationToken", again: .refused) {
            try await $0.store.addAuthenticationToken(
                Place.token, of: $0.bob, until: $0.now.advanced(by: .seconds(9)), at: $0.now,
                recording: $0.entry())
        },
        Write("revokeAuthenticationTokens") {
            try await $0.store.revokeAuthenticationTokens(nil, of: $0.ann, recording: $0.entry())
        },
        Write("reserveSignIn", again: .more) {
            let rules = $0.house.operations.ports.policies.current.policy.login
            _ = try await $0.store.reserveSignIn($0.bob, limits: rules, at: $0.now)
        },
        Write("returnSignIn") { try await $0.store.returnSignIn($0.ann) },
        Write("endSignIn", again: .more) {
            try await $0.store.endSignIn(
                of: $0.bob, wrongly: true, at: $0.now, recording: $0.entry())
        },
        Write("reserveAttempt", again: .more) {
            _ = try await $0.store.reserveAttempt(
                $0.sent, by: $0.bob,
                limits: AttemptLimits(warnAfter: 3, lockAfter: 9, burnAfter: nil), at: $0.now)
        },
        Write("returnAttempt") {
            try await $0.store.returnAttempt($0.draft, by: $0.ann)
        },
        Write("countWrong", again: .more) {
            let entry = try $0.entry()
            _ = try await $0.store.countWrong(
                $0.sent, by: $0.bob,
                limits: AttemptLimits(warnAfter: 3, lockAfter: 9, burnAfter: nil)
            ) { () throws(Fault) in entry }
        },
        Write("createDraft", again: .refused) {
            try await $0.store.createDraft(
                NewDraft(
                    guid: $0.new, owner: $0.ann, action: .new, parent: nil, conversation: $0.new,
                    externalID: nil, at: $0.now))
        },
        Write("saveDraft") {
            let content = DraftContent(to: [Member.cay.address], subject: "new", body: "newer")
            _ = try await $0.store.saveDraft($0.draft, by: $0.ann, content, at: $0.now)
        },
        Write("addRecipients") {
            _ = try await $0.store.addRecipients(
                externalID: "x", by: $0.ann, to: [Member.cay.address], cc: [], bcc: [],
                atMost: 9, at: $0.now)
        },
        Write("reserveAttachments", again: .more) {
            _ = try await $0.store.reserveAttachments(
                [FilePlan(name: "c", size: 1)], to: $0.draft, by: $0.ann,
                limits: AttachmentTests.rules, at: $0.now)
        },
        Write("storeChunk") {
            _ = try await $0.store.storeChunk(
                1, of: $0.pending.guid, by: $0.ann, [7], at: $0.now)
        },
        Write("removeAttachment") {
            _ = try await $0.store.removeAttachment($0.file, from: $0.draft, by: $0.ann, at: $0.now)
        },
        Write("linkAttachment") { place in
            let record = try place.store.mailView { view throws(Fault) in
                try view.attachment(place.sentFile, for: place.ann, at: place.now)
            }
            _ = try await place.store.linkAttachment(
                #require(record), openedBy: nil, to: place.draft, by: place.ann,
                limits: place.rules, at: place.now)
        },
        Write("recordReading") {
            _ = try await $0.store.recordReading(
                Reading(
                    message: $0.sent, account: $0.bob, attachment: nil,
                    at: $0.now, entry: $0.entry()))
        },
        Write("delete to the trash", again: .more) {
            _ = try await $0.store.delete($0.sent, by: $0.bob, at: $0.now, recording: $0.entry())
        },
        Write("delete a draft") {
            _ = try await $0.store.delete($0.draft, by: $0.ann, at: $0.now, recording: $0.entry())
        },
        Write("recall") {
            _ = try await $0.store.recall(
                $0.sent, by: $0.ann, Recalling(reason: "R"), at: $0.now, recording: $0.entry())
        },
        Write("recall from one") {
            let recalling = Recalling(reason: "R", recipients: [Member.bob.address])
            _ = try await $0.store.recall(
                $0.sent, by: $0.ann, recalling, at: $0.now, recording: $0.entry())
        },
        Write("createLabel") { _ = try await $0.store.createLabel("M", of: $0.bob, at: $0.now) },
        Write("renameLabel") { _ = try await $0.store.renameLabel($0.label, of: $0.bob, to: "N") },
        Write("deleteLabel") { _ = try await $0.store.deleteLabel($0.label, of: $0.bob) },
        Write("setLabel") {
            _ = try await $0.store.setLabel($0.label, on: $0.sent, of: $0.bob, worn: true)
        },
        Write("createContact") {
            _ = try await $0.store.createContact(
                AddressBookTests.bob, of: $0.bob, at: $0.now)
        },
        Write("amendContact") {
            _ = try await $0.store.amendContact($0.contact, of: $0.bob, at: $0.now) {
                $0 = AddressBookTests.tel
            }
        },
        Write("deleteContact") {
            _ = try await $0.store.deleteContact($0.contact, of: $0.bob, at: $0.now)
        },
        Write("createContactList") {
            _ = try await $0.store.createContactList(
                ContactListContent(name: "M"), of: $0.bob, at: $0.now)
        },
        Write("amendContactList") {
            _ = try await $0.store.amendContactList($0.list, of: $0.bob, at: $0.now) {
                $0.name = "N"
            }
        },
        Write("deleteContactList") {
            _ = try await $0.store.deleteContactList($0.list, of: $0.bob)
        },
        Write("changeMembers") {
            _ = try await $0.store.changeMembers(
                of: $0.list, of: $0.bob, add: [], remove: [$0.contact], at: $0.now)
        },
        Write("recordReadings") { place in
            _ = try await place.store.recordReadings(
                of: [place.sent], by: place.bob, at: place.now
            ) { _ throws(Fault) in try place.entry() }
        },
        Write("mark") { place in
            _ = try await place.store.mark(
                .guid(place.sent), for: place.bob, .read(true), at: place.now
            ) { _ throws(Fault) in try place.entry() }
        },
        Write("setHandle") {
            let handle = try #require(Handle("bob-1"))
            _ = try await $0.store.setHandle(handle, of: $0.bob, recording: $0.entry())
        },
        Write("makeDispatch") {
            _ = try await $0.store.makeDispatch(
                DispatchTests.plan(), for: $0.bob, at: $0.now, recording: $0.entry())
        },
        Write("eraseExpired") { place in
            _ = try await place.store.eraseExpired(
                at: place.now.advanced(by: .seconds(9_999)), limit: 9
            ) { _ throws(Fault) in try place.entry() }
        },
    ]

    private func place(_ interference: Interference) async throws -> Place {
        let house = try await Household(interference.options)
        let draft = try await house.draft(
            externalID: "x", DraftContent(to: [Member.bob.address], subject: "S", body: "B"))
        let file = try await house.attach("a", [1, 2, 3], to: draft)
        let pending = try #require(
            try await house.reserve([FilePlan(name: "b", size: 1)], to: draft).first)
        let date = house.clock.now().advanced(by: .seconds(3600))
        let sent = try await house.sent(expiry: Expiry(date: date), files: [("s", [4])])
        let sentFile = try #require(await house.view(sent, by: .bob)?.attachments.first?.guid)
        _ = await house.perform(.mintAuthenticationToken(days: 1), by: .ann)
        let label = await house.perform(.labels(.createLabel(name: "L")), by: .bob)
        guard case .done(.label(let label), _) = label else { throw Unexpected(label.word) }
        let contact = try await house.contact(
            .contacts(.createContact(AddressBookTests.bea)), by: .bob)
        let list = try await house.list(
            .contactLists(.createContactList(ContactListContent(name: "L"))), by: .bob)
        _ = try await house.list(
            .contactLists(.changeMembers(list.id, add: [contact.id], remove: [])), by: .bob)
        // Of both kinds one is being looked at.
        let login = house.operations.ports.policies.current.policy.login
        _ = try await house.store.reserveSignIn(
            try house.account(.ann), limits: login, at: house.clock.now())
        let limits = AttemptLimits(warnAfter: 3, lockAfter: 9, burnAfter: nil)
        _ = try await house.store.reserveAttempt(
            draft, by: try house.account(.ann), limits: limits, at: house.clock.now())
        return Place(
            house: house, ann: try house.account(.ann), bob: try house.account(.bob), draft: draft,
            sent: sent, pending: pending, file: file, sentFile: sentFile, label: label.guid,
            contact: contact.id, list: list.id, new: .random())
    }

    /// All that is kept, but for what was sealed anew, when, and audit entries.
    private func kept(_ house: Household) throws -> [String] {
        let parts = [
            "hex(guid), state, recalled, recall_reason IS NULL, files_recalled, owner_trashed_at, owner_deleted FROM messages",
            "message, length(subject), length(body) FROM message_texts",
            "message, length(content), hex(content) = hex(zeroblob(length(content))) FROM message_keys",
            "message, position, size, file FROM attachments", "id, size FROM files",
            "* FROM file_chunks", "* FROM recipients", "hex(digest), revoked FROM sessions",
            "hex(digest) FROM authentication_tokens", "* FROM sign_ins", "* FROM attempts",
            "* FROM account_attempts", "* FROM mailboxes", "message, account, kind FROM tracking",
            "name FROM labels", "* FROM message_labels", "courier, recipient FROM outbox",
            "id, owner, name, state, channel, sender, length(text) FROM dispatches",
            "* FROM address_book", "* FROM contact_lists", "* FROM contact_list_members",
            "handle FROM accounts",
        ]
        return try house.look { db in
            try parts.flatMap { part in
                try Row.fetchAll(db, sql: "SELECT \(part)").map { "\(part): \($0)" }
            }
        }
    }

    @Test(arguments: writes) func `a write that failed left nothing half done`(_ write: Write)
        async throws
    {
        let interference = Interference()
        let place = try await place(interference)
        let (before, entries) = (try kept(place.house), try place.store.leafCount())
        interference.plan([.failsUndone])
        await #expect(throws: Fault(.storageUnwritable)) { try await write.run(place) }
        #expect(try kept(place.house) == before)
        #expect(try place.store.leafCount() == entries)
        #expect(await place.house.read(place.sent).message?.body == "Body")
        for (file, bytes) in [(place.file, [1, 2, 3]), (place.sentFile, [4])] as [(_, [UInt8])] {
            let content = await place.house.perform(
                .download(file, chunk: nil, password: nil), by: .ann)
            #expect(try await content.content().bytes == bytes)
        }
        try await write.run(place)
        #expect(try kept(place.house) != before)
    }

    @Test(arguments: writes)
    func `a write that was done unheard is there, and does no harm when it is repeated`(
        _ write: Write
    ) async throws {
        let interference = Interference()
        let place = try await place(interference)
        let before = try kept(place.house)
        interference.plan([.failsDone])
        await #expect(throws: Fault(.storageUnwritable)) { try await write.run(place) }
        let done = try kept(place.house)
        #expect(done != before)
        switch write.again {
        case .same:
            try await write.run(place)
            #expect(try kept(place.house) == done)
        case .more:
            try await write.run(place)
            #expect(try kept(place.house) != done)
        case .refused:
            await #expect(throws: Fault(.storageUnwritable)) { try await write.run(place) }
            #expect(try kept(place.house) == done)
        }
        // Files whose removal was not reached are found at the next start.
        _ = try place.store.removeOrphans()
        #expect(
            try place.house.filesOnDisk()
                == place.house.count("SELECT count(DISTINCT file) FROM file_chunks"))
        #expect(try place.house.count("SELECT count(*) FROM pragma_foreign_key_check") == 0)
        try await place.store.record(place.entry())
    }
}
