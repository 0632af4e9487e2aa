import CVectorscan
import Foundation

/// Expressions compiled by Vectorscan.
///
/// `@unchecked Sendable`: the pointer is set once, and Vectorscan's databases are read-only after
/// compilation and may be shared by any number of threads, each scanning with its own scratch (its
/// developer reference, "Scratch space"). Nothing frees it before the last reference goes.
final class KeywordDatabase: @unchecked Sendable {
    let pointer: OpaquePointer

    private init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { hs_free_database(pointer) }

    /// Compiles the literals; nil when there are none.
    static func literals(of keywords: Keywords) throws(KeywordFaults) -> KeywordDatabase? {
        let literals = keywords.literals
        guard !literals.isEmpty else { return nil }
        let outcome = literals.bytes.withUnsafeBytes {
            bytes -> Result<KeywordDatabase, Refusal> in
            var expressions: [UnsafePointer<CChar>?] = []
            expressions.reserveCapacity(literals.meanings.count)
            var at = bytes.bindMemory(to: CChar.self).baseAddress
            for literal in literals.meanings {
                expressions.append(at)
                at = at?.advanced(by: Int(literal.length))
            }
            return compile { database, error in
                hs_compile_lit_multi(
                    expressions, [UInt32](repeating: 0, count: expressions.count),
                    Array(0..<UInt32(expressions.count)), literals.meanings.map { Int($0.length) },
                    UInt32(expressions.count), UInt32(HS_MODE_BLOCK), nil, database, error)
            }
        }
        switch outcome {
        case .success(let database): return database
        case .failure(let refusal):
            throw KeywordFaults(entries: [.init(list: "", line: 0, message: refusal.message)])
        }
    }

    /// Compiles the patterns; nil when there are none.
    ///
    /// Every pattern that Vectorscan refuses is in the faults.
    static func patterns(of keywords: Keywords) throws(KeywordFaults) -> KeywordDatabase? {
        let patterns = keywords.patterns
        guard !patterns.isEmpty else { return nil }
        switch compile(patterns) {
        case .success(let database): return database
        case .failure(let refusal):
            // Vectorscan stops at the first. Its author wants them all, so each is asked about
            // alone.
            var faults: [KeywordFaults.Entry] = []
            for pattern in patterns {
                if case .failure(let own) = compile([pattern]) {
                    faults.append(
                        .init(list: pattern.list, line: pattern.line, message: own.message))
                }
            }
            if faults.isEmpty { faults = [.init(list: "", line: 0, message: refusal.message)] }
            throw KeywordFaults(entries: faults)
        }
    }

    private struct Refusal: Error { let message: String }

    private static func compile(_ patterns: [Keywords.Pattern]) -> Result<KeywordDatabase, Refusal>
    {
        let texts = patterns.map { Array($0.text.utf8CString) }
        let flags = patterns.map { UInt32(truncatingIfNeeded: Self.flags(for: $0.text)) }
        let joined = texts.flatMap { $0 }
        return joined.withUnsafeBufferPointer { bytes in
            var expressions: [UnsafePointer<CChar>?] = []
            var at = bytes.baseAddress
            for text in texts {
                expressions.append(at)
                at = at?.advanced(by: text.count)
            }
            return compile { database, error in
                hs_compile_multi(
                    expressions, flags, Array(0..<UInt32(texts.count)), UInt32(texts.count),
                    UInt32(HS_MODE_BLOCK), nil, database, error)
            }
        }
    }

    /// How a pattern is compiled.
    ///
    /// Patterns meet case-folded text, so capitals in them must match small letters. Vectorscan has
    /// `\b` and `\B` for ASCII only: a pattern with either gives up Unicode's classes for them.
    private static func flags(for pattern: String) -> Int32 {
        let plain = HS_FLAG_UTF8 | HS_FLAG_CASELESS | HS_FLAG_SOM_LEFTMOST
        var escaped = false
        for character in pattern.utf8 {
            if escaped, character == UInt8(ascii: "b") || character == UInt8(ascii: "B") {
                return plain
            }
            escaped = !escaped && character == UInt8(ascii: "\\")
        }
        return plain | HS_FLAG_UCP
    }

    private static func compile(
        _ body: (
            UnsafeMutablePointer<OpaquePointer?>,
            UnsafeMutablePointer<UnsafeMutablePointer<hs_compile_error_t>?>
        ) -> hs_error_t
    ) -> Result<KeywordDatabase, Refusal> {
        var database: OpaquePointer?
        var error: UnsafeMutablePointer<hs_compile_error_t>?
        let code = body(&database, &error)
        defer { hs_free_compile_error(error) }
        if code == HS_SUCCESS, let database { return .success(KeywordDatabase(database)) }
        let told =
            error?.pointee.message.map { String(cString: $0) } ?? "Vectorscan failed with \(code)."
        return .failure(Refusal(message: plain(told)))
    }

    /// Vectorscan's own words, but where they name a flag no policy can set or leave the author
    /// without advice.
    private static func plain(_ message: String) -> String {
        if message.hasPrefix("Pattern matches empty buffer") {
            return "The pattern matches the empty text."
        }
        if message == "Pattern is too large." {
            return message
                + " Repeat fewer times, or repeat narrower classes: [a-z] for \\p{L} or \\w."
        }
        return message
    }

    /// Writes the compiled form as bytes; nil if Vectorscan cannot.
    func serialised() -> [UInt8]? {
        var bytes: UnsafeMutablePointer<CChar>?
        var length = 0
        guard hs_serialize_database(pointer, &bytes, &length) == HS_SUCCESS, let bytes else {
            return nil
        }
        defer { free(bytes) }
        return Array(UnsafeRawBufferPointer(start: bytes, count: length))
    }

    /// Reads what ``serialised()`` wrote; nil for another machine, another version or damaged
    /// bytes.
    convenience init?(serialised bytes: UnsafeRawBufferPointer) {
        var database: OpaquePointer?
        guard
            hs_deserialize_database(
                bytes.bindMemory(to: CChar.self).baseAddress, bytes.count, &database) == HS_SUCCESS,
            let database
        else { return nil }
        self.init(database)
    }
}
