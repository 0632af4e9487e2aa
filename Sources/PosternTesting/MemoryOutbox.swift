public import PosternModel
public import PosternPipeline
internal import Synchronization

/// An outbox in memory that keeps the port's promises, and breaks on request.
public actor MemoryOutbox: Outbox {
    /// What is made to fail.
    public enum Operation: Hashable, Sendable, CaseIterable {
        /// ``due(_:at:limit:lease:)``.
        case due
        /// ``deliverToMailboxes(_:at:)``.
        case deliverToMailboxes
        /// ``delivered(_:at:)``.
        case delivered
        /// ``delay(_:until:reason:counting:)``.
        case delay
        /// ``bury(_:reason:at:)``.
        case bury
        /// ``nextDue(_:)``.
        case nextDue
        /// ``handing(_:to:at:)``.
        case handing
        /// ``unanswered(_:)``.
        case unanswered
        /// ``heard(_:at:)`` of single rows.
        case heard
        /// ``heard(_:upTo:at:)``, a page of endings.
        case heardPage
        /// ``withdrawalsOwed(limit:)``.
        case withdrawalsOwed
        /// ``entrustAnew(after:limit:at:)``.
        case entrustAnew
        /// ``follow(_:)``.
        case follow
    }

    /// Where a row stands.
    public enum Standing: Sendable, Equatable {
        /// Due at an instant; put off for the reason, if it was.
        case waiting(until: Instant, reason: String?)
        /// Delivered.
        case delivered
        /// Given up.
        case dead(reason: String)
        /// A delivery core elsewhere has it.
        case entrusted
        /// It left nobody, and nobody waits for it.
        case withdrawn
    }

    /// How an operation fails.
    public enum Failure: Sendable, Equatable {
        /// Nothing happened.
        case before
        /// It happened, and the caller is told that it had not.
        case after
    }

    struct Entry {
        var row: OutboxRow
        var standing: Standing
        var elsewhere = Elsewhere()
    }

    /// How much of a row somebody outside may have, and what is to become of that.
    struct Elsewhere {
        enum Having { case never, begun, perhaps, surely }
        enum Withdrawal { case owed, asked }

        var having = Having.never
        /// It was handed to a delivery core elsewhere, once at least.
        var isWithCore = false
        var withdrawal: Withdrawal?
        var isStopped = false
        /// Why it was given up while the core might have it.
        var givenUp: String?
        /// How often the core had lost everything when the row was taken; nil when nobody has it in hand.
        var takenAfter: Int?
        /// When the core is to be asked about it.
        var questionAt: Instant?
    }

    var entries: [OutboxRow.ID: Entry] = [:]
    /// How many rows a delivery core elsewhere has, for those who cannot wait.
    let entrustedRows = Mutex(0)
    var losses = 0
    var cursor: CoreCursor?
    private var failures: [Operation: [Failure]] = [:]
    private var poison: Set<OutboxRow.ID> = []
    private var watchers:
        [(
            id: Int, wanted: @Sendable ([OutboxRow.ID: Standing]) -> Bool,
            resume: CheckedContinuation<Void, Never>
        )] = []
    private var nextWatcher = 0
    /// Rows put into mailboxes, in order; a row appears once however often it is delivered.
    public private(set) var mailboxed: [OutboxRow.ID] = []
    /// Sizes of the batches that ``deliverToMailboxes(_:at:)`` was called with.
    public private(set) var batches: [Int] = []

    /// An outbox with rows that are due at once.
    public init(_ rows: [OutboxRow] = []) {
        for row in rows {
            entries[row.id] = Entry(
                row: row, standing: .waiting(until: row.acceptedAt, reason: nil))
        }
    }

    /// Adds rows that are due at once.
    public func add(_ rows: [OutboxRow]) {
        for row in rows {
            entries[row.id] = Entry(
                row: row, standing: .waiting(until: row.acceptedAt, reason: nil))
        }
        wake()
    }

    /// Makes the next calls of an operation fail, one for each failure given.
    public func fail(_ operation: Operation, _ failures: Failure...) {
        self.failures[operation, default: []] += failures
    }

    /// Makes mailbox transactions that hold this row fail, every time.
    public func poison(_ row: OutboxRow.ID) { poison.insert(row) }

    /// Where every row stands.
    public var standings: [OutboxRow.ID: Standing] { entries.mapValues(\.standing) }

    /// A row as it would be handed out.
    public func row(_ id: OutboxRow.ID) -> OutboxRow? { entries[id]?.row }

    /// Returns when the rows stand as wanted; looks again after every change.
    public func until(_ wanted: @escaping @Sendable ([OutboxRow.ID: Standing]) -> Bool) async {
        if wanted(standings) { return }
        await withCheckedContinuation { continuation in
            watchers.append((nextWatcher, wanted, continuation))
            nextWatcher += 1
        }
    }

    // MARK: Outbox

    /// One courier's rows that are due, oldest first.
    public func due(
        _ courier: OutboxRow.Courier, at instant: Instant, limit: Int, lease: Duration
    ) async throws(Fault) -> [OutboxRow] {
        try perform(.due, .storageUnreadable) {
            let rows = entries.values.filter { entry in
                guard case .waiting(let until, _) = entry.standing,
                    entry.elsewhere.withdrawal == nil, !entry.elsewhere.isStopped
                else { return false }
                return entry.row.courier == courier && until <= instant
            }.map(\.row).sorted { $0.id < $1.id }.prefix(limit)
            for row in rows {
                entries[row.id]?.standing = .waiting(
                    until: instant.advanced(by: lease), reason: nil)
                entries[row.id]?.elsewhere.takenAfter = losses
            }
            return Array(rows)
        }
    }

    /// Delivers all rows or none.
    public func deliverToMailboxes(_ rows: [OutboxRow], at instant: Instant) async throws(Fault) {
        batches.append(rows.count)
        if rows.contains(where: { poison.contains($0.id) }) { throw Fault(.storageUnwritable) }
        try perform(.deliverToMailboxes, .storageUnwritable) {
            for row in rows where entries[row.id]?.standing != .delivered {
                entries[row.id]?.standing = .delivered
                mailboxed.append(row.id)
            }
        }
    }

    /// Settles rows.
    public func delivered(_ rows: [OutboxRow.ID], at instant: Instant) async throws(Fault) {
        try perform(.delivered, .storageUnwritable) {
            for row in rows { entries[row]?.standing = .delivered }
        }
    }

    /// Puts a row off.
    public func delay(
        _ row: OutboxRow.ID, until instant: Instant, reason: String, counting isAttempt: Bool
    ) async throws(Fault) {
        try perform(.delay, .storageUnwritable) {
            if takeBack(row, isKept: true) { return }
            if entries[row]?.elsewhere.having == .begun { entries[row]?.elsewhere.having = .never }
            entries[row]?.elsewhere.takenAfter = nil
            entries[row]?.standing = .waiting(until: instant, reason: reason)
            if isAttempt { entries[row]?.row.attempts += 1 }
        }
    }

    /// Gives a row up.
    public func bury(
        _ row: OutboxRow.ID, reason: String, at instant: Instant
    ) async throws(Fault) {
        try perform(.bury, .storageUnwritable) {
            if takeBack(row, isKept: true) { return }
            guard let elsewhere = entries[row]?.elsewhere,
                !elsewhere.isWithCore || elsewhere.having == .never || elsewhere.having == .begun
            else {
                entries[row]?.elsewhere.withdrawal = .owed
                entries[row]?.elsewhere.givenUp = reason
                return
            }
            entries[row]?.standing = .dead(reason: reason)
        }
    }

    /// Hands rows back.
    public func release(_ rows: [OutboxRow.ID]) async {
        for row in rows where entries[row]?.elsewhere.having == .begun {
            entries[row]?.elsewhere.having = .never
        }
        letGo(rows)
    }

    func letGo(_ rows: [OutboxRow.ID]) {
        for row in rows {
            guard let entry = entries[row], case .waiting = entry.standing else { continue }
            entries[row]?.standing = .waiting(until: entry.row.acceptedAt, reason: nil)
            entries[row]?.elsewhere.takenAfter = nil
        }
        wake()
    }

    /// When one courier's next row falls due.
    public func nextDue(_ courier: OutboxRow.Courier) async throws(Fault) -> Instant? {
        try perform(.nextDue, .storageUnreadable) {
            entries.values.compactMap { entry in
                guard entry.row.courier == courier, entry.elsewhere.withdrawal == nil,
                    case .waiting(let until, _) = entry.standing
                else { return nil }
                return until
            }.min()
        }
    }

    func perform<Result>(
        _ operation: Operation, _ code: FaultCode, _ body: () -> Result
    ) throws(Fault) -> Result {
        var failure: Failure?
        if failures[operation]?.isEmpty == false { failure = failures[operation]?.removeFirst() }
        if failure == .before { throw Fault(code) }
        let result = body()
        wake()
        if failure == .after { throw Fault(code) }
        return result
    }

    private func wake() {
        let count = entries.values.count { $0.standing == .entrusted }
        entrustedRows.withLock { $0 = count }
        let ready = watchers.filter { $0.wanted(standings) }
        watchers.removeAll { watcher in ready.contains { $0.id == watcher.id } }
        for watcher in ready { watcher.resume.resume() }
    }
}
