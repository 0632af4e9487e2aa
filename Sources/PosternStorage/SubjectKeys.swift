import Crypto
import PosternModel

/// Keys that entries were sealed under lately; in the ledger each belongs to one person.
///
/// A key that is here may have been destroyed since, by another program too: whoever uses it makes sure in the same
/// transaction that the ledger has it still.
///
/// INVARIANT: a row of the ledger's keys never changes its length and is never deleted, for the reason that message keys are
/// not (``MessageKeys``). A key that is destroyed is overwritten with zeros in its place, which also tells that there was one. The
/// person's next key stands under the number of the one before, negated, where a first key has the account's.
struct SubjectKeys {
    struct Entry {
        let id: Int64
        let key: SymmetricKey
    }

    private let limit = 4096
    private var entries: [Int64: Entry] = [:]

    subscript(subject: Int64) -> Entry? {
        get { entries[subject] }
        set {
            if entries.count >= limit { forget() }
            entries[subject] = newValue
        }
    }

    mutating func forget() { entries.removeAll(keepingCapacity: true) }

    /// The key that the ledger has for a subject, or the place that its next one gets.
    enum Found {
        case key(Entry)
        case place(Int64)
    }

    /// Looks for a subject's key in the ledger, past those that were destroyed.
    static func find(_ subject: Int64, _ statements: Statements) throws -> Found {
        var place = subject
        while let row = try statements.first(
            "SELECT id, key, key = zeroblob(32) FROM subject_keys WHERE account = ?", place,
            read: { row in
                (
                    entry: Entry(id: row.integer(0), key: SymmetricKey(data: row.bytes(1))),
                    isDestroyed: row.truth(2)
                )
            })
        {
            // Later keys have higher numbers: rows that somebody made to lead in a circle are not followed.
            guard row.entry.id > -place else { throw unreadable("subject key") }
            guard row.isDestroyed else { return .key(row.entry) }
            place = -row.entry.id
        }
        return .place(place)
    }
}
