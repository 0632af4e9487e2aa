import PosternDialectKit

/// The texts this API takes for its fields, whole strings all of them.
enum Grammar {
    /// The longest URI, in UTF-16 code units, as Java counts.
    private static let longestURI = 1024

    /// The name of a relation.
    static func isRelationName(_ text: some StringProtocol) -> Bool {
        isName(text) { first in
            switch Unicode.Scalar(first) {
            case "-", "+": true
            default: false
            }
        } others: { byte in
            switch Unicode.Scalar(byte) {
            case "-", "_", "+", ":": true
            default: false
            }
        }
    }

    /// The name of a role.
    static func isRoleName(_ text: some StringProtocol) -> Bool {
        isName(text) { _ in
            false
        } others: {
            $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
        }
    }

    /// The id of a message that is answered: any 32 characters of one line.
    static func isMessageID(_ text: String) -> Bool {
        text.unicodeScalars.count == 32 && isOneLine(text)
    }

    /// A message's title: at most 256 characters of one line.
    static func isTitle(_ text: String) -> Bool {
        text.unicodeScalars.count <= 256 && isOneLine(text)
    }

    /// A URI of one of the schemes, in lower case, that Java's own reader would take.
    static func isURI(
        _ text: some StringProtocol,
        schemes: [String] = [
            "http", "https", "urn", "personium-localunit",
        ]
    ) -> Bool {
        guard text.utf16.count <= longestURI, let colon = text.firstIndex(of: ":"),
            schemes.contains(String(text[..<colon]))
        else { return false }
        let rest = text[text.index(after: colon)...]
        guard !rest.isEmpty, rest != "//", !rest.hasPrefix("#"),
            rest.unicodeScalars.allSatisfy(isURIScalar),
            rest.utf8.count(where: { $0 == UInt8(ascii: "#") }) <= 1
        else { return false }
        let parts = rest.utf8.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false)
        return parts.dropFirst().allSatisfy { part in
            part.count >= 2 && part.prefix(2).allSatisfy { $0.hexadecimalValue != nil }
        }
    }

    /// The class URL of a relation: `{cell}/__relation/__/{name}`, with a slash at its end or without.
    static func isRelationClassURL(_ text: String) -> Bool {
        className(in: text, of: "__relation").map { isRelationName($0.name) } ?? false
    }

    /// The class URL of a role: `{cell}/__role/__/{name}`, with a slash at its end or without.
    static func isRoleClassURL(_ text: String) -> Bool {
        className(in: text, of: "__role").map { isRoleName($0.name) } ?? false
    }

    /// What stands before and after `{kind}/__/` in a class URL; nil for anything that is none.
    static func className(
        in text: String, of kind: String
    ) -> (cell: String, name: Substring)? {
        guard isURI(text, schemes: ["http", "https", "personium-localunit"]) else { return nil }
        let trimmed = text.hasSuffix("/") ? text.dropLast() : text[...]
        let parts = trimmed.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[parts.count - 3] == kind, parts[parts.count - 2] == "__",
            !parts[parts.count - 4].isEmpty
        else { return nil }
        return (parts.dropLast(3).joined(separator: "/") + "/", parts[parts.count - 1])
    }

    private static func isName(
        _ text: some StringProtocol, first: (UInt8) -> Bool, others: (UInt8) -> Bool
    ) -> Bool {
        let bytes = text.utf8
        guard (1...128).contains(bytes.count), let start = bytes.first else { return false }
        return (start.isASCIILetter || start.isASCIIDigit || first(start))
            && bytes.dropFirst().allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || others($0) }
    }

    private static func isOneLine(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.value {
            case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: false
            default: true
            }
        }
    }

    /// RFC 2396, and beyond ASCII all but spaces and control characters.
    private static func isURIScalar(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.isASCII else {
            switch scalar.properties.generalCategory {
            case .control, .spaceSeparator, .lineSeparator, .paragraphSeparator: return false
            default: return true
            }
        }
        switch scalar {
        case "\"", "<", ">", "\\", "^", "`", "{", "|", "}": return false
        default: return scalar.value > 0x20 && scalar.value != 0x7F
        }
    }
}
