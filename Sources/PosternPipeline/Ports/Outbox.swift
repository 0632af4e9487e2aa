public import PosternModel

/// The delivery core's work list.
///
/// Rows are handed out at least once: a courier that was told nothing must assume its row comes again.
public protocol Outbox: Sendable {
    /// One courier's rows that are due, at most `limit`: those put off before, by their time, then the others as they
    /// were accepted. A row handed out is not due again before `lease` has passed.
    ///
    /// Asked per courier, so that a backlog of one never stands before the rows of another.
    func due(
        _ courier: OutboxRow.Courier, at instant: Instant, limit: Int, lease: Duration
    ) async throws(Fault) -> [OutboxRow]

    /// Puts messages in mailboxes and settles their rows, in one transaction; a second time changes nothing.
    func deliverToMailboxes(_ rows: [OutboxRow], at instant: Instant) async throws(Fault)

    /// Settles rows that the other side took.
    func delivered(_ rows: [OutboxRow.ID], at instant: Instant) async throws(Fault)

    /// Notes that rows in our hands are about to be carried, before anybody outside can see them: from then on they may have
    /// left, whatever is heard of them.
    ///
    /// Their leases end where that cannot be written down, and what was noted of them before stands.
    ///
    /// - Returns: The rows that may be carried. The others were stopped meanwhile, and are in nobody's hands any more.
    func handing(
        _ rows: [OutboxRow.ID], to hands: OutboxRow.Hands, at instant: Instant
    ) async throws(Fault) -> Set<OutboxRow.ID>

    /// Notes that a row was carried and no answer came: until somebody says otherwise, it may have left.
    ///
    /// Its lease ends where that cannot be written down.
    func unanswered(_ row: OutboxRow.ID) async throws(Fault)

    /// Puts a row off; its lease ends.
    ///
    /// That an attempt failed for sure is known of it then, unless it was ``unanswered(_:)``, now or before.
    ///
    /// - Parameters:
    ///   - row: The row.
    ///   - instant: When it is due again.
    ///   - reason: Why.
    ///   - isAttempt: Whether that was an attempt, and counts as one.
    /// - Throws: What the ledger failed with.
    func delay(
        _ row: OutboxRow.ID, until instant: Instant, reason: String, counting isAttempt: Bool
    ) async throws(Fault)

    /// Gives a row up into a visible dead letter.
    func bury(_ row: OutboxRow.ID, reason: String, at instant: Instant) async throws(Fault)

    /// Hands rows back that were not begun: their leases end, and all is as before they were taken.
    func release(_ rows: [OutboxRow.ID]) async

    /// When one courier's next row falls due; nil when it has none.
    func nextDue(_ courier: OutboxRow.Courier) async throws(Fault) -> Instant?
}

extension Outbox {
    /// Puts a row off and counts one attempt; its lease ends.
    public func delay(
        _ row: OutboxRow.ID, until instant: Instant, reason: String
    ) async throws(Fault) {
        try await delay(row, until: instant, reason: reason, counting: true)
    }
}

/// One piece of delivery work.
public struct OutboxRow: Sendable, Equatable, Identifiable {
    /// Row number; with the message's name, what the outside knows it by (``outsideName``).
    public var id: Int64
    /// The accepted message.
    public var message: MessageGUID
    /// Who carries it.
    public var courier: Courier
    /// For whom.
    public var recipient: Address
    /// What to say; nil for a mailbox delivery.
    public var notification: Notification?
    /// What the message says, to be carried by webhook; nil for the other couriers, and where it is ``withheld``.
    public var text: String?
    /// Why a telephone or cell does not get the message, as a whole sentence: a row for which there is a reason is given up.
    public var withheld: String?
    /// Who sent the message; nil for all but webhook rows.
    public var sender: EmailAddress?
    /// The message, to be carried to another unit's cell; nil for the other couriers, and where it is ``withheld``.
    public var letter: CellMessage?
    /// How often it was tried before.
    public var attempts: Int
    /// When the message was accepted.
    public var acceptedAt: Instant
    /// What the outside knows the row by, where whoever entrusted it to us has said; nil for a row of our own.
    public var key: String?

    /// What the outside knows the row by: the same in every attempt, and the name of no other row.
    public var outsideName: String { key ?? "\(message).\(id)" }

    /// Who carries a row.
    public enum Courier: String, Sendable, Codable, CaseIterable {
        /// Into the recipient's mailbox in Postern.
        case mailbox
        /// A notification through the mail relay.
        case smtp
        /// The message itself to a telephone, through a webhook.
        case webhook
        /// The message itself to a cell of another unit.
        case cell

        /// Whether it carries the message itself out of the house.
        public var isOutward: Bool { self == .webhook || self == .cell }
    }

    /// Whom a row is handed to.
    public enum Hands: Sendable {
        /// One of our own couriers, who forgets it when the process ends.
        case courier
        /// A delivery core in another process, which keeps it.
        case core
    }

    /// Makes a row.
    public init(
        id: Int64, message: MessageGUID, courier: Courier, recipient: Address,
        notification: Notification?, text: String? = nil, withheld: String? = nil,
        sender: EmailAddress? = nil, letter: CellMessage? = nil, attempts: Int,
        acceptedAt: Instant, key: String? = nil
    ) {
        self.id = id
        self.message = message
        self.courier = courier
        self.recipient = recipient
        self.notification = notification
        self.text = text
        self.withheld = withheld
        self.sender = sender
        self.letter = letter
        self.attempts = attempts
        self.acceptedAt = acceptedAt
        self.key = key
    }
}

extension Outsider {
    /// Who carries a message to them.
    public var courier: OutboxRow.Courier {
        switch self {
        case .phone: .webhook
        case .cell: .cell
        }
    }
}
