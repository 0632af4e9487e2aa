import Foundation
import PosternContent
import PosternModel

/// A scanner for one list over all parts, without a cache.
func scanner(
    _ words: [String] = [], substrings: [String] = [], patterns: [String] = [], threshold: Int = 1,
    parts: Set<MessagePart> = Set(MessagePart.allCases)
) throws -> ContentScanner {
    try ContentScanner(
        lists: [
            list(
                words, substrings: substrings, patterns: patterns, threshold: threshold,
                parts: parts)
        ],
        cache: nil)
}

func list(
    _ words: [String], substrings: [String] = [], patterns: [String] = [], threshold: Int = 1,
    parts: Set<MessagePart> = Set(MessagePart.allCases), id: String = "list"
) -> KeywordList {
    let texts =
        words.map { ($0, KeywordList.Kind.word) } + substrings.map { ($0, .substring) }
        + patterns.map { ($0, .pattern) }
    return KeywordList(
        id: id, parts: parts, threshold: threshold,
        entries: texts.enumerated().map { .init(text: $1.0, kind: $1.1, line: $0 + 1) })
}

extension ContentScanner {
    /// Scans a subject only.
    func scan(subject: String) throws -> [ContentHit] {
        try scan(subject: subject, body: "", format: .text, attachmentNames: [], lists: nil)
    }

    /// Scans a body only.
    func scan(body: String, _ format: BodyFormat = .text) throws -> [ContentHit] {
        try scan(subject: "", body: body, format: format, attachmentNames: [], lists: nil)
    }
}

/// What a hit's spans cover in a text.
func covered(_ hits: [ContentHit], of text: String) -> [String] {
    let bytes = Array(text.utf8)
    return hits.flatMap(\.spans).map { String(decoding: bytes[$0], as: UTF8.self) }
}

/// Words that stand in no text, enough of them for the other words of a list to be looked up in a table.
let crowd = (0..<6000).map { "zzz\($0)zzz" }

/// A generator whose numbers are the same in every run (SplitMix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

/// Runs a body with a folder of its own, removed afterwards.
func withFolder<Value>(_ body: (URL) throws -> Value) throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appending(
        path: "postern-content-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}
