import Foundation
public import PosternModel
public import PosternPolicy

/// The policies that were in force, each whole in a folder named by its digest.
///
/// A version is there completely or not at all: it is written beside its place, synced and renamed. The oldest make
/// way when there is no room, by when they last came into force; the newest never does. One gateway writes;
/// any number of commands may read meanwhile.
public struct PolicyArchive: Sendable {
    /// Why a version cannot be had.
    public enum Missing: Error, Sendable, Equatable {
        /// It was never kept, or has made way since.
        case absent
        /// Its files are not what they were.
        case damaged
        /// Its files are what they were, and this build does not take them.
        case refused(PolicyFaults)
    }

    private let folder: String
    private let room: Int

    /// Names the archive of a data folder; nothing is made before something is kept.
    ///
    /// - Parameters:
    ///   - dataFolder: The ledger's folder; the archive is its `policies`.
    ///   - room: Bytes all versions may take together.
    public init(dataFolder: String, room: Int = .max) {
        folder = dataFolder + "/policies"
        self.room = room
    }

    /// Where a version lies, or would.
    public func path(of digest: PolicyDigest) -> String { "\(folder)/\(digest)" }

    /// Loads a version, having checked that its files are what they were.
    public func version(_ digest: PolicyDigest) -> Result<PolicyVersion, Missing> {
        let place = path(of: digest)
        guard Self.exists(place) else { return .failure(.absent) }
        // First the bytes: a file that is gone or changed would read like a fault of its author's.
        guard PolicyFolder.digest(at: place) == digest else { return .failure(.damaged) }
        return PolicyFolder.version(at: place).mapError(Missing.refused)
    }

    /// Keeps a version; when this returns, it is on the disk.
    ///
    /// - Throws: ``FaultCode/storageUnwritable``; nothing half-written stays in its place.
    public func keep(_ version: PolicyVersion) throws(Fault) {
        let place = path(of: version.policy.digest)
        // The bytes decide: reading 100,000 keywords again would cost a start a second.
        if PolicyFolder.digest(at: place) == version.policy.digest {
            // The time of the folder says when it last came into force; a wrong order costs nothing but order.
            _ = utimensat(AT_FDCWD, place, nil, 0)
        } else {
            try Self.makeFolder(folder)
            clearRests()
            let draft = "\(folder)/.new-\(version.policy.digest)"
            do throws(Fault) {
                try write(version.files, to: draft)
                try setAside(place)
                guard rename(draft, place) == 0 else { throw Self.fault("renamed") }
                try Self.sync(folder)
            } catch {
                clearRests()
                throw error
            }
            clearRests()
        }
        makeRoom(sparing: version.policy.digest)
    }

    private func write(_ files: [String: [UInt8]], to draft: String) throws(Fault) {
        try Self.makeFolder(draft)
        let folders = Set(
            files.keys.compactMap { name in
                name.contains("/") ? String(name.prefix { $0 != "/" }) : nil
            })
        for name in folders { try Self.makeFolder("\(draft)/\(name)") }
        for (name, bytes) in files { try Self.write(bytes, to: "\(draft)/\(name)") }
        for name in folders { try Self.sync("\(draft)/\(name)") }
        try Self.sync(draft)
    }

    /// Takes a damaged version out of the way of a good one.
    private func setAside(_ place: String) throws(Fault) {
        guard Self.exists(place) else { return }
        let aside = "\(folder)/.old-\(UInt64.random(in: 0 ... .max))"
        guard rename(place, aside) == 0 else { throw Self.fault("moved aside") }
    }

    /// Lets the versions go that were in force the longest ago, until the others have room.
    private func makeRoom(sparing newest: PolicyDigest) {
        let kept = names().compactMap(PolicyDigest.init).filter { $0 != newest }
        let versions = kept.map { digest in
            (digest: digest, size: size(of: digest), time: Self.time(path(of: digest)))
        }
        var taken = versions.reduce(size(of: newest)) { $0 + $1.size }
        for version in versions.sorted(by: { $0.time < $1.time }) where taken > room {
            // Renamed first: one that is half removed must not be found under its digest.
            let aside = "\(folder)/.old-\(version.digest)"
            guard rename(path(of: version.digest), aside) == 0 else { continue }
            taken -= version.size
        }
        clearRests()
    }

    /// Removes what an interrupted `keep` left behind.
    private func clearRests() {
        for name in names() where name.hasPrefix(".new-") || name.hasPrefix(".old-") {
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
    }

    private func names() -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }

    /// What a version takes on the disk: whole blocks, its folders included.
    private func size(of digest: PolicyDigest) -> Int {
        let place = path(of: digest)
        let inside = (try? FileManager.default.subpathsOfDirectory(atPath: place)) ?? []
        return inside.reduce(4096) { sum, name in
            var status = stat()
            guard lstat("\(place)/\(name)", &status) == 0 else { return sum }
            return sum + max(4096, (Int(status.st_size) + 4095) / 4096 * 4096)
        }
    }

    private static func makeFolder(_ path: String) throws(Fault) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw fault("made") }
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(Fault) {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw fault("made") }
        defer { close(file) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw fault("written")
            }
            rest = rest.dropFirst(count)
        }
        guard fsync(file) == 0 else { throw fault("synced") }
    }

    private static func sync(_ folder: String) throws(Fault) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw fault("opened") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw fault("synced") }
    }

    private static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    private static func time(_ path: String) -> Int {
        var status = stat()
        guard lstat(path, &status) == 0 else { return 0 }
        return status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
    }

    private static func fault(_ done: String) -> Fault {
        Fault(.storageUnwritable, note: "the policy's copy cannot be \(done): errno \(errno)")
    }
}
