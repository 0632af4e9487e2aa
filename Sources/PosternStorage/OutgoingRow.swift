import PosternModel
import PosternPipeline

/// A message's row as the one who composed it sees it.
struct OutgoingRow {
    let id: Int64
    let guid: MessageGUID
    let externalID: String?
    let revision: Int64
    let bodyFormat: BodyFormat
    let options: MessageOptions
    let expiry: Expiry
    let createdAt: Instant
    let changedAt: Instant
    let keys: MessageKeys
    let subject: [UInt8]
    let text: [UInt8]
    let standing: OutgoingStanding
    let isRequest: Bool

    init(_ row: Columns) throws {
        id = row.integer(0)
        guid = try row.guid(1)
        externalID = row.textOrNil(2)
        revision = row.integer(3)
        bodyFormat = try row.word(4)
        options = try row.options(from: 5)
        expiry = Expiry(
            date: row.isNull(11) ? nil : row.instant(11), group: row.textOrNil(12))
        createdAt = row.instant(13)
        changedAt = row.instant(14)
        keys = try MessageKeys(row, from: 15)
        subject = row.bytes(17)
        text = row.bytes(18)
        standing = try OutgoingStanding(row, from: 19)
        isRequest = row.truth(26)
    }
}

/// What the ledger notes on a message's way.
struct OutgoingStanding {
    let state: MessageState
    /// When its time comes; nil where it waits for none.
    let dueAt: Instant?
    /// It was stopped, or refused at its time.
    let stop: Stop?
    /// The decision that accepted its send.
    let decision: String?

    struct Stop {
        /// Recipients it was kept from.
        var recipients: Int
        /// Delivery work that was taken away.
        var removed: Int
        /// What it was refused with at its time.
        var refusal: RefusalCode?
    }

    /// The columns `state`, `due_at`, `stops.message`, `stops.recipients`, `removed`, `refused_with` and `decision`.
    init(_ row: Columns, from start: Int32) throws {
        guard let state = MessageState(rawValue: row.count(start)) else {
            throw unreadable("state")
        }
        self.state = state
        dueAt = row.isNull(start + 1) ? nil : row.instant(start + 1)
        decision = row.textOrNil(start + 6)
        guard !row.isNull(start + 2) else {
            stop = nil
            return
        }
        var refusal: RefusalCode?
        if !row.isNull(start + 5) {
            refusal = RefusalCode(rawValue: row.count(start + 5))
            if refusal == nil { throw unreadable("refusal") }
        }
        stop = Stop(
            recipients: row.count(start + 3), removed: row.count(start + 4), refusal: refusal)
    }

    /// It can be changed: neither sent, stopped nor waiting for its time.
    var isOpen: Bool { state == .draft && dueAt == nil && stop == nil }

    /// Where it stands; whether it is on its way to somebody still is asked only where that decides.
    func state(isUnderWay: () throws -> Bool) rethrows -> DispatchProgress.State {
        if state == .draft {
            if let refusal = stop?.refusal { return .refused(refusal) }
            if stop != nil { return .stopped }
            return dueAt.map { .scheduled($0) } ?? .draft
        }
        // A stop that came when a courier had the last of it in hand, and the courier got through, stopped nothing.
        if let stop, stop.removed > 0 { return .stopped }
        return try isUnderWay() ? .sending : .sent
    }
}
