import PosternModel
import PosternSealing

/// What a dialect keeps with a message, as the ledger keeps it: sealed under the cover key.
struct StoredAnnex: Sendable {
    let dialect: String
    let sealed: [UInt8]

    init(_ annex: Annex, of guid: MessageGUID, under cover: ContentKey) throws(Fault) {
        dialect = annex.dialect
        sealed = try cover.seal(annex.bytes, as: SealMark(.annex, of: guid))
    }

    /// Puts an annex, or none, in the place of a message's own.
    static func replace(
        _ annex: StoredAnnex?, of message: Int64, _ statements: Statements
    ) throws {
        guard let annex else {
            try statements.run("DELETE FROM message_annexes WHERE message = ?", message)
            return
        }
        try statements.run(
            """
            INSERT INTO message_annexes(message, dialect, annex) VALUES(?1, ?2, ?3)
            ON CONFLICT(message) DO UPDATE SET dialect = ?2, annex = ?3
            """, message, annex.dialect, annex.sealed)
    }

    /// A message's annex; nil where it has none.
    static func find(
        of message: Int64, named guid: MessageGUID, under cover: ContentKey,
        _ statements: Statements
    ) throws -> Annex? {
        try statements.first(
            "SELECT dialect, annex FROM message_annexes WHERE message = ?", message
        ) { row in
            Annex(
                dialect: row.text(0),
                bytes: try cover.open(row.bytes(1), as: SealMark(.annex, of: guid)))
        }
    }
}
