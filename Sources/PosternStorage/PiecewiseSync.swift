import GRDBSQLite

/// Syncs a database whenever a few pages have been written to it, and not all of them at the end.
///
/// Copying a long log back writes thousands of pages. Synced at once they kept the disk busy for ten or twenty milliseconds, in
/// which every commit waited (`Decisions/0006`). A sync of a piece that fails ends the copy as a failed write does.
final class PiecewiseSync: FileLayer {
    /// Pages of a piece: so few that a commit's sync hardly notices those it meets.
    private static let pages = 32

    /// Pages written since the last piece was synced.
    private var written = 0

    override func write(
        _ file: File, _ bytes: UnsafeRawPointer, _ count: Int32, _ offset: Int64
    ) -> Int32 {
        let code = super.write(file, bytes, count, offset)
        guard code == SQLITE_OK else { return code }
        written += 1
        guard written == Self.pages else { return code }
        written = 0
        return super.sync(file, SQLITE_SYNC_NORMAL)
    }
}
