import Foundation
import PosternModel
import PosternSealing
import Testing

@testable import PosternStorage

/// Files that lie on a disk which does not answer: pipes, which a call to open stands still at until somebody opens the other end.
@Suite(.timeLimit(.minutes(1))) struct DiskWritesTests {
    @Test func `a write that the disk does not answer is a standstill, and a reading is none`()
        async throws
    {
        let house = try await Household()
        let (written, read) = (AttachmentGUID.random(), AttachmentGUID.random())
        for guid in [written, read] { try Self.makePipe(house.path(of: guid)) }
        let (files, layout) = (house.store.files, ChunkLayout(size: 1, chunkSize: 1))
        let key = ContentKey.generate()
        async let reading = Self.fault {
            _ = try files.read(number: 1, of: read, layout, under: key)
        }
        async let writing = Self.fault {
            try files.write([1], number: 1, of: written, layout, under: key)
        }
        while house.store.standstill < .milliseconds(5) { await Task.yield() }
        #expect(house.store.health().complaint(after: .milliseconds(5))?.contains("disk") == true)
        #expect(house.store.health().complaint(after: .seconds(3600)) == nil)

        let reader = open(house.path(of: written), O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        defer { close(reader) }
        // A pipe has no places to write to: the call that fails is still named with its number.
        let fault = await writing
        #expect(fault == Fault(.storageUnwritable))
        #expect(fault?.note.hasSuffix("errno \(ESPIPE)") == true, "\(fault?.note ?? "")")
        // The other one is still being read.
        while house.store.standstill > .zero { await Task.yield() }
        #expect(house.store.health().complaint(after: .milliseconds(5)) == nil)

        var writer: Int32 = -1
        while writer < 0 {
            await Task.yield()
            writer = open(house.path(of: read), O_WRONLY | O_NONBLOCK | O_CLOEXEC)
        }
        #expect(await reading == Fault(.contentUnreadable))
        close(writer)
    }

    private static func makePipe(_ path: String) throws {
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try #require(mkfifo(path, 0o600) == 0)
    }

    /// Makes a call on a thread of its own, since it blocks; gives back what it throws.
    private static func fault(_ call: @escaping @Sendable () throws -> Void) async -> Fault? {
        await withCheckedContinuation { continuation in
            let thread = Thread {
                do {
                    try call()
                    continuation.resume(returning: nil)
                } catch { continuation.resume(returning: error as? Fault) }
            }
            thread.start()
        }
    }
}
