import PosternAudit
import PosternModel
import PosternTransparency
import Testing

@Suite struct TileLogTests {
    @Test func `every size from 0 to 700 leaves a log that verifies`() throws {
        let bench = Bench()
        let log = try bench.open()
        var kept: [[UInt8]] = [bench.checkpoint]
        for size in 1...700 {
            try bench.grow(log, to: size)
            try log.guard.confirmIntact()
            if size % 5 == 0 || (size & 255) < 2 { expectFiles(bench, log, size) }
            if size % 97 == 0 || size == 256 {
                let report = AuditVerifier(key: log.verifier, kept: kept).verify(bench.folder)
                #expect(report.findings == [])
                #expect(report.entries == UInt64(size))
                #expect(report.checkpoint?.size == UInt64(size))
            }
            if size % 50 < 2 { kept.append(bench.checkpoint) }
        }
        let report = AuditVerifier(key: log.verifier, kept: kept).verify(bench.folder)
        #expect(report.findings == [])
        #expect(report.entries == 700)
        // Partial files whose full form is there are gone.
        #expect(bench.folder.files.keys.allSatisfy { !$0.hasPrefix("tile/entries/000.p") })
    }

    @Test(arguments: [0, 1, 2, 255, 256, 257, 511, 512, 700, 1999])
    func `a log opens again at any size and goes on`(size: Int) throws {
        let bench = Bench()
        do {
            let log = try bench.open()
            try bench.grow(log, to: size)
        }
        let log = try bench.open()
        try log.guard.confirmIntact()
        try bench.grow(log, to: size + 1)
        let report = AuditVerifier(key: log.verifier).verify(bench.folder)
        #expect(report.findings == [])
        #expect(report.checkpoint?.size == UInt64(size + 1))
    }

    @Test func `growing at once or one by one makes the same files`() throws {
        let bench = Bench()
        let log = try bench.open()
        try bench.grow(log, to: 600)
        var frontier = MerkleFrontier()
        for leaf in Samples.pool[..<600] { frontier.append(.leaf(leaf)) }
        let checkpoint = try Checkpoint.open(
            bench.checkpoint, origin: Samples.settings.origin, verifiers: [log.verifier])
        #expect(checkpoint.root == frontier.root)
    }

    @Test func `the signing key is made once, for its owner alone, outside the folder`() throws {
        let bench = Bench()
        let first = try bench.open().verifier
        let stamp = try bench.disk.stamp("/data/log.key", in: .anywhere)
        #expect(stamp?.permissions == 0o600)
        #expect(
            bench.disk.tree("/data")["log.vkey"].map { String(decoding: $0, as: UTF8.self) }
                == first.text + "\n")
        #expect(try bench.open().verifier == first)
        #expect(!bench.folder.files.keys.contains { $0.contains("key") })
    }

    @Test func `a second process is refused while the first has the log`() throws {
        let bench = Bench()
        let log = try bench.open()
        #expect(throws: Fault(.auditUnwritable)) { try bench.open() }
        withExtendedLifetime(log) {}
    }

    @Test func `a log that was removed is refused and not made anew`() throws {
        let bench = Bench()
        try bench.grow(try bench.open(), to: 3)
        _ = bench.disk.takeAway("/data/audit")
        let fault = #expect(throws: Fault.self) { try bench.open() }
        #expect(fault?.code == .auditTamperedWith)
        #expect(fault?.note.contains("was removed") == true)
    }

    @Test func `an empty log that was removed is missed too`() throws {
        let bench = Bench()
        _ = try bench.open()
        _ = bench.disk.takeAway("/data/audit")
        #expect(throws: Fault(.auditTamperedWith)) { try bench.open() }
    }

    @Test func `a database that was rolled back is refused`() throws {
        let bench = Bench()
        try bench.grow(try bench.open(), to: 300)
        bench.entries.cut(to: 299)
        let fault = #expect(throws: Fault.self) { try bench.open() }
        #expect(fault?.code == .auditTamperedWith)
        #expect(fault?.note.contains("rolled back") == true)
    }

    @Test func `a database with another last entry is refused`() throws {
        let bench = Bench()
        try bench.grow(try bench.open(), to: 300)
        bench.entries.change(299, to: Samples.pool[500])
        #expect(throws: Fault(.auditTamperedWith)) { try bench.open() }
    }

    @Test func `a lost key and another log's key are refused`() throws {
        let bench = Bench()
        try bench.grow(try bench.open(), to: 3)
        let other = try #require(NoteSigner(generating: Samples.settings.origin))
        bench.disk.tamper("/data/log.key") { $0 = Array(other.exposedText.utf8) }
        #expect(throws: Fault(.auditTamperedWith)) { try bench.open() }
        _ = bench.disk.takeAway("/data/log.key")
        #expect(throws: Fault(.auditUnwritable)) { try bench.open() }
    }

    @Test(arguments: [
        "checkpoint", "tile/0/000", "tile/entries/000", "tile/1/000.p/1", "tile/0/001.p/44",
    ])
    func `opening finds a missing file`(path: String) throws {
        let bench = Bench()
        try bench.grow(try bench.open(), to: 300)
        _ = bench.disk.takeAway("/data/audit/\(path)")
        #expect(throws: Fault(.auditTamperedWith)) { try bench.open() }
    }

    @Test func `no descriptor is left open`() throws {
        let bench = Bench()
        do {
            let log = try bench.open()
            try bench.grow(log, to: 700)
            #expect(bench.disk.openCount == 1)  // the lock
        }
        #expect(bench.disk.openCount == 0)
    }
}
