import Foundation
import Glibc
import PosternAudit
import PosternModel
import PosternTesting
import PosternTransparency
import Testing

/// The log in a real folder, with the system's own calls.
@Suite struct RealDiskTests {
    final class Folder {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("postern-audit-\(UUID().uuidString)").path

        init() throws {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        deinit { try? FileManager.default.removeItem(atPath: path) }

        var settings: TileLogSettings {
            TileLogSettings(folder: path + "/audit", origin: "example.com/postern/real")
        }
        func file(_ name: String) -> URL { URL(fileURLWithPath: "\(path)/audit/\(name)") }
        func write(_ name: String, _ edit: (inout Data) -> Void) throws {
            var data = try Data(contentsOf: file(name))
            edit(&data)
            let handle = try FileHandle(forWritingTo: file(name))
            try handle.truncate(atOffset: 0)
            try handle.write(contentsOf: data)
            try handle.close()
        }
    }

    private func independently(_ folder: Folder, _ kept: [String] = []) throws -> (Int32, String) {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Independent/verify_log.py").path
        let (status, output) = try Process.finish(
            "/usr/bin/env",
            ["python3", script, folder.settings.folder, folder.settings.verifierFile] + kept)
        return (status, String(decoding: output, as: UTF8.self))
    }

    @Test(arguments: [0, 1, 255, 256, 257, 700])
    func `a verifier in another language, written from the specifications, accepts the log`(
        size: Int
    ) throws {
        let folder = try Folder()
        let entries = MemoryEntries()
        let log = try TileLog.open(folder.settings, source: entries)
        entries.append(Samples.pool[..<size])
        try log.integrate()
        let (status, output) = try independently(folder)
        #expect(status == 0)
        #expect(output == "OK: \(size) entries, root \(Expected.roots[size].base64)\n")
        let report = AuditVerifier(key: log.verifier).verify(DiskLogFolder(folder.settings.folder))
        #expect(report.findings == [])
    }

    @Test func `the other verifier refuses what ours refuses`() throws {
        let folder = try Folder()
        let entries = MemoryEntries()
        let log = try TileLog.open(folder.settings, source: entries)
        entries.append(Samples.pool[..<300])
        try log.integrate()
        let kept = folder.path + "/kept"
        try Data(contentsOf: folder.file("checkpoint")).write(to: URL(fileURLWithPath: kept))
        var random = Seeded(state: 3)
        for name in Expected.files(300).keys.sorted() + ["checkpoint"] {
            let before = try Data(contentsOf: folder.file(name))
            try folder.write(name) { $0[Int(random.next() % UInt64($0.count))] ^= 1 }
            #expect(try independently(folder, [kept]).0 == 1, "\(name)")
            let report = AuditVerifier(key: log.verifier).verify(
                DiskLogFolder(folder.settings.folder))
            #expect(!report.isSound, "\(name)")
            try folder.write(name) { $0 = before }
        }
        #expect(try independently(folder, [kept]).0 == 0)
    }

    @Test func `the guard sees what others do to real files, and recovers`() throws {
        let folder = try Folder()
        let entries = MemoryEntries()
        let log = try TileLog.open(folder.settings, source: entries)
        entries.append(Samples.pool[..<300])
        try log.integrate()
        let aside = folder.path + "/aside"
        try log.guard.confirmIntact()
        for name in ["checkpoint", "tile/entries/001.p/44", "tile"] {
            try FileManager.default.moveItem(atPath: folder.file(name).path, toPath: aside)
            #expect(throws: Fault(.auditTamperedWith)) { try log.guard.confirmIntact() }
            try FileManager.default.moveItem(atPath: aside, toPath: folder.file(name).path)
            try log.integrate()
            try log.guard.confirmIntact()
        }
        // The whole folder replaced by a faithful copy is accepted after its content has been compared.
        let audit = folder.settings.folder
        try FileManager.default.copyItem(atPath: audit, toPath: aside)
        try FileManager.default.removeItem(atPath: audit)
        #expect(throws: Fault(.auditTamperedWith)) { try log.guard.confirmIntact() }
        try FileManager.default.moveItem(atPath: aside, toPath: audit)
        #expect(throws: Fault(.auditTamperedWith)) { try log.guard.confirmIntact() }
        try log.integrate()
        for _ in 0..<5 { try log.guard.confirmIntact() }
    }

    @Test func `a key that others can read is refused`() throws {
        let folder = try Folder()
        _ = try TileLog.open(folder.settings, source: MemoryEntries())
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.settings.keyFile)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o644], ofItemAtPath: folder.settings.keyFile)
        let fault = #expect(throws: Fault.self) {
            try TileLog.open(folder.settings, source: MemoryEntries())
        }
        #expect(fault?.note.contains("chmod 600") == true)
    }

    @Test func `a pipe in a file's place hangs nobody`() throws {
        let folder = try Folder()
        let entries = MemoryEntries()
        let log = try TileLog.open(folder.settings, source: entries)
        entries.append(Samples.pool[..<3])
        try log.integrate()
        let path = folder.file("tile/entries/000.p/3").path
        try FileManager.default.removeItem(atPath: path)
        #expect(mkfifo(path, 0o600) == 0)
        let report = AuditVerifier(key: log.verifier).verify(DiskLogFolder(folder.settings.folder))
        #expect(report.findings.map(\.kind).contains(.unreadable))
    }

    @Test(
        .enabled("set POSTERN_MEASURE to measure") {
            ProcessInfo.processInfo.environment["POSTERN_MEASURE"] != nil
        })
    func `measure integrating, the guard and verifying`() throws {
        let folder = try Folder()
        let leaves = (0..<50).flatMap { _ in Samples.pool }
        let entries = MemoryEntries()
        let log = try TileLog.open(folder.settings, source: entries)
        entries.append(leaves)
        let clock = ContinuousClock()
        let integrating = try clock.measure { while try log.integrate() > 0 {} }
        let guarding = try clock.measure { for _ in 0..<100_000 { try log.guard.confirmIntact() } }
        var verifier = AuditVerifier(key: log.verifier)
        let verifying = clock.measure { _ = verifier.verify(DiskLogFolder(folder.settings.folder)) }
        verifier.readsEntries = false
        let hashing = clock.measure { _ = verifier.verify(DiskLogFolder(folder.settings.folder)) }
        entries.append(Samples.pool.prefix(100))
        let small = try clock.measure { try log.integrate() }
        print(
            "integrate 100,000: \(integrating); guard: \(guarding / 100_000); small step: \(small)")
        print(
            "verify 100,000: \(verifying); hashes only: \(hashing); leaf \(leaves[0].count) bytes")
    }
}
