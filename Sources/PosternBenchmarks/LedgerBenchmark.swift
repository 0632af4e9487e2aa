import Crypto
import Foundation
import GRDBSQLite
import PosternCredentials
import PosternModel
import PosternPipeline
import PosternPolicy
import PosternStorage
import Synchronization

/// Durable settles a second, beside SQLite used directly and beside a bare journal on the same disk.
enum LedgerBenchmark {
    /// Units of work that wait at once: what a group is made of.
    private static let width = 128

    static func run(folder: String, settles: Int, rounds: Int) async throws -> [Measurement] {
        progress("ledger")
        let place = try TemporaryFolder(in: folder)
        let data = Dataset(drafts: settles * rounds, bodyBytes: 256)
        let store = try await data.fill(place.path + "/postern")
        let sends = try await accepted(data, store)
        let sqlite = try RawLedger(place.path + "/raw.sqlite", messages: settles * rounds)
        var journal = try RawJournal(place.path + "/journal")
        var rates: (postern: [Double], sqlite: [Double], journal: [Double]) = ([], [], [])
        for round in 0..<rounds {
            let part = round * settles..<(round + 1) * settles
            let count = Double(settles)
            rates.postern.append(
                count / (try await Timing.seconds { try await settle(sends[part], in: store) }))
            rates.sqlite.append(
                count / (try await Timing.seconds { try sqlite.settle(part, by: width) }))
            rates.journal.append(
                count / (try await Timing.seconds { try journal.append(settles, by: width) }))
        }
        await store.close()
        let ours = Timing.median(rates.postern)
        return [
            Measurement(
                "settles-sqlite", "durable settles, \(width) waiting", ours, "settles/s",
                besides: "SQLite directly, four rows each", Timing.median(rates.sqlite)),
            Measurement(
                "settles-journal", "durable settles, \(width) waiting", ours, "settles/s",
                besides: "a hash-chained journal", Timing.median(rates.journal)),
        ]
    }

    /// Walks the corridor up to the ledger, and keeps what would have been settled.
    private static func accepted(_ data: Dataset, _ store: SQLiteStore) async throws
        -> [AcceptedSend]
    {
        let collector = Collector()
        let passwords = PasswordChecker(PasswordChecker.Settings(threads: 1))
        let pipeline = SendPipeline(
            ports: .init(
                policies: PolicyRegister(try Corridor.policy(keywords: 10)), views: store,
                ledger: collector, passwords: passwords,
                unauthenticated: NobodyCounts(), clock: SystemClock()),
            options: .init(
                notifications: NotificationTemplate(portal: "https://bench.example/"),
                relaysNotifications: false))
        for draft in 0..<data.drafts {
            let credential = PresentedCredential(
                token: Secret(Sample.token(data.sender(of: draft))))
            _ = await pipeline.send(
                SendIntent(credential: credential, draft: try Sample.guid(draft)),
                in: RequestContext(dialect: "secure-messaging", request: "bench"))
        }
        await passwords.shutdown()
        let sends = collector.sends
        guard sends.count == data.drafts else {
            throw Trouble("Not every draft of the sample passes.")
        }
        return sends
    }

    private static func settle(_ sends: ArraySlice<AcceptedSend>, in store: SQLiteStore)
        async throws
    {
        let policy = try PolicyFolder.load(files: Sample.policyFiles(keywords: 10)).get()
        let facts = DecideBenchmark.facts
        try await withThrowingTaskGroup(of: Void.self) { group in
            for first in sends.indices.prefix(width) {
                group.addTask {
                    for index in stride(from: first, to: sends.endIndex, by: width) {
                        try await settle(sends[index], facts, policy, in: store)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func settle(
        _ send: AcceptedSend, _ facts: Facts, _ policy: Policy, in store: SQLiteStore
    ) async throws {
        switch policy.verdict(
            on: facts, for: send.draft.guid, revision: send.draft.revision, at: send.at)
        {
        case .permitted(let permit):
            guard try await store.settle(permit, send) == .accepted else {
                throw Trouble("A settle that should pass did not.")
            }
        case .passwordPending: throw Trouble("The sample asks for a password.")
        case .refused: throw Trouble("The sample's policy refuses the sample.")
        }
    }
}

/// A ledger that only keeps what it is given.
private final class Collector: SendLedger {
    private let kept = Mutex<[AcceptedSend]>([])

    var sends: [AcceptedSend] { kept.withLock { $0 } }

    func settle(_ permit: consuming Permit, _ send: AcceptedSend) async throws(Fault) -> Settlement
    {
        kept.withLock { $0.append(send) }
        return .accepted
    }

    func record(_ entry: SealedEntry) async throws(Fault) {
        throw Fault(.storageUnwritable, note: "this ledger records no refusals")
    }

    func schedule(
        _ permit: consuming Permit, _ send: AcceptedSend, at due: Instant, in dialect: String,
        for wishes: ScheduledWishes
    ) async throws(Fault) -> Settlement { .draftChanged }

    func decideTurn(
        of step: MessageGUID, at now: Instant, recording entry: SealedEntry
    ) async throws(Fault) -> CascadeTurn.Verdict? { nil }

    func refuseDue(
        _ message: MessageGUID, with code: RefusalCode, at now: Instant,
        recording entry: SealedEntry
    ) async throws(Fault) { try await record(entry) }

    func reserveAttempt(
        _ message: MessageGUID, by account: AccountID, limits: AttemptLimits, at now: Instant
    ) async throws(Fault) -> AttemptFacts? { nil }

    func returnAttempt(
        _ message: MessageGUID, by account: AccountID
    ) async throws(Fault) {}

    func countWrong(
        _ message: MessageGUID, by account: AccountID, limits: AttemptLimits,
        recording entry: @escaping @Sendable () throws(Fault) -> SealedEntry
    ) async throws(Fault) -> AttemptFacts { AttemptFacts(message: 0, principal: 0) }

    func upgrade(
        _ current: PasswordHash, to improved: PasswordHash, of account: AccountID
    ) async throws(Fault) {}
}

/// The least a send can write into SQLite: the claim, the day's count, an outbox row and an audit row.
private final class RawLedger {
    private var database: OpaquePointer?
    private var statements: [OpaquePointer?] = []

    init(_ path: String, messages: Int) throws {
        guard sqlite3_open(path, &database) == SQLITE_OK else {
            throw Trouble("SQLite cannot open \(path).")
        }
        try run(
            """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
            CREATE TABLE messages(id INTEGER PRIMARY KEY, state INTEGER NOT NULL);
            CREATE TABLE quotas(account INTEGER PRIMARY KEY, used INTEGER NOT NULL);
            CREATE TABLE outbox(id INTEGER PRIMARY KEY, message INTEGER NOT NULL, recipient TEXT NOT NULL);
            CREATE TABLE audit(id INTEGER PRIMARY KEY, leaf BLOB NOT NULL);
            WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < \(messages))
              INSERT INTO messages SELECT i, 0 FROM n;
            """)
        for sql in [
            "UPDATE messages SET state = 1 WHERE id = ?1 AND state = 0",
            "INSERT INTO quotas VALUES(?1 % 1000, 1) ON CONFLICT DO UPDATE SET used = used + 1",
            "INSERT INTO outbox(message, recipient) VALUES(?1, 'somebody@bench.example')",
            "INSERT INTO audit(leaf) VALUES(zeroblob(700))",
        ] {
            var statement: OpaquePointer?
            guard sqlite3_prepare_v2(database, sql, -1, &statement, nil) == SQLITE_OK else {
                throw Trouble("SQLite does not take `\(sql)`.")
            }
            statements.append(statement)
        }
    }

    deinit {
        for statement in statements { sqlite3_finalize(statement) }
        sqlite3_close(database)
    }

    private func run(_ sql: String) throws {
        guard sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK else {
            throw Trouble("SQLite: \(String(cString: sqlite3_errmsg(database)))")
        }
    }

    func settle(_ messages: Range<Int>, by width: Int) throws {
        for start in stride(from: messages.lowerBound, to: messages.upperBound, by: width) {
            try run("BEGIN IMMEDIATE")
            for message in start..<min(start + width, messages.upperBound) {
                for statement in statements {
                    if sqlite3_bind_parameter_count(statement) > 0 {
                        sqlite3_bind_int64(statement, 1, Int64(message))
                    }
                    guard sqlite3_step(statement) == SQLITE_DONE else {
                        throw Trouble("SQLite did not step.")
                    }
                    sqlite3_reset(statement)
                }
            }
            try run("COMMIT")
        }
    }
}

/// The least that is durable and chained at all: bytes in a file, each record hashed with the one before.
///
/// The file is written once over beforehand and then used as a ring, so that a sync writes data and no metadata: the
/// cheapest durability there is.
struct RawJournal: ~Copyable {
    private static let size = 64 << 20
    private let descriptor: Int32
    private var offset = 0
    private var head = [UInt8](repeating: 0, count: 32)

    init(_ path: String) throws {
        descriptor = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        let zeros = [UInt8](repeating: 0, count: Self.size)
        guard descriptor >= 0, pwrite(descriptor, zeros, zeros.count, 0) == zeros.count,
            fsync(descriptor) == 0
        else { throw Trouble("The journal cannot be made: errno \(errno).") }
    }

    deinit { close(descriptor) }

    mutating func append(_ count: Int, by width: Int) throws {
        let record = [UInt8](repeating: 65, count: 800)
        for start in stride(from: 0, to: count, by: width) {
            try append([[UInt8]](repeating: record, count: min(width, count - start)))
        }
    }

    /// Makes records durable with one sync.
    mutating func append(_ records: [[UInt8]]) throws {
        var bytes: [UInt8] = []
        for record in records {
            var hash = SHA256()
            hash.update(data: head)
            hash.update(data: record)
            head = Array(hash.finalize())
            bytes += record
            bytes += head
        }
        if offset + bytes.count > Self.size { offset = 0 }
        guard pwrite(descriptor, bytes, bytes.count, off_t(offset)) == bytes.count,
            fdatasync(descriptor) == 0
        else { throw Trouble("The journal cannot be written: errno \(errno).") }
        offset += bytes.count
    }
}
