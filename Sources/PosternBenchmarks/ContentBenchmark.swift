import CVectorscan
import PosternContent
import PosternModel

/// How quickly bodies are searched, beside Vectorscan alone with the same words.
enum ContentBenchmark {
    static func run(rounds: Int) throws -> [Measurement] {
        var results: [Measurement] = []
        let ascii = Sample.body(bytes: 4096)
        for count in [1000, 100_000] {
            progress("content: \(count) keywords")
            let words = Sample.keywords(count)
            let scanner = try ContentScanner(lists: [list(words)], cache: nil)
            let raw = try RawScanner(words)
            for (id, what, body) in [
                ("ascii", "4 KiB ASCII body", ascii),
                ("crlf", "4 KiB ASCII body in lines", Sample.wrapped(ascii)),
            ] {
                let repetitions = count > 1000 ? 4000 : 20_000
                let (ours, limit) = try Timing.paired(rounds: rounds) {
                    try Timing.each(repetitions) { _ in try expectNothing(scanner, body) }
                } _: {
                    try Timing.each(repetitions) { _ in try raw.scan(body) }
                }
                // As rates, so that a ratio below one is slower than the limit.
                results.append(
                    Measurement(
                        "scan-\(id)-\(count)", "\(what), \(count) keywords", 1 / ours, "scans/s",
                        besides: "hs_scan", 1 / limit))
            }
            guard count == 100_000 else { continue }
            let unicode = Sample.unicodeBody(bytes: 64 * 1024)
            var times: [Double] = []
            for _ in 0..<rounds {
                times.append(try Timing.each(20) { _ in try expectNothing(scanner, unicode) })
            }
            results.append(
                Measurement(
                    "scan-unicode", "64 KiB Unicode body, \(count) keywords",
                    Timing.median(times) * 1000, "ms"))
        }
        return results
    }

    static func list(_ words: [String]) -> KeywordList {
        KeywordList(
            id: "banned", parts: [.subject, .body], threshold: 1,
            entries: words.enumerated().map { .init(text: $1, kind: .word, line: $0 + 1) })
    }

    private static func expectNothing(_ scanner: ContentScanner, _ body: String) throws {
        let hits = try scanner.scan(
            subject: "", body: body, format: .text, attachmentNames: [], lists: nil)
        guard hits.isEmpty else { throw Trouble("The sample's body holds a keyword.") }
    }
}

/// Vectorscan as such: one block-mode database of literals, as Postern's scanner keeps one.
final class RawScanner {
    private var database: OpaquePointer?
    private var scratch: OpaquePointer?

    init(_ words: [String]) throws {
        let bytes = words.map { Array($0.utf8CString) }
        let joined = bytes.flatMap { $0 }
        var error: UnsafeMutablePointer<hs_compile_error_t>?
        let code = joined.withUnsafeBufferPointer { joined in
            var expressions: [UnsafePointer<CChar>?] = []
            var at = joined.baseAddress
            for word in bytes {
                expressions.append(at)
                at = at?.advanced(by: word.count)
            }
            return hs_compile_lit_multi(
                expressions, [UInt32](repeating: 0, count: words.count),
                Array(0..<UInt32(words.count)),
                bytes.map { $0.count - 1 }, UInt32(words.count), UInt32(HS_MODE_BLOCK), nil,
                &database,
                &error)
        }
        hs_free_compile_error(error)
        guard code == HS_SUCCESS, hs_alloc_scratch(database, &scratch) == HS_SUCCESS else {
            throw Trouble("Vectorscan does not compile the sample's keywords.")
        }
    }

    deinit {
        hs_free_scratch(scratch)
        hs_free_database(database)
    }

    /// Scans a text, stopping at the first find, of which there must be none.
    func scan(_ text: String) throws {
        var text = text
        let code = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                hs_scan(
                    database, $0.baseAddress, UInt32($0.count), 0, scratch,
                    { _, _, _, _, _ in 1 }, nil)
            }
        }
        guard code == HS_SUCCESS else { throw Trouble("hs_scan failed with \(code).") }
    }
}
