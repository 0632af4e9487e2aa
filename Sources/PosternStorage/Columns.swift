import GRDBSQLite

/// The row a statement stands at; good only until its statement goes on.
struct Columns {
    private let statement: OpaquePointer

    init(_ statement: OpaquePointer) { self.statement = statement }

    func isNull(_ index: Int32) -> Bool { sqlite3_column_type(statement, index) == SQLITE_NULL }

    func integer(_ index: Int32) -> Int64 { sqlite3_column_int64(statement, index) }

    func count(_ index: Int32) -> Int { Int(sqlite3_column_int64(statement, index)) }

    func truth(_ index: Int32) -> Bool { sqlite3_column_int64(statement, index) != 0 }

    /// Text; empty for NULL.
    func text(_ index: Int32) -> String {
        guard let start = sqlite3_column_text(statement, index) else { return "" }
        let count = Int(sqlite3_column_bytes(statement, index))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func textOrNil(_ index: Int32) -> String? { isNull(index) ? nil : text(index) }

    /// Bytes; empty for NULL.
    func bytes(_ index: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(statement, index) else { return [] }
        return Array(
            UnsafeRawBufferPointer(
                start: start, count: Int(sqlite3_column_bytes(statement, index))))
    }
}
