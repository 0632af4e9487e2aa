import GRDB
import GRDBSQLite

/// All SQL that is read and written through one connection: compiled once, in SQLite's own C.
///
/// GRDB opens, configures, migrates, checkpoints and closes. Statements went through it too, and finding one by its text,
/// boxing its arguments and wrapping its rows then cost about what SQLite itself did (`Decisions/0001`).
///
/// INVARIANT: one thread at a time uses it, the one that has the connection, and lets go of every statement before the
/// connection is closed. `@unchecked Sendable` rests on that: a reader's is in the hands of whom ``ReaderPool`` lent it to,
/// the writer's is used under its desk's lock. SQLite asks for no more (`SQLITE_OPEN_NOMUTEX`).
final class Statements: @unchecked Sendable {
    private let connection: OpaquePointer
    /// By the place of their text in the program: a literal has one for life.
    private var compiled: [UnsafePointer<UInt8>: OpaquePointer] = [:]

    /// Makes a set for a connection that is open; nothing is compiled yet.
    init(_ queue: DatabaseQueue) throws {
        // As a number: the queue guards the pointer it gives out, and this set has its own rule (above).
        let address = queue.unsafeRead { UInt(bitPattern: $0.sqliteConnection) }
        guard let connection = OpaquePointer(bitPattern: address) else {
            throw DatabaseError(resultCode: .SQLITE_MISUSE)
        }
        self.connection = connection
        // GRDB tells its observers of commits, and expects those to happen within its queue. Nobody observes here.
        sqlite3_commit_hook(connection, nil, nil)
        sqlite3_rollback_hook(connection, nil, nil)
    }

    deinit { forget() }

    /// Lets every statement go: a connection that has some left cannot be closed.
    func forget() {
        for statement in compiled.values { sqlite3_finalize(statement) }
        compiled = [:]
    }

    /// Keeps the write-ahead log whole when the connection is closed, and has all of it copied back again, though it has been.
    func keepLog() {
        // Where no other program has the file open, the index goes with the connection.
        try? LogIndex.forgetCopies(of: connection)
        var isKept: Int32 = 1
        sqlite3_file_control(connection, "main", SQLITE_FCNTL_PERSIST_WAL, &isKept)
    }

    /// Makes room in the index of a write-ahead log of this size for what the next transaction adds (``LogIndex``).
    func growIndex(beyondLogOf size: Int) throws(DatabaseError) {
        try LogIndex.grow(beyondLogOf: size, of: connection)
    }

    /// The numbers by which the write-ahead log is known at present (``LogIndex``); nil when they cannot be had.
    var logSalts: UInt64? { try? LogIndex.salts(of: connection) }

    /// Rows written through the connection since it was opened.
    var written: Int64 { sqlite3_total_changes64(connection) }

    /// Whether a transaction is open; after some errors SQLite has ended it by itself.
    var isInTransaction: Bool { sqlite3_get_autocommit(connection) == 0 }

    /// The number of the row inserted last.
    var lastRow: Int64 { sqlite3_last_insert_rowid(connection) }

    /// Runs a statement that gives no rows, and says how many it changed.
    @discardableResult
    func run<each Value: Bindable>(
        _ sql: StaticString, _ values: repeat each Value
    ) throws(DatabaseError) -> Int {
        let statement = try statement(sql)
        defer { sqlite3_reset(statement) }
        var index: Int32 = 0
        repeat try bind(each values, to: statement, &index)
        guard try !step(statement) else {
            throw DatabaseError(resultCode: .SQLITE_MISUSE, message: "a row nobody asked for")
        }
        return Int(sqlite3_changes(connection))
    }

    /// The first row of a statement; nil when there is none.
    func first<each Value: Bindable, Result>(
        _ sql: StaticString, _ values: repeat each Value, read: (Columns) throws -> Result
    ) throws -> Result? {
        let statement = try statement(sql)
        defer { sqlite3_reset(statement) }
        var index: Int32 = 0
        repeat try bind(each values, to: statement, &index)
        return try step(statement) ? try read(Columns(statement)) : nil
    }

    /// Reads every row of a statement, until `read` says that it has enough.
    ///
    /// The same statement cannot be run again from within `read`.
    func each<each Value: Bindable>(
        _ sql: StaticString, _ values: repeat each Value, read: (Columns) throws -> Bool
    ) throws {
        let statement = try statement(sql)
        defer { sqlite3_reset(statement) }
        var index: Int32 = 0
        repeat try bind(each values, to: statement, &index)
        while try step(statement), try read(Columns(statement)) {}
    }

    /// Every row of a statement.
    func all<each Value: Bindable, Result>(
        _ sql: StaticString, _ values: repeat each Value, read: (Columns) throws -> Result
    ) throws -> [Result] {
        var results: [Result] = []
        try self.each(sql, repeat each values) { row in
            results.append(try read(row))
            return true
        }
        return results
    }

    private func statement(_ sql: StaticString) throws(DatabaseError) -> OpaquePointer {
        if let statement = compiled[sql.utf8Start] { return statement }
        var statement: OpaquePointer?
        let code = sql.withUTF8Buffer { text in
            text.withMemoryRebound(to: CChar.self) { text in
                sqlite3_prepare_v3(
                    connection, text.baseAddress, Int32(text.count),
                    UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
            }
        }
        guard code == SQLITE_OK, let statement else { throw trouble(code) }
        compiled[sql.utf8Start] = statement
        return statement
    }

    @inline(__always)
    private func bind(
        _ value: some Bindable, to statement: OpaquePointer, _ index: inout Int32
    ) throws(DatabaseError) {
        index += 1
        let code = value.bind(to: statement, at: index)
        guard code == SQLITE_OK else { throw trouble(code) }
    }

    /// Whether there is a row.
    private func step(_ statement: OpaquePointer) throws(DatabaseError) -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw trouble(code)
        }
    }

    /// What SQLite reported, as GRDB would have thrown it: who handles errors need not know who ran the statement.
    private func trouble(_ code: Int32) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: code),
            message: String(cString: sqlite3_errmsg(connection)))
    }
}

/// What a statement takes as an argument.
protocol Bindable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32
}

extension Int64: Bindable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        sqlite3_bind_int64(statement, index, self)
    }
}

extension Int: Bindable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        sqlite3_bind_int64(statement, index, Int64(self))
    }
}

extension Bool: Bindable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        sqlite3_bind_int64(statement, index, self ? 1 : 0)
    }
}

extension String: Bindable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        var text = self
        return text.withUTF8 { bytes in
            // SQLite takes no address for NULL, and an empty text has none.
            guard let start = bytes.baseAddress else {
                return sqlite3_bind_text(statement, index, "", 0, copied)
            }
            return start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                sqlite3_bind_text(statement, index, $0, Int32(bytes.count), copied)
            }
        }
    }
}

extension [UInt8]: Bindable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, !isEmpty else {
                return sqlite3_bind_zeroblob(statement, index, 0)
            }
            return sqlite3_bind_blob(statement, index, start, Int32(bytes.count), copied)
        }
    }
}

extension Optional: Bindable where Wrapped: Bindable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        if let self {
            self.bind(to: statement, at: index)
        } else {
            sqlite3_bind_null(statement, index)
        }
    }
}

/// `SQLITE_TRANSIENT`, which C writes as a cast that Swift does not import: SQLite copies what is bound.
private var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
