import CICU
import CVectorscan
import Crypto
import Foundation
import PosternModel

/// Compiled keyword databases kept on disk, so that a start need not compile 100,000 keywords
/// again.
///
/// A file is named for a digest of everything the compiled form depends on: the expressions,
/// Vectorscan's version, the processor it compiled for and ICU's version. It begins with a checksum
/// of the rest; a file that does not match it is as good as none.
///
/// The checksum finds accidents, not enemies: compiled databases steer Vectorscan's machine code. A
/// folder or file that another user owns or could write is therefore as good as none too, and what
/// is written is for Postern's own user alone, because it holds the lists.
struct KeywordCache {
    /// How many files are kept: enough for a rollback or two.
    static let kept = 4
    private static let magic = Array("postern-keywords-1\n".utf8)

    private let folder: URL
    private let file: URL

    init?(folder path: String, for keywords: Keywords) {
        var platform = hs_platform_info_t()
        guard hs_populate_platform(&platform) == HS_SUCCESS else { return nil }
        var hash = SHA256()
        hash.update(data: Self.magic)
        hash.update(data: Array("\(hs_version().map { String(cString: $0) } ?? "")\n".utf8))
        hash.update(data: Array("\(platform.tune) \(platform.cpu_features)\n".utf8))
        hash.update(data: Array("\(String(cString: cicu_version()))\n".utf8))
        hash.update(data: Array(keywords.digest))
        folder = URL(filePath: path, directoryHint: .isDirectory)
        file = folder.appending(path: "keywords-\(Hexadecimal.encode(Array(hash.finalize()))).db")
    }

    /// The compiled databases, or nil when they are not there, not whole or not usable here.
    func load(expecting keywords: Keywords) -> (
        literals: KeywordDatabase?, patterns: KeywordDatabase?
    )? {
        guard let data = read() else { return nil }
        return data.withUnsafeBytes { bytes in
            let header = Self.magic.count + SHA256.byteCount
            guard bytes.count >= header + 8,
                bytes.prefix(Self.magic.count).elementsEqual(Self.magic),
                SHA256.hash(data: UnsafeRawBufferPointer(rebasing: bytes[header...]))
                    .elementsEqual(bytes[Self.magic.count..<header])
            else { return nil }
            let length = UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: header, as: UInt64.self))
            guard length <= UInt64(bytes.count - header - 8) else { return nil }
            let middle = header + 8 + Int(length)
            let literals = KeywordDatabase(
                serialised: UnsafeRawBufferPointer(rebasing: bytes[(header + 8)..<middle]))
            let patterns = KeywordDatabase(
                serialised: UnsafeRawBufferPointer(rebasing: bytes[middle...]))
            guard (literals == nil) == keywords.literals.isEmpty,
                (patterns == nil) == keywords.patterns.isEmpty
            else { return nil }
            return (literals, patterns)
        }
    }

    /// Keeps the compiled databases, best effort: without the cache a start is slower and nothing
    /// else.
    func store(literals: KeywordDatabase?, patterns: KeywordDatabase?) {
        let first = literals?.serialised() ?? []
        var payload = withUnsafeBytes(of: UInt64(first.count).littleEndian) { Data($0) }
        payload.append(contentsOf: first)
        payload.append(contentsOf: patterns?.serialised() ?? [])
        var whole = Data(Self.magic)
        whole.append(contentsOf: SHA256.hash(data: payload))
        whole.append(payload)
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            try write(whole)
        } catch {
            return
        }
        dropOldest()
    }

    /// The file's bytes, where nobody else can have written them.
    private func read() -> Data? {
        var status = stat()
        guard lstat(folder.path(percentEncoded: false), &status) == 0,
            status.st_mode & S_IFMT == S_IFDIR, Self.isOurs(status)
        else { return nil }
        let path = file.path(percentEncoded: false)
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            Self.isOurs(status)
        else { return nil }
        return try? handle.readToEnd()
    }

    private static func isOurs(_ status: stat) -> Bool {
        (status.st_uid == geteuid() || status.st_uid == 0) && status.st_mode & 0o022 == 0
    }

    /// Writes the file beside its place and puts it there in one step.
    private func write(_ bytes: Data) throws {
        let place = file.path(percentEncoded: false)
        let draft = "\(place).\(UInt64.random(in: 0 ... .max))"
        let descriptor = open(
            draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: bytes)
            guard rename(draft, place) == 0 else { throw CocoaError(.fileWriteUnknown) }
        } catch {
            unlink(draft)
            throw error
        }
    }

    private func dropOldest() {
        let key = URLResourceKey.contentModificationDateKey
        let files =
            (try? FileManager.default.contentsOfDirectory(
                at: folder, includingPropertiesForKeys: [key])) ?? []
        let dated = files.filter {
            $0.lastPathComponent.hasPrefix("keywords-") && $0.pathExtension == "db"
                && $0.lastPathComponent != file.lastPathComponent
        }.map {
            ($0, (try? $0.resourceValues(forKeys: [key]).contentModificationDate) ?? .distantPast)
        }
        for (old, _) in dated.sorted(by: { $0.1 > $1.1 }).dropFirst(Self.kept - 1) {
            try? FileManager.default.removeItem(at: old)
        }
    }
}
