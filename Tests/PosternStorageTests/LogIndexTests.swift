import Foundation
import GRDBSQLite
import PosternModel
import Synchronization
import Testing

@_spi(Testing) @testable import PosternStorage

/// The index of the write-ahead log, which grows with it.
@Suite struct LogIndexTests {
    @Test func `the index has room for much more than the log has`() async throws {
        var options = SQLiteStore.Options()
        options.checkpointUnits = .max
        let bench = try await Workbench(options)
        for _ in 0..<45 {
            for _ in 0..<100 { try await bench.store.writer.probe() }
            // Before the last probe, which adds a frame.
            let frames = try bench.size("-wal") / 4120 - 1
            // A part is about 4,096 frames and has eight bytes for each.
            #expect(try bench.size("-shm") >= (frames / 4096 + 2) * 32_768)
        }
        await bench.store.close()
    }

    /// What the index needs is asked for by the COMMIT that has just written its frames, unless it is there already.
    @Test func `an entry for which the index has no room is not there, nor when opened anew`()
        async throws
    {
        var options = SQLiteStore.Options()
        options.checkpointUnits = .max
        let bench = try await Workbench(options)
        let disk = FullDisk(bench.folder)
        var accepted: Int64 = 0
        await #expect(throws: Fault(.storageUnwritable)) {
            while accepted < 10_000 {
                try await bench.store.record(bench.entry())
                accepted += 1
            }
        }
        await #expect(throws: Fault(.storageUnwritable)) {
            try await bench.store.record(bench.entry())
        }
        disk.hasRoom()
        try await bench.store.record(bench.entry())
        await bench.store.close()
        let again = try SQLiteStore(folder: bench.folder, mustExist: true)
        #expect(try again.leafCount() == accepted + 1)
        await again.close()
    }
}

/// A disk that is full for the files of one folder, from the moment at which a log's index grows there.
///
/// SQLite calls the system through a table that may be changed (`sqlite3_vfs.xSetSystemCall`): for the whole process, so all other
/// folders' files are let through.
private struct FullDisk {
    private struct Folder {
        let path: String
        var isFull = false
    }

    private static let folder = Mutex<Folder?>(nil)

    init(_ path: String) {
        Self.folder.withLock { $0 = Folder(path: path) }
        let write: @convention(c) (Int32, UnsafeRawPointer?, Int, Int) -> Int = {
            guard FullDisk.takes($0) else {
                errno = ENOSPC
                return -1
            }
            return pwrite($0, $1, $2, $3)
        }
        let vfs = sqlite3_vfs_find(nil)
        for name in ["pwrite", "pwrite64"] {
            _ = vfs?.pointee.xSetSystemCall(
                vfs, name, unsafeBitCast(write, to: sqlite3_syscall_ptr.self))
        }
    }

    func hasRoom() { Self.folder.withLock { $0 = nil } }

    private static func takes(_ descriptor: Int32) -> Bool {
        folder.withLock { folder in
            guard let full = folder,
                let path = try? FileManager.default.destinationOfSymbolicLink(
                    atPath: "/proc/self/fd/\(descriptor)"), path.hasPrefix(full.path)
            else { return true }
            folder?.isFull = full.isFull || path.hasSuffix("-shm")
            return folder?.isFull == false
        }
    }
}
