import Foundation
import PosternSealing
import Testing

@Suite final class MasterKeyFileTests {
    let folder = FileManager.default.temporaryDirectory
        .appending(path: "postern-sealing-\(UUID().uuidString)").path
    var file: MasterKeyFile { MasterKeyFile(path: folder + "/master.key") }

    init() throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
    }

    private func mode() throws -> UInt32 {
        var status = stat()
        try #require(lstat(file.path, &status) == 0)
        return status.st_mode & 0o7777
    }

    private func write(_ text: String, mode: mode_t = 0o600) throws {
        try Data(text.utf8).write(to: URL(filePath: file.path))
        try #require(chmod(file.path, mode) == 0)
    }

    /// What a reading or writing that must fail says.
    private func complaint(_ body: () throws -> Void) throws -> String {
        let faults = try #require(#expect(throws: MasterKeyFaults.self, performing: body))
        #expect(faults.file == file.path)
        return faults.description.replacing(file.path, with: "F")
    }

    @Test func `a file that was made is read again, and is for its owner alone`() throws {
        #expect(try file.read() == nil)
        let ring = MasterKeyring(.generate()).adding(.generate())
        try file.create(ring)
        #expect(try file.read() == ring)
        #expect(try mode() == 0o600)
        #expect(try names == ["master.key"])
    }

    @Test func `a file is never made over another`() throws {
        try write("canary")
        #expect(
            try complaint { try file.create(MasterKeyring(.generate())) }
                == "F: It cannot be made: File exists.")
        #expect(try String(contentsOfFile: file.path, encoding: .utf8) == "canary")
        #expect(try names == ["master.key"])
    }

    @Test func `a link that leads nowhere is not followed to make a file`() throws {
        try #require(symlink(folder + "/elsewhere", file.path) == 0)
        #expect(
            try complaint { try file.create(MasterKeyring(.generate())) }
                == "F: It cannot be made: File exists.")
        #expect(try names == ["master.key"])
    }

    @Test func `a file is replaced whole, and only where there is one`() throws {
        let ring = MasterKeyring(.generate())
        #expect(
            try complaint { try file.replace(ring, with: ring) }
                == "F: It cannot be replaced: No such file or directory.")
        try file.create(ring)
        try file.replace(ring, with: ring.adding(.generate()))
        #expect(try file.read()?.older == [ring.current])
        #expect(try mode() == 0o600)
        #expect(try names == ["master.key"])
    }

    @Test func `keys that came in between are not lost`() throws {
        let read = MasterKeyring(.generate())
        try file.create(read)
        let changed = read.adding(.generate())
        try file.replace(read, with: changed)
        #expect(
            try complaint { try file.replace(read, with: read.adding(.generate())) }
                == "F: It was changed meanwhile, so it is not replaced.")
        #expect(try file.read() == changed)
        #expect(try names == ["master.key"])
    }

    @Test func `one at a time holds a file, whatever becomes of it`() throws {
        let ring = MasterKeyring(.generate())
        try file.create(ring)
        let first = try #require(try MasterKeyFileHold(file))
        try file.replace(ring, with: ring.adding(.generate()))
        #expect(try MasterKeyFileHold(file) == nil)
        first.release()
        let second = try #require(try MasterKeyFileHold(file))
        // Whoever has let go already lets go of nothing that is another's.
        first.release()
        #expect(try MasterKeyFileHold(file) == nil)
        second.release()
        let lost = MasterKeyFile(path: folder + "/none/master.key")
        #expect(throws: MasterKeyFaults.self) { try MasterKeyFileHold(lost) }
    }

    @Test func `a link is read through and not replaced`() throws {
        let target = MasterKeyFile(path: folder + "/target")
        let ring = MasterKeyring(.generate())
        try target.create(ring)
        try #require(symlink(target.path, file.path) == 0)
        #expect(try file.read() == ring)
        #expect(
            try complaint { try file.replace(ring, with: MasterKeyring(.generate())) }
                == "F: It is no file of its own, so it is not replaced.")
        #expect(try target.read() == ring)
    }

    @Test(arguments: [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o644, 0o777] as [mode_t])
    func `a file that others may use is refused`(mode: mode_t) throws {
        try write(MasterKeyringTests.line, mode: mode)
        let octal = String(mode, radix: 8)
        #expect(
            try complaint { _ = try file.read() }
                == "F: Others than its owner may use it (its mode is \(octal)). Run chmod 600 on it, and think of its keys as known to whoever could read them."
        )
    }

    @Test(arguments: [0o600, 0o400, 0o700] as [mode_t])
    func `a file for its owner alone is read`(mode: mode_t) throws {
        try write(MasterKeyringTests.line, mode: mode)
        #expect(try file.read() == MasterKeyring(Fixtures.master()))
    }

    @Test func `all faults of a file are told with its path`() throws {
        try write("canary\n\(MasterKeyringTests.line)\npostern-master-key-9 a b\n")
        let said = try complaint { _ = try file.read() }
        #expect(said.split(separator: "\n").map { $0.prefix(10) } == ["F: line 1:", "F: line 3:"])
        #expect(!said.contains("canary"))
    }

    @Test func `what is no text of keys is refused`() throws {
        try write("")
        #expect(try complaint { _ = try file.read() } == "F: There is no key in it.")
        try write(String(repeating: "#", count: 70_000))
        #expect(try complaint { _ = try file.read() } == "F: It is longer than 65536 bytes.")
        try Data([0xFF, 0xFE]).write(to: URL(filePath: file.path))
        try #require(chmod(file.path, 0o600) == 0)
        #expect(try complaint { _ = try file.read() } == "F: It is not UTF-8.")
    }

    @Test func `a pipe or a folder is no file, and nothing waits for it`() throws {
        try #require(mkfifo(file.path, 0o600) == 0)
        #expect(try complaint { _ = try file.read() } == "F: It is not a regular file.")
        unlink(file.path)
        try #require(mkdir(file.path, 0o700) == 0)
        #expect(try complaint { _ = try file.read() } == "F: It is not a regular file.")
    }

    @Test func `a folder that is not there is told`() throws {
        let lost = MasterKeyFile(path: folder + "/none/master.key")
        #expect(try lost.read() == nil)
        #expect(throws: MasterKeyFaults.self) { try lost.create(MasterKeyring(.generate())) }
    }
}
