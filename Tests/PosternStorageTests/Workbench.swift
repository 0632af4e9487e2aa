import Foundation
import GRDB
import PosternCredentials
import PosternModel
@_spi(Testing) import PosternPolicy
@testable import PosternPipeline
@_spi(Testing) import PosternStorage
import Synchronization
import Testing

/// A ledger in a fresh folder, with people and drafts, and the sends that settle them.
final class Workbench: Sendable {
    static let noon = Instant(milliseconds: 1_773_144_000_000)
    static let day = "2026-03-10"
    static let hash = PasswordHash(phc: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g")

    let folder: String
    let store: SQLiteStore
    let ann: AccountID

    init(_ options: SQLiteStore.Options = .init(), in folder: String? = nil) async throws {
        self.folder =
            folder ?? NSTemporaryDirectory() + "postern-" + MessageGUID.random().description
        store = try SQLiteStore(folder: self.folder, options: options)
        _ = try await store.load(try LoadFile.read(Self.people), at: Self.noon) { _ throws(Fault) in
            throw Fault(.passwordUncheckable)
        }
        let address = try #require(EmailAddress("ann@example.org"))
        ann = try #require(try store.account(address)).id
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var file: String { folder + "/postern.sqlite" }

    /// How large a file beside the ledger is: its log, `-wal`, or the log's index, `-shm`.
    func size(_ ending: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: file + ending)
        return (attributes[.size] as? NSNumber)?.intValue ?? 0
    }

    static let people = """
        version: 1
        accounts:
          - {address: ann@example.org, name: Ann, group: staff, contacts: [bob@example.org], tokens: [{token: good}],
             passwordHash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"}
          - {address: bob@example.org, group: guest, challengePassed: true}
          - {address: dan@example.org, group: staff, status: disabled, tokens: [{token: old, idleMinutes: 90, revoked: true}]}
        """

    /// A name that ends in a number.
    static func guid(_ number: Int) -> MessageGUID {
        MessageGUID(
            bytes: Array(repeating: 0, count: 14) + [UInt8(number >> 8), UInt8(number & 255)])
            ?? .random()
    }

    /// Loads plain drafts of Ann's to Bob, Dan and somebody unknown.
    func draft(_ numbers: Range<Int>, extra: String = "") async throws {
        let messages = numbers.map {
            """
              - {guid: \(Self.guid($0)), owner: ann@example.org, to: [bob@example.org, new\($0)@example.com],
                 cc: [bob@example.org], bcc: [dan@example.org], subject: S\($0), body: B,
                 attachments: [{name: a.pdf, size: 9}]\(extra)}
            """
        }
        let text = "messages:\n" + messages.joined(separator: "\n")
        _ = try await store.load(try LoadFile.read(text), at: Self.noon) { _ throws(Fault) in
            throw Fault(.passwordUncheckable)
        }
    }

    func find(_ number: Int) throws -> LoadedDraft {
        guard case .found(let loaded) = try store.load(Self.guid(number), for: ann, on: Self.day)
        else { throw Missing() }
        return loaded
    }

    struct Missing: Error {}

    /// What the corridor would hand over for a draft.
    func send(
        _ loaded: LoadedDraft, limit: Int = 1_000, invites: Int = 1_000,
        notification: PosternPipeline.Notification? = nil, challenging: [EmailAddress]? = nil
    ) throws -> AcceptedSend {
        let decision = DecisionID.make(at: Self.noon)
        return AcceptedSend(
            principal: Principal(
                account: ann, address: try #require(EmailAddress("ann@example.org")), group: "staff"
            ),
            draft: loaded.draft, recipients: loaded.recipients,
            outsiders: loaded.outsiders,
            targets: loaded.targets, wasScheduled: loaded.dueAt != nil, invitedGroup: "guest",
            day: Self.day, messageLimit: limit, inviteLimit: invites,
            answer: StoredAnswer(
                decision: decision, notificationSent: notification != nil, notificationText: "hi"),
            notification: notification, passwordKey: nil,
            challenge: Self.hash.map {
                Challenge(
                    hash: $0,
                    recipients: Set(challenging ?? loaded.recipients.map(\.address)))
            },
            at: Self.noon, expiresAt: nil, entry: try entry(decision))
    }

    static func anEntry() throws -> SealedEntry {
        try SealedEntry(
            AuditEntry(kind: .send, id: .make(at: noon), at: noon, policy: policy), subject: nil,
            openings: [])
    }

    func entry(_ id: DecisionID = .make(at: noon)) throws -> SealedEntry {
        try SealedEntry(
            AuditEntry(kind: .send, id: id, at: Self.noon, policy: Self.policy),
            subject: ann, openings: [Opening(field: "account", value: "ann@example.org")])
    }

    static let policy: PolicyDigest = {
        guard let digest = PolicyDigest(bytes: Array(repeating: 7, count: 32)) else {
            preconditionFailure("32 bytes are a digest")
        }
        return digest
    }()

    static func permit(_ draft: Draft) -> Permit {
        .permitWithoutPolicyForTests(
            draft: draft.guid, revision: draft.revision,
            decision: .decisionWithoutPolicyForTests(policy: policy))
    }

    func settle(_ send: AcceptedSend) async throws -> Settlement {
        try await store.settle(Self.permit(send.draft), send)
    }

    /// Changes the file from outside, as an administrator's program does.
    func change(_ sql: String) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        let queue = try DatabaseQueue(path: file, configuration: configuration)
        defer { try? queue.close() }
        try queue.write { try $0.execute(sql: sql) }
    }

    /// Looks into the file from outside, as an operator with `sqlite3` would.
    func count(_ sql: String) throws -> Int {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: file, configuration: configuration)
        defer { try? queue.close() }
        return try queue.read { try Int.fetchOne($0, sql: sql) ?? -1 }
    }
}

/// Commits that go as they are told, one after the other; later ones go well.
final class Interference: Sendable {
    private let turns = Mutex<[CommitInterference]>([])
    private let asked = Mutex(0)
    /// How many commits there have been.
    var count: Int { asked.withLock { $0 } }
    func plan(_ next: [CommitInterference]) { turns.withLock { $0 = next } }
    var options: SQLiteStore.Options {
        var options = SQLiteStore.Options()
        options.interfereForTests { [self] in
            asked.withLock { $0 += 1 }
            return turns.withLock { $0.isEmpty ? .well : $0.removeFirst() }
        }
        return options
    }
}

/// One look each, for tests that need no more.
extension SQLiteStore {
    func session(_ token: TokenDigest) throws(Fault) -> SessionRecord? {
        try view { view throws(Fault) in try view.session(token) }
    }

    func load(
        _ guid: MessageGUID, for account: AccountID, on day: String
    ) throws(Fault) -> DraftLookup {
        try view { view throws(Fault) in try view.load(guid, for: account, on: day) }
    }
}
