import GRDB
import GRDBSQLite

/// The index of a write-ahead log, which lies beside it as `-shm` and says where in the log each page is.
///
/// SQLite lets it grow after a transaction's frames have been written and synced. Where the disk has no room for that, COMMIT
/// fails, and yet the transaction is there when the file is opened anew. So the index grows before a transaction begins.
enum LogIndex {
    // SQLite's file format, section "WAL-Index File Format": parts of one size, the first of which begins with a header.
    private static let partSize: Int32 = 32_768
    private static let framesOfPart = 4096
    private static let framesOfHeader = 34
    private static let frameSize = 24 + 4096

    /// Makes room for a part's worth of frames more than a log of this size has: many more than a transaction keeps in the
    /// writer's cache until its COMMIT.
    ///
    /// - Throws: `SQLITE_FULL` where there is none.
    static func grow(
        beyondLogOf size: Int, of connection: OpaquePointer?
    ) throws(DatabaseError) {
        let file = try FileLayer.file(.database, of: connection)
        let part = (size / frameSize + framesOfHeader) / framesOfPart + 1
        var place: UnsafeMutableRawPointer?
        let code = file.pointee.pMethods.pointee.xShmMap(file, Int32(part), partSize, 1, &place)
        guard code == SQLITE_OK else {
            throw DatabaseError(
                resultCode: .SQLITE_FULL, message: "there is no room for the log's index")
        }
    }
}
