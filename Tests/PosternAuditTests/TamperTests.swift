import PosternAudit
import PosternTransparency
import Testing

/// A thousand random edits: each must be found, and found where it was made.
@Suite struct TamperTests {
    /// A log of 700 entries with the partial files a slow growth leaves, and two kept checkpoints.
    struct Original {
        let files: [String: [UInt8]]
        let key: NoteVerifier
        let kept: [[UInt8]]
        let older: [String: [UInt8]]

        init() throws {
            let bench = Bench()
            let log = try bench.open()
            try bench.grow(log, to: 310)
            let early = bench.checkpoint
            try bench.grow(log, to: 600)
            older = bench.folder.files
            try bench.grow(log, to: 650)
            try bench.grow(log, to: 700)
            files = bench.folder.files
            key = log.verifier
            kept = [early, bench.checkpoint]
        }
    }

    enum Edit: String, CaseIterable {
        case flip, deleteEntry, swapEntries, insertEntry, cutTail, deleteFile, truncateFile,
            appendGarbage,
            swapFiles, rollBack
    }

    @Test func `a thousand random edits are all found, each in its place`() throws {
        let original = try Original()
        #expect(
            AuditVerifier(key: original.key, kept: original.kept)
                .verify(MemoryFolder(files: original.files)).findings == [])
        var random = Seeded(state: 20_261_121)
        for number in 0..<1000 {
            let edit = Edit.allCases[number % Edit.allCases.count]
            var files = original.files
            let touched = apply(edit, to: &files, original, &random)
            guard files != original.files else { continue }
            var verifier = AuditVerifier(key: original.key, kept: original.kept)
            verifier.readsEntries = number % 50 == 0
            let report = verifier.verify(MemoryFolder(files: files))
            #expect(!report.isSound, "edit \(number), \(edit): \(touched)")
            let located = report.findings.contains { finding in
                touched.contains(finding.file)
                    || touched.contains { finding.detail.contains($0) }
            }
            #expect(located, "edit \(number), \(edit): \(touched), found \(report.findings)")
        }
    }

    /// Makes one edit, and returns the files it touched.
    private func apply(
        _ edit: Edit, to files: inout [String: [UInt8]], _ original: Original,
        _ random: inout Seeded
    ) -> [String] {
        let paths = files.keys.sorted()
        let needed = Expected.files(700).keys.sorted() + ["checkpoint"]
        let bundles = ["tile/entries/000", "tile/entries/001", "tile/entries/002.p/188"]
        let path = paths[Int(random.next() % UInt64(paths.count))]
        let bundle = bundles[Int(random.next() % 3)]
        func position(_ path: String) -> Int {
            Int(random.next() % UInt64(max(1, files[path]?.count ?? 1)))
        }
        switch edit {
        case .flip:
            let place = position(path)
            files[path]?[place] ^= 1 << UInt8(random.next() % 8)
            return [path]
        case .deleteEntry, .swapEntries, .insertEntry:
            var entries = Self.split(files[bundle] ?? [])
            let (one, two) = (
                Int(random.next() % UInt64(entries.count)),
                Int(random.next() % UInt64(entries.count))
            )
            switch edit {
            case .deleteEntry: entries.remove(at: one)
            case .swapEntries: entries.swapAt(one, two)
            default: entries.insert(entries[two], at: one)
            }
            files[bundle] = EntryBundle.encode(entries)
            return [bundle]
        case .cutTail:
            // Cut with everything the cut needs, an older checkpoint included.
            files = original.older
            return ["checkpoint"]
        case .deleteFile:
            let gone = needed[Int(random.next() % UInt64(needed.count))]
            files[gone] = nil
            return [gone]
        case .truncateFile:
            let place = position(path)
            files[path]?.removeSubrange(place...)
            return [path]
        case .appendGarbage:
            files[path]?.append(UInt8(random.next() & 0xFF))
            return [path]
        case .swapFiles:
            let other = paths[Int(random.next() % UInt64(paths.count))]
            (files[path], files[other]) = (files[other], files[path])
            return [path, other]
        case .rollBack:
            files["checkpoint"] = original.older["checkpoint"]
            return ["checkpoint"]
        }
    }

    private static func split(_ bytes: [UInt8]) -> [[UInt8]] {
        var entries: [[UInt8]] = []
        var position = 0
        while position + 2 <= bytes.count {
            let end = position + 2 + Int(bytes[position]) << 8 + Int(bytes[position + 1])
            entries.append(Array(bytes[position + 2..<end]))
            position = end
        }
        return entries
    }

    @Test func `a rewritten log with a good signature is found by a kept checkpoint`() throws {
        let bench = Bench()
        let log = try bench.open()
        try bench.grow(log, to: 300)
        let kept = bench.checkpoint
        // The same key signs other entries: only somebody with the key could do this.
        let other = Bench()
        let key = bench.disk.tree("/data")["log.key"] ?? []
        other.disk.replace("/data/log.key", with: key, permissions: 0o600)
        let rewritten = try other.open()
        other.entries.append(Samples.pool[1000..<1400])
        try rewritten.integrate()
        let report = AuditVerifier(key: log.verifier, kept: [kept]).verify(other.folder)
        #expect(report.findings.map(\.kind) == [.rewritten])
        #expect(report.findings.first?.entries == 0..<300)
    }

    @Test func `another log's key accepts nothing`() throws {
        let bench = Bench()
        try bench.grow(try bench.open(), to: 3)
        let other = try #require(NoteSigner(generating: Samples.settings.origin)).verifier
        #expect(
            AuditVerifier(key: other).verify(bench.folder).findings.map(\.kind) == [.checkpoint])
    }

    @Test
    func `leaves that are no entries are told of, later versions are not held against the log`()
        throws
    {
        let bench = Bench()
        let log = try bench.open()
        bench.entries.append(
            ["{\"version\":2,\"new\":true}", "no entry", "{\"version\":1}"].map { Array($0.utf8) })
        try log.integrate()
        let report = AuditVerifier(key: log.verifier).verify(bench.folder)
        #expect(report.findings.map(\.kind) == [.malformedEntry, .malformedEntry])
        #expect(report.findings.map(\.entries) == [1..<2, 2..<3])
        #expect(report.newerEntries == 1)
    }

    @Test func `a size that is only a number costs nothing`() throws {
        let key = try #require(NoteSigner(generating: "example.com/huge"))
        let huge = try #require(
            Checkpoint(origin: "example.com/huge", size: TreeSize.limit, root: .leaf([])))
        let folder = MemoryFolder(files: ["checkpoint": try huge.signed(by: [key]).bytes])
        let report = AuditVerifier(key: key.verifier).verify(folder)
        #expect(!report.isSound)
        #expect(report.findings.count == AuditVerifier.largestFindingCount)
    }

    @Test func `random bytes in every file never stop the verifier`() throws {
        let original = try Original()
        var random = Seeded(state: 7)
        for _ in 0..<200 {
            var files = original.files
            for path in files.keys where path != "checkpoint" && random.next() % 4 == 0 {
                files[path] = (0..<Int(random.next() % 9000)).map { _ in
                    UInt8(truncatingIfNeeded: random.next())
                }
            }
            _ = AuditVerifier(key: original.key).verify(MemoryFolder(files: files))
        }
    }
}

/// The same numbers in every run (SplitMix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
