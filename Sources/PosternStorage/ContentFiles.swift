import Foundation
import PosternModel
import PosternSealing

/// Attached files as they lie on disk: sealed chunk by chunk, each in its place.
///
/// A chunk stands at a multiple of the sealed chunk size, so that chunks may come in any order and one that comes again
/// overwrites itself. Which have arrived only the ledger says.
///
/// Calls block on the disk.
struct ContentFiles: Sendable {
    // Not the reading: a download may honestly take long, and keeps nobody from writing.
    let writes = DiskWrites()
    private let folder: String

    init(folder: String) { self.folder = folder }

    private func path(_ guid: AttachmentGUID) -> String {
        let name = guid.description
        return "\(folder)/\(name.prefix(2))/\(name)"
    }

    /// Writes one chunk and waits until it is on disk.
    func write(
        _ bytes: [UInt8], number: Int, of guid: AttachmentGUID, _ layout: ChunkLayout,
        under key: ContentKey
    ) throws(Fault) {
        let sealed = try key.seal(bytes, as: try Self.mark(number, of: guid, layout))
        let path = path(guid)
        let parent = (path as NSString).deletingLastPathComponent
        do {
            try writes.during {
                try FileManager.default.createDirectory(
                    atPath: parent, withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700])
            }
        } catch { throw Fault(.storageUnwritable, note: "the files' folder cannot be made") }
        let descriptor = writes.during { open(path, O_CREAT | O_CLOEXEC | O_WRONLY, 0o600) }
        guard descriptor >= 0 else { throw Self.trouble("opened") }
        defer { close(descriptor) }
        var rest = sealed[...]
        var offset = Self.offset(number, layout)
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { bytes in
                writes.during { pwrite(descriptor, bytes.baseAddress, bytes.count, off_t(offset)) }
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw Self.trouble("written") }
            rest = rest.dropFirst(written)
            offset += Int64(written)
        }
        guard writes.during({ fdatasync(descriptor) }) == 0 else { throw Self.trouble("synced") }
        // The file's name must last as well as its bytes.
        for folder in [parent, folder] {
            let descriptor = writes.during { open(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY) }
            guard descriptor >= 0 else { throw Self.trouble("synced") }
            defer { close(descriptor) }
            guard writes.during({ fsync(descriptor) }) == 0 else { throw Self.trouble("synced") }
        }
    }

    /// Reads one chunk.
    func read(
        number: Int, of guid: AttachmentGUID, _ layout: ChunkLayout, under key: ContentKey
    ) throws(Fault) -> [UInt8] {
        guard let range = layout.range(of: number) else {
            throw Fault(.contentUnreadable, note: "there is no such chunk")
        }
        let descriptor = open(path(guid), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Fault(
                .contentUnreadable, note: "an attached file cannot be opened: errno \(errno)")
        }
        defer { close(descriptor) }
        var sealed = [UInt8](repeating: 0, count: Int(range.count) + ContentKey.overhead)
        var filled = 0
        while filled < sealed.count {
            let start = filled
            let count = sealed.withUnsafeMutableBytes { buffer in
                pread(
                    descriptor, buffer.baseAddress.map { $0 + start }, buffer.count - start,
                    off_t(Self.offset(number, layout)) + off_t(start))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw Fault(.contentUnreadable, note: "an attached file is cut short")
            }
            filled += count
        }
        return try key.open(sealed, as: try Self.mark(number, of: guid, layout))
    }

    /// Removes files; those that are gone already are no trouble.
    func remove(_ guids: [AttachmentGUID]) {
        for guid in guids { writes.during { unlink(path(guid)) } }
    }

    /// The files there are, for finding those that nothing refers to.
    func all() -> [AttachmentGUID] {
        let manager = FileManager.default
        return ((try? manager.contentsOfDirectory(atPath: folder)) ?? []).flatMap { shelf in
            ((try? manager.contentsOfDirectory(atPath: "\(folder)/\(shelf)")) ?? []).compactMap {
                AttachmentGUID($0)
            }
        }
    }

    private static func offset(_ number: Int, _ layout: ChunkLayout) -> Int64 {
        Int64(number - 1) * (layout.chunkSize + Int64(ContentKey.overhead))
    }

    private static func mark(
        _ number: Int, of guid: AttachmentGUID, _ layout: ChunkLayout
    ) throws(Fault) -> SealMark {
        let mark = SealMark(
            .attachmentChunk, of: guid.bytes, part: UInt64(max(1, number) - 1),
            of: UInt64(layout.count))
        guard let mark else { throw Fault(.contentUnreadable, note: "there is no such chunk") }
        return mark
    }

    private static func trouble(_ what: String) -> Fault {
        Fault(.storageUnwritable, note: "an attached file cannot be \(what): errno \(errno)")
    }
}
