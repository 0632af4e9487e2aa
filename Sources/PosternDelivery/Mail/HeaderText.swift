internal import Foundation

/// Free text made fit for a header field: as it is when it is short printable ASCII, as RFC 2047
/// encoded words otherwise, and not at all when it holds a control character.
///
/// WHY NOT: encode control characters too. An encoded line feed is harmless on the wire and becomes a
/// header again in the first mail program that decodes before it splits.
enum HeaderText {
    /// Longest text taken, in UTF-8 bytes.
    static let limit = 4_096

    /// Renders the value of an unstructured field, such as a subject, folded for a field name of `indent` characters.
    ///
    /// - Returns: Nil when the text holds a control character or is longer than ``limit``.
    static func unstructured(_ text: String, indent: Int) -> String? {
        guard isAcceptable(text) else { return nil }
        let bytes = text.utf8
        let isLiteral =
            bytes.count + indent <= 76 && bytes.allSatisfy { (32...126).contains($0) }
            && !text.contains("=?") && bytes.first != UInt8(ascii: " ")
            && bytes.last != UInt8(ascii: " ")
        return isLiteral ? text : encodedWords(text, indent: indent)
    }

    /// Renders a display name for use before an address in angle brackets.
    ///
    /// - Returns: Nil when the text holds a control character or is longer than ``limit``.
    static func phrase(_ text: String, indent: Int) -> String? {
        guard isAcceptable(text) else { return nil }
        let escaped = text.flatMap { character -> [Character] in
            character == "\"" || character == "\\" ? ["\\", character] : [character]
        }
        let quoted = "\"" + String(escaped) + "\""
        guard quoted.utf8.count + indent <= 76, text.utf8.allSatisfy({ (32...126).contains($0) }),
            !text.contains("=?")
        else { return encodedWords(text, indent: indent) }
        return quoted
    }

    private static func isAcceptable(_ text: String) -> Bool {
        text.utf8.count <= limit
            && !text.unicodeScalars.contains {
                // U+2028 and U+2029 end lines in some readers.
                $0.properties.generalCategory == .control || $0 == "\u{2028}" || $0 == "\u{2029}"
            }
    }

    /// Words of at most 75 characters, each holding whole characters, joined by folds (RFC 2047 sections 2 and 5).
    private static func encodedWords(_ text: String, indent: Int) -> String {
        var words: [String] = []
        var chunk: [UInt8] = []
        func room() -> Int {
            // "=?utf-8?B?" and "?=" take 12 of the 75; base64 makes 4 of every 3.
            (min(75, words.isEmpty ? 76 - indent : 75) - 12) / 4 * 3
        }
        func finish() {
            words.append("=?utf-8?B?\(Data(chunk).base64EncodedString())?=")
            chunk.removeAll(keepingCapacity: true)
        }
        for scalar in text.unicodeScalars {
            let encoded = Array(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            if chunk.count + encoded.count > room() { finish() }
            chunk.append(contentsOf: encoded)
        }
        if !chunk.isEmpty { finish() }
        return words.joined(separator: "\r\n ")
    }
}
