import GRDBSQLite

/// Gathers what is added to a log, and writes it in one go when it is to be synced.
///
/// SQLite writes the header and the page of every frame for themselves: a commit of thirty sends takes some hundred and thirty
/// calls, each of which costs about what copying its bytes does.
///
/// Nobody misses what has not been written yet: a transaction's frames are looked for by others only after the sync that its COMMIT
/// makes (`synchronous = FULL`), and whatever else is done to the file through this connection comes after them.
///
/// A sync that fails may leave the frames where a reader of the file finds them, the COMMIT's own among them. They are made
/// unreadable then: what was answered with no is not to have happened after all when the file is opened anew.
final class GatheredWrites: FileLayer {
    /// As many frames of 4 KiB pages as SQLite writes in one call: it takes no more than 131,071 bytes.
    private static let room = 31 * LogIndex.frameSize

    private let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 16)
    /// Where in the file the first of them belongs.
    private var start: Int64 = 0
    private var count = 0

    deinit { bytes.deallocate() }

    override func write(
        _ file: File, _ added: UnsafeRawPointer, _ size: Int32, _ offset: Int64
    ) -> Int32 {
        let size = Int(size)
        if offset != start + Int64(count) || count + size > bytes.count {
            if let code = handOver(to: file) { return code }
            guard size <= bytes.count else {
                return super.write(file, added, Int32(size), offset)
            }
            start = offset
        }
        bytes.baseAddress?.advanced(by: count).copyMemory(from: added, byteCount: size)
        count += size
        return SQLITE_OK
    }

    override func read(
        _ file: File, _ bytes: UnsafeMutableRawPointer, _ count: Int32, _ offset: Int64
    ) -> Int32 {
        handOver(to: file) ?? super.read(file, bytes, count, offset)
    }

    override func truncate(_ file: File, _ size: Int64) -> Int32 {
        handOver(to: file) ?? super.truncate(file, size)
    }

    override func size(_ file: File, _ size: UnsafeMutablePointer<Int64>) -> Int32 {
        handOver(to: file) ?? super.size(file, size)
    }

    override func sync(_ file: File, _ flags: Int32) -> Int32 {
        let code = handOver(to: file) ?? super.sync(file, flags)
        if code != SQLITE_OK { takeBack(from: file) }
        return code
    }

    /// Overwrites the header of a transaction's first frame: neither it nor any after it is read then.
    ///
    /// That is for who holds the one place to write: otherwise another may be about to commit what stands there. Where it fails
    /// too, what is found in the file decides.
    private func takeBack(from file: File) {
        guard sqlite3_txn_state(connection, "main") == SQLITE_TXN_WRITE,
            let end = try? LogIndex.end(of: connection)
        else { return }
        let nothing = [UInt8](repeating: 0, count: LogIndex.frameHeaderSize)
        _ = nothing.withUnsafeBytes { bytes in
            bytes.baseAddress.map { super.write(file, $0, Int32(bytes.count), end) }
        }
    }

    /// Writes what there is.
    ///
    /// After an error it is let go: SQLite rolls the transaction back that it belongs to.
    ///
    /// - Returns: The error's code; nil when there was none.
    private func handOver(to file: File) -> Int32? {
        guard count > 0, let first = bytes.baseAddress else { return nil }
        let code = super.write(file, first, Int32(count), start)
        (start, count) = (start + Int64(count), 0)
        return code == SQLITE_OK ? nil : code
    }
}
