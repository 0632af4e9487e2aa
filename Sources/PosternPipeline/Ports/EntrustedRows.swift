public import PosternModel

/// The outbox's rows that a delivery core in another process carries, and what it says became of them.
///
/// From ``Outbox/handing(_:to:at:)`` on the core may have a row, whatever is heard of it. Such a row is never taken away on our
/// word alone: a stop leaves it to be withdrawn there, and only what the core says of it settles it.
public protocol EntrustedRows: Sendable {
    /// Writes down what the core says of rows, and ends their leases. Of a row that is gone, nothing is.
    ///
    /// - Returns: What became of the rows that are still there, in the order of the words.
    @discardableResult
    func heard(_ words: [CoreWord], at instant: Instant) async throws(Fault) -> [HeardRow]

    /// Writes down a page of endings and how far they have been heard, in one transaction.
    ///
    /// Changes nothing when another spool is followed by now.
    func heard(
        _ words: [CoreWord], upTo cursor: CoreCursor, at instant: Instant
    ) async throws(Fault) -> [HeardRow]

    /// How far the core's endings have been heard; nil before the first page.
    func coreCursor() async throws(Fault) -> CoreCursor?

    /// Follows a spool from its beginning.
    func follow(_ spool: String) async throws(Fault)

    /// Makes rows due again that a core was entrusted with and has lost: a portion of them, in the order of their numbers.
    ///
    /// Whoever has a row in hand meanwhile handed it to a core that has lost it since: their word counts for nothing.
    ///
    /// - Parameters:
    ///   - row: The number to begin after; nil for the beginning, where those in hand are noted.
    ///   - limit: How many.
    ///   - instant: Now.
    /// - Returns: The last one's number and how many there were; nil when there are no more.
    /// - Throws: What the ledger failed with; the portion is then as it was.
    func entrustAnew(
        after row: OutboxRow.ID?, limit: Int, at instant: Instant
    ) async throws(Fault) -> (last: OutboxRow.ID, count: Int)?

    /// Rows the core must be told to withdraw, and was not told yet.
    func withdrawalsOwed(limit: Int) async throws(Fault) -> [EntrustedRow]

    /// Rows the core has had for so long that it is to be asked about them.
    func questionsDue(at instant: Instant, limit: Int) async throws(Fault) -> [EntrustedRow]

    /// How many rows the core has.
    func entrustedCount() throws(Fault) -> Int
}

/// A row as it is named to the core.
public struct EntrustedRow: Sendable, Hashable {
    /// Its number.
    public var row: OutboxRow.ID
    /// Its message.
    public var message: MessageGUID

    /// Names a row.
    public init(row: OutboxRow.ID, message: MessageGUID) {
        self.row = row
        self.message = message
    }
}

/// How far the endings of a core's spool have been heard.
public struct CoreCursor: Sendable, Equatable {
    /// The spool's name; another one is another spool.
    public var spool: String
    /// The number of the last ending heard.
    public var ending: Int64

    /// Marks a place.
    public init(spool: String, ending: Int64) {
        self.spool = spool
        self.ending = ending
    }
}

/// What a core says of one row.
public struct CoreWord: Sendable, Equatable {
    /// The row.
    public var row: EntrustedRow
    /// Where it stands there.
    public var standing: Standing

    /// Where a row stands at the core.
    public enum Standing: Sendable, Equatable {
        /// It has it; withdrawn while a courier had it in hand, if it is being withdrawn.
        case waiting(isWithdrawing: Bool)
        /// It was delivered.
        case delivered(at: Instant)
        /// It was given up, for a reason.
        case undelivered(String, at: Instant)
        /// It was withdrawn and cannot leave any more.
        case withdrawn(at: Instant)
        /// It does not have it.
        case unknown
    }

    /// Says something.
    public init(_ row: EntrustedRow, _ standing: Standing) {
        self.row = row
        self.standing = standing
    }
}

/// What became of a row by a core's word.
public struct HeardRow: Sendable, Equatable {
    /// Its number.
    public var row: OutboxRow.ID
    /// Who carries it.
    public var courier: OutboxRow.Courier
    /// What became of it.
    public var fate: Fate

    /// What became of a row.
    public enum Fate: Sendable, Equatable {
        /// The core has it.
        case entrusted
        /// It arrived.
        case delivered
        /// It is a dead letter, for a reason.
        case dead(String)
        /// It left nobody: its message was stopped, recalled or erased.
        case withdrawn
        /// It is due again.
        case due
    }

    /// Says what became of a row.
    public init(row: OutboxRow.ID, courier: OutboxRow.Courier, fate: Fate) {
        self.row = row
        self.courier = courier
        self.fate = fate
    }
}
