import GRDB
import GRDBSQLite

/// The index of a write-ahead log, which lies beside it as `-shm` and says where in the log each page is.
///
/// SQLite lets it grow after a transaction's frames have been written and synced. Where the disk has no room for that, COMMIT
/// fails, and yet the transaction is there when the file is opened anew. So the index grows before a transaction begins
/// (``grow(beyondLogOf:of:)``).
///
/// Source: SQLite's WAL-mode file format: a log is a header and frames, each of which is a header and a page; the index has
/// parts of one size, the first of which begins with a header.
enum LogIndex {
    static let frameHeaderSize = 24
    static let frameSize = frameHeaderSize + 4096
    private static let logHeaderSize = 32
    private static let partSize: Int32 = 32_768
    private static let framesOfPart = 4096
    /// The first part's header takes the room of as many frames.
    private static let framesOfHeader = 34
    // Where in that header stands how many frames have been committed, by what numbers the log is known, and how many frames have
    // been copied back.
    private static let (placeOfCommitted, placeOfSalts, placeOfCopied) = (16, 32, 96)

    /// Makes room for a part's worth of frames more than a log of this size has: many more than a transaction keeps in the
    /// writer's cache until its COMMIT.
    ///
    /// - Throws: `SQLITE_FULL` where there is none.
    static func grow(
        beyondLogOf size: Int, of connection: OpaquePointer?
    ) throws(DatabaseError) {
        _ = try part((size / frameSize + framesOfHeader) / framesOfPart + 1, of: connection)
    }

    /// Where in the log the committed frames end, in bytes.
    static func end(of connection: OpaquePointer?) throws(DatabaseError) -> Int64 {
        let header = try part(0, of: connection)
        let frames = header.load(fromByteOffset: placeOfCommitted, as: UInt32.self)
        return Int64(logHeaderSize) + Int64(frames) * Int64(frameSize)
    }

    /// The numbers by which the log is known (its salts): others whenever it begins anew after all of it was copied back.
    static func salts(of connection: OpaquePointer?) throws(DatabaseError) -> UInt64 {
        try part(0, of: connection).load(fromByteOffset: placeOfSalts, as: UInt64.self)
    }

    /// Has all frames copied back by whoever copies next, those too that have been.
    static func forgetCopies(of connection: OpaquePointer?) throws(DatabaseError) {
        try part(0, of: connection).storeBytes(
            of: 0, toByteOffset: placeOfCopied, as: UInt32.self)
    }

    private static func part(
        _ number: Int, of connection: OpaquePointer?
    ) throws(DatabaseError) -> UnsafeMutableRawPointer {
        let file = try FileLayer.file(.database, of: connection)
        var place: UnsafeMutableRawPointer?
        let code = file.pointee.pMethods.pointee.xShmMap(file, Int32(number), partSize, 1, &place)
        guard code == SQLITE_OK, let place else {
            throw DatabaseError(
                resultCode: .SQLITE_FULL, message: "there is no room for the log's index")
        }
        return place
    }
}
