import Foundation
import PosternAudit
import PosternModel
import PosternPipeline
import Testing

@Suite struct AuditTailTests {
    @Test func `entries come in order, each once, as the log grows`() throws {
        let bench = Bench()
        let log = try bench.open()
        var next: UInt64 = 0
        var seen: [[UInt8]] = []
        for size in [0, 1, 3, 255, 300, 512, 700] {
            try bench.grow(log, to: size)
            var tail = AuditTail(bench.folder, from: next)
            while case let lines = try tail.read(), !lines.isEmpty {
                #expect(
                    lines.map(\.index)
                        == Array(UInt64(seen.count)..<UInt64(seen.count + lines.count)))
                seen += lines.map(\.leaf)
            }
            next = tail.next
            #expect(seen.count == size)
        }
        #expect(seen == Array(Samples.pool[..<700]))
    }

    @Test func `a line shows what an entry says and nothing moves the terminal`() throws {
        let policy = try #require(Samples.policy)
        let id = try #require(DecisionID(String(repeating: "0a", count: 16)))
        let entry = AuditEntry(
            kind: .administration, id: id, at: Instant(milliseconds: 1_700_000_000_123),
            policy: policy,
            dialect: "secure-messaging", request: "r1", count: 3,
            note: "evil\n\u{1B}[2J\u{202E}\"end\u{9B}")
        let bench = Bench()
        let log = try bench.open()
        bench.entries.append([
            try SealedEntry(entry, subject: nil, openings: []).leaf, Array("no".utf8),
        ])
        try log.integrate()
        var tail = AuditTail(bench.folder)
        let lines = try tail.read()
        #expect(
            lines[0].text
                == "0 2023-11-14T22:13:20.123Z administration id=\(id) policy=abababababab "
                + "dialect=secure-messaging request=r1 count=3 "
                + #"note="evil\u{a}\u{1b}[2J\u{202e}\"end\u{9b}""#)
        #expect(lines[1].text == "1 not an audit entry")
        #expect(lines[1].json == #"{"index":1,"entry":null}"#)
        #expect(
            !lines[0].json.unicodeScalars.contains {
                $0.value < 0x20 || $0 == "\u{9B}" || $0 == "\u{202E}"
            })
        struct Wrapped: Decodable { let index: Int, entry: AuditEntry }
        let read = try JSONDecoder().decode(Wrapped.self, from: Data(lines[0].json.utf8))
        #expect(read.entry == entry)
    }

    @Test(arguments: [nil, "38"] as [String?])
    func `a line says what was asked for and what came of it`(_ refusal: String?) throws {
        let policy = try #require(Samples.policy)
        let id = try #require(DecisionID(String(repeating: "0a", count: 16)))
        let entry = AuditEntry(
            kind: .operation, id: id, at: Instant(milliseconds: 0), policy: policy,
            operation: "readMessage", refusal: refusal)
        let bench = Bench()
        let log = try bench.open()
        bench.entries.append([try SealedEntry(entry, subject: nil, openings: []).leaf])
        try log.integrate()
        var tail = AuditTail(bench.folder)
        let words = refusal.map { "refused code=\($0)" } ?? "done"
        let line =
            "0 1970-01-01T00:00:00.000Z operation id=\(id) readMessage \(words) policy=abababababab"
        let texts = try tail.read().map { $0.text }
        #expect(texts == [line])
    }

    @Test func `a missing checkpoint and a broken bundle are faults`() throws {
        let bench = Bench()
        try bench.grow(try bench.open(), to: 5)
        var folder = bench.folder
        folder.files["tile/entries/000.p/5"]?.removeLast()
        var tail = AuditTail(folder)
        #expect(throws: Fault(.auditTamperedWith)) { try tail.read() }
        folder.files["checkpoint"] = nil
        var gone = AuditTail(folder)
        #expect(throws: Fault(.auditTamperedWith)) { try gone.read() }
    }
}
