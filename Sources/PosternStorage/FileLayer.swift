import GRDB
import GRDBSQLite

/// Stands between SQLite and one of its open files.
///
/// SQLite uses a file through a table of functions, in whose place anybody may put another (`sqlite3_io_methods`). A layer's table
/// is SQLite's own but for what a layer may do otherwise: by default, nothing. Other connections' files keep theirs.
///
/// INVARIANT: a file's functions are called by one thread at a time, the one that has the connection.
class FileLayer {
    /// A file that SQLite has opened for a connection.
    enum Kind {
        case database
        /// The write-ahead log, which is open once the database has been read.
        case log
    }

    typealias File = UnsafeMutablePointer<sqlite3_file>

    /// A layer's table.
    ///
    /// INVARIANT: ``functions`` is the first member, so that its address, which SQLite knows, is that of the whole.
    private struct Table {
        var functions: sqlite3_io_methods
        let layer: Unmanaged<FileLayer>

        static func of(_ file: File) -> UnsafeMutablePointer<Self> {
            UnsafeMutableRawPointer(mutating: file.pointee.pMethods).assumingMemoryBound(
                to: Self.self)
        }
    }

    /// Whose file it is.
    let connection: OpaquePointer?
    private let original: UnsafePointer<sqlite3_io_methods>

    /// Stands before a file of a connection until that is closed.
    ///
    /// - Throws: Where the connection has no such file open.
    @discardableResult
    init(_ kind: Kind, of connection: OpaquePointer?) throws(DatabaseError) {
        let file = try Self.file(kind, of: connection)
        original = file.pointee.pMethods
        self.connection = connection
        let table = UnsafeMutablePointer<Table>.allocate(capacity: 1)
        table.initialize(
            to: Table(functions: original.pointee, layer: Unmanaged.passRetained(self)))
        Self.lead(&table.pointee.functions)
        // The functions are the first thing in the table.
        file.pointee.pMethods = UnsafeRawPointer(table).assumingMemoryBound(
            to: sqlite3_io_methods.self)
    }

    /// A file of a connection.
    ///
    /// - Throws: Where it has no such file open.
    static func file(
        _ kind: Kind, of connection: OpaquePointer?
    ) throws(DatabaseError) -> File {
        let which = kind == .log ? SQLITE_FCNTL_JOURNAL_POINTER : SQLITE_FCNTL_FILE_POINTER
        var opened: File?
        let code = sqlite3_file_control(connection, "main", which, &opened)
        guard code == SQLITE_OK, let file = opened, file.pointee.pMethods != nil else {
            throw DatabaseError(resultCode: .SQLITE_MISUSE, message: "a file that is not open")
        }
        return file
    }

    // SQLite hands over the file whose table it is, and never none.
    private static func lead(_ functions: inout sqlite3_io_methods) {
        functions.xRead = { file, bytes, count, offset in
            guard let file, let bytes else { return SQLITE_MISUSE }
            return FileLayer.of(file).read(file, bytes, count, offset)
        }
        functions.xWrite = { file, bytes, count, offset in
            guard let file, let bytes else { return SQLITE_MISUSE }
            return FileLayer.of(file).write(file, bytes, count, offset)
        }
        functions.xTruncate = { file, size in
            guard let file else { return SQLITE_MISUSE }
            return FileLayer.of(file).truncate(file, size)
        }
        functions.xFileSize = { file, size in
            guard let file, let size else { return SQLITE_MISUSE }
            return FileLayer.of(file).size(file, size)
        }
        functions.xSync = { file, flags in
            guard let file else { return SQLITE_MISUSE }
            return FileLayer.of(file).sync(file, flags)
        }
        functions.xClose = { file in
            guard let file else { return SQLITE_MISUSE }
            let table = Table.of(file)
            let layer = table.pointee.layer.takeRetainedValue()
            table.deallocate()
            file.pointee.pMethods = layer.original
            return layer.original.pointee.xClose(file)
        }
    }

    private static func of(_ file: File) -> FileLayer {
        Table.of(file).pointee.layer.takeUnretainedValue()
    }

    func read(
        _ file: File, _ bytes: UnsafeMutableRawPointer, _ count: Int32, _ offset: Int64
    ) -> Int32 {
        below(file) { original.pointee.xRead(file, bytes, count, offset) }
    }

    func write(
        _ file: File, _ bytes: UnsafeRawPointer, _ count: Int32, _ offset: Int64
    ) -> Int32 {
        below(file) { original.pointee.xWrite(file, bytes, count, offset) }
    }

    func truncate(_ file: File, _ size: Int64) -> Int32 {
        below(file) { original.pointee.xTruncate(file, size) }
    }

    func size(_ file: File, _ size: UnsafeMutablePointer<Int64>) -> Int32 {
        below(file) { original.pointee.xFileSize(file, size) }
    }

    func sync(_ file: File, _ flags: Int32) -> Int32 {
        below(file) { original.pointee.xSync(file, flags) }
    }

    /// Calls what was there before this layer, with its table in place: it may be a layer too, and finds itself by that.
    private func below(_ file: File, _ call: () -> Int32) -> Int32 {
        let own = file.pointee.pMethods
        file.pointee.pMethods = original
        defer { file.pointee.pMethods = own }
        return call()
    }
}
