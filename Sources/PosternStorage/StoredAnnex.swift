import PosternModel
import PosternSealing

/// What a dialect keeps with a message, as the ledger keeps it: sealed under the cover key.
struct StoredAnnex: Sendable {
    let dialect: String
    let sealed: [UInt8]

    init(_ annex: Annex, of guid: MessageGUID, under cover: ContentKey) throws(Fault) {
        dialect = annex.dialect
        sealed = try cover.seal(Self.packed(annex), as: SealMark(.annex, of: guid))
    }

    /// How many words there are, then each with its length before it, then the bytes; numbers of four bytes, the highest
    /// first.
    private static func packed(_ annex: Annex) -> [UInt8] {
        var packed: [UInt8] = []
        func add(_ number: Int) {
            withUnsafeBytes(of: UInt32(clamping: number).bigEndian) {
                packed.append(contentsOf: $0)
            }
        }
        add(annex.words.count)
        for word in annex.words {
            add(word.utf8.count)
            packed += word.utf8
        }
        return packed + annex.bytes
    }

    /// Opens what was sealed.
    static func open(
        _ sealed: [UInt8], of dialect: String, named guid: MessageGUID, under cover: ContentKey
    ) throws(Fault) -> Annex {
        try unpacked(cover.open(sealed, as: SealMark(.annex, of: guid)), of: dialect)
    }

    private static func unpacked(
        _ packed: [UInt8], of dialect: String
    ) throws(Fault) -> Annex {
        var rest = packed[...]
        func take(_ count: Int) throws(Fault) -> ArraySlice<UInt8> {
            guard rest.count >= count else {
                throw Fault(.contentUnreadable, note: "what a dialect kept is malformed")
            }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
        func number() throws(Fault) -> Int { try take(4).reduce(0) { $0 << 8 | Int($1) } }
        var words: [String] = []
        for _ in 0..<(try number()) {
            words.append(String(decoding: try take(number()), as: UTF8.self))
        }
        return Annex(dialect: dialect, bytes: Array(rest), words: words)
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
            try open(row.bytes(1), of: row.text(0), named: guid, under: cover)
        }
    }
}
