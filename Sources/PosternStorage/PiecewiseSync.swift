import GRDB
import GRDBSQLite

/// Lets a connection sync its database whenever it has written a few pages to it, and not all of them at the end.
///
/// Copying a long log back writes thousands of pages. Synced at once they kept the disk busy for ten or twenty milliseconds, in
/// which every commit waited (`Decisions/0006`). A sync of a piece that fails ends the copy as a failed write does.
enum PiecewiseSync {
    /// Pages of a piece: so few that a commit's sync hardly notices those it meets.
    private static let pages = 32

    /// The functions by which SQLite uses one open file: its own, but for two.
    ///
    /// INVARIANT: ``functions`` is the first member, so that its address, which SQLite knows, is that of the whole.
    private struct Table {
        var functions: sqlite3_io_methods
        let original: UnsafePointer<sqlite3_io_methods>
        /// Pages written since the last piece was synced.
        var written = 0

        static func of(_ file: UnsafeMutablePointer<sqlite3_file>) -> UnsafeMutablePointer<Self> {
            UnsafeMutableRawPointer(mutating: file.pointee.pMethods).assumingMemoryBound(
                to: Self.self)
        }
    }

    /// Begins with it, for as long as the connection is open.
    ///
    /// SQLite offers no setting for it, and calls what it does to a file through a table that anybody may put another in place of
    /// (`sqlite3_io_methods`). One connection's database gets a table of its own; its log, and other connections, keep theirs.
    static func begin(on connection: OpaquePointer?) throws(DatabaseError) {
        var opened: UnsafeMutablePointer<sqlite3_file>?
        let code = sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &opened)
        guard code == SQLITE_OK, let file = opened, let original = file.pointee.pMethods else {
            throw DatabaseError(resultCode: .SQLITE_MISUSE, message: "a database without a file")
        }
        let table = UnsafeMutablePointer<Table>.allocate(capacity: 1)
        table.initialize(to: Table(functions: original.pointee, original: original))
        table.pointee.functions.xWrite = { file, bytes, count, offset in
            // SQLite hands over the file whose table this is.
            guard let file else { return SQLITE_MISUSE }
            let table = Table.of(file)
            let original = table.pointee.original.pointee
            let code = original.xWrite(file, bytes, count, offset)
            guard code == SQLITE_OK else { return code }
            table.pointee.written += 1
            guard table.pointee.written == PiecewiseSync.pages else { return code }
            table.pointee.written = 0
            return original.xSync(file, SQLITE_SYNC_NORMAL)
        }
        table.pointee.functions.xClose = { file in
            guard let file else { return SQLITE_MISUSE }
            let table = Table.of(file)
            defer { table.deallocate() }
            file.pointee.pMethods = table.pointee.original
            return file.pointee.pMethods.pointee.xClose(file)
        }
        // The table is the first thing in the allocation.
        file.pointee.pMethods = UnsafeRawPointer(table).assumingMemoryBound(
            to: sqlite3_io_methods.self)
    }
}
