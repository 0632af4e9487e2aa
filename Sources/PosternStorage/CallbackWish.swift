import PosternModel
import PosternSealing

/// Who wants to be called back about a message, as the ledger keeps it: the address is sealed under the cover key.
struct CallbackWish: Sendable {
    let dialect: String
    let events: Set<DispatchEvent.Kind>
    private let sealed: [UInt8]

    init(_ callback: Callback, of guid: MessageGUID, under cover: ContentKey) throws(Fault) {
        dialect = callback.dialect
        events = callback.events
        let text = callback.url.withExposed { Array($0.utf8) }
        sealed = try cover.seal(text, as: SealMark(.callback, of: guid))
    }

    /// Keeps it with a new message.
    func insert(for message: Int64, _ statements: Statements) throws {
        try statements.run(
            """
            INSERT INTO callback_wishes(message, dialect, url, tells_left, tells_ended)
            VALUES(?, ?, ?, ?, ?)
            """, message, dialect, sealed, events.contains(.left), events.contains(.ended))
    }

    /// Owes the call that tells how a delivery ended, to whoever wanted to hear of that; mostly nobody.
    ///
    /// INVARIANT: written in the transaction that makes it true, so that a call is owed if and only if it is.
    static func owe(
        _ ending: DispatchEvent.Ending, of message: Int64, refusal: RefusalCode? = nil,
        at instant: Instant, _ statements: Statements
    ) throws {
        try statements.run(
            """
            INSERT INTO callbacks(message, ending, refused_with, at, due_at)
            SELECT message, ?2, ?3, ?4, ?4 FROM callback_wishes
            WHERE message = ?1 AND (tells_ended OR (tells_left AND ?5))
            """, message, ending.rawValue, refusal?.rawValue, instant.milliseconds,
            ending.kinds.contains(.left))
    }
}
