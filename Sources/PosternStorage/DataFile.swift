import Foundation
import GRDB
import PosternModel
import PosternSealing

/// The data file and the ways of opening it.
struct DataFile: Sendable {
    /// What it is for.
    let kind: FileKind
    /// The database; its write-ahead log lies beside it as `-wal`.
    let path: String

    /// Names the file in a folder, and makes both when `mayCreate`; only this user may read them.
    init(_ kind: FileKind, folder: String, mayCreate: Bool) throws(Fault) {
        self.kind = kind
        path = "\(folder)/\(kind.name)"
        guard mayCreate else {
            guard FileManager.default.fileExists(atPath: path) else {
                throw Fault(.storageUnreadable, note: "there is no data file in the data folder")
            }
            return
        }
        try Self.makeFolder(folder)
        // SQLite gives its other files the mode of this one.
        let descriptor = open(path, O_CREAT | O_CLOEXEC | O_RDWR, 0o600)
        guard descriptor >= 0 else {
            throw Fault(.storageUnwritable, note: "the data file cannot be opened: errno \(errno)")
        }
        close(descriptor)
    }

    /// Makes a data folder where there is none; only this user may look into it.
    static func makeFolder(_ folder: String) throws(Fault) {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch { throw Fault(.storageUnwritable, note: "the data folder cannot be made") }
    }

    /// Opens the one connection that writes.
    func openWriter(_ options: SQLiteStore.Options) throws -> Connection {
        var configuration = Configuration()
        configuration.label = "postern.writer"
        // Whoever writes a row has just read or written what it refers to; looking again took a tenth of the writer's time.
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(Double(options.patience.wholeMilliseconds) / 1000)
        configuration.prepareDatabase { db in
            // Most of what the cache holds are rows of the log, which are added and not looked at again: twice as large, it
            // spares no read.
            try db.execute(
                sql: """
                    PRAGMA journal_mode = WAL;
                    PRAGMA synchronous = FULL;
                    PRAGMA cell_size_check = ON;
                    PRAGMA secure_delete = FAST;
                    PRAGMA trusted_schema = OFF;
                    PRAGMA wal_autocheckpoint = 0;
                    PRAGMA cache_size = -2048;
                    """)
            // The log of a new file is not open before something has been read.
            try db.execute(sql: "PRAGMA user_version")
            try GatheredWrites(.log, of: db.sqliteConnection)
            if let maximumPages = options.maximumPages {
                try db.execute(sql: "PRAGMA max_page_count = \(maximumPages)")
            }
        }
        return try Connection(DatabaseQueue(path: path, configuration: configuration))
    }

    /// Opens a connection that copies the log back (``LogCopier``), and neither reads nor writes rows.
    func openCopier() throws -> Connection {
        var configuration = Configuration()
        configuration.label = "postern.copier"
        configuration.prepareDatabase { db in
            try db.execute(
                sql:
                    "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -64"
            )
            try PiecewiseSync(.database, of: db.sqliteConnection)
        }
        return try Connection(DatabaseQueue(path: path, configuration: configuration))
    }

    /// Opens a connection that reads.
    func openReader() throws -> Connection {
        var configuration = Configuration()
        configuration.label = "postern.reader"
        configuration.readonly = true
        configuration.busyMode = .timeout(1)
        configuration.prepareDatabase { db in
            // WHY NOT check cells as the writer does: readers read their pages anew after every commit.
            try db.execute(sql: "PRAGMA trusted_schema = OFF; PRAGMA cache_size = -512")
        }
        return try Connection(DatabaseQueue(path: path, configuration: configuration))
    }

    /// The version of its shape, 0 for a file that is new; refuses one that is not Postern's or is newer.
    func shape() throws -> Int32 {
        do {
            let reader = try openReader()
            defer { reader.close() }
            return try shape(
                reader.statements.first("PRAGMA application_id", read: { Int32($0.integer(0)) }),
                reader.statements.first("PRAGMA user_version", read: { Int32($0.integer(0)) }))
        } catch let error as DatabaseError
            where error.extendedResultCode == .SQLITE_READONLY_ROLLBACK
        {
            // Who was killed while making the file left it half made, and only who may write takes that back.
            let queue = try DatabaseQueue(path: path)
            defer { try? queue.close() }
            return try shape(queue)
        }
    }

    private func shape(_ queue: DatabaseQueue) throws -> Int32 {
        try queue.writeWithoutTransaction { db in
            try shape(
                Int32.fetchOne(db, sql: "PRAGMA application_id"),
                Int32.fetchOne(db, sql: "PRAGMA user_version"))
        }
    }

    private func shape(_ application: Int32?, _ version: Int32?) throws -> Int32 {
        let (application, version) = (application ?? 0, version ?? 0)
        guard application == kind.applicationID || (application == 0 && version == 0) else {
            throw Fault(.storageUnreadable, note: "the data file belongs to another program")
        }
        guard version <= kind.version else {
            throw Fault(
                .storageUnreadable,
                note: "the data file has shape \(version), this build knows \(kind.version)")
        }
        return version
    }

    /// Brings the file to this build's shape, refusing one that is not Postern's or is newer.
    func migrate(_ queue: DatabaseQueue, sealingWith vault: KeyVault) throws {
        let version = try shape(queue)
        try kind.migrator(vault).migrate(queue)
        guard version < kind.version else { return }
        try queue.writeWithoutTransaction { db in
            try db.execute(
                sql:
                    "PRAGMA application_id = \(kind.applicationID); PRAGMA user_version = \(kind.version)"
            )
        }
    }
}

/// What the data file and its write-ahead log looked like when last seen, to notice hands on them.
///
/// Names are looked up, never opened: closing any descriptor of a file drops this process's locks on it, SQLite's
/// included (POSIX `fcntl` locks).
struct DataFileMarks: Sendable {
    private struct Mark: Equatable, Sendable {
        var device: UInt
        var inode: UInt
        var size: Int
    }

    private var database: Mark
    private var log: Mark
    private let path: String

    /// Looks at both files.
    init(_ path: String) throws(Fault) {
        self.path = path
        database = try Self.look(path)
        log = try Self.look(path + "-wal")
    }

    /// Throws when the database was removed, replaced or cut since it was last seen; remembers its size otherwise.
    mutating func confirmDatabase() throws(Fault) {
        database = try Self.compare(database, path, "the data file")
    }

    /// The same for its write-ahead log.
    mutating func confirmLog() throws(Fault) {
        log = try Self.compare(log, path + "-wal", "the data file's write-ahead log")
    }

    /// Takes note of a log that was emptied by our own doing, if it is still the same file.
    mutating func acceptEmptiedLog() throws(Fault) {
        log.size = 0
        try confirmLog()
    }

    /// How large the write-ahead log was when last seen, in bytes.
    var logSize: Int { log.size }

    private static func compare(
        _ seen: Mark, _ path: String, _ name: String
    ) throws(Fault) -> Mark {
        let now = try look(path)
        guard now.device == seen.device, now.inode == seen.inode else {
            throw Fault(.storageUnwritable, note: "\(name) was replaced")
        }
        // Neither file ever shrinks by our own doing while it is open, but for the log when it is emptied.
        guard now.size >= seen.size else {
            throw Fault(.storageUnwritable, note: "\(name) was cut")
        }
        return now
    }

    private static func look(_ path: String) throws(Fault) -> Mark {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw Fault(.storageUnwritable, note: "a data file is gone: errno \(errno)")
        }
        return Mark(
            device: UInt(status.st_dev), inode: UInt(status.st_ino), size: Int(status.st_size))
    }
}
