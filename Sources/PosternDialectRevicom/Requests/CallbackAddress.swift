import PosternDialectKit

/// Where a client wants to hear what became of a message: an `https` address, with a login and password or without.
///
/// The secret half stays in ``text``, which is kept sealed and goes to whoever calls back; answers show ``shown``.
struct CallbackAddress: Equatable {
    /// The longest address, in bytes.
    static let longest = 1024

    /// The whole address.
    let text: String
    /// The host in lower case.
    let host: String
    /// The address without login and password.
    let shown: String

    /// Reads an address (RFC 3986 section 3); nil for anything that two readers could send to different hosts.
    ///
    /// The host is a name of letters, digits, dots and hyphens, never an address in brackets and nothing escaped; there
    /// is one `@` before it at most, no fragment, and no character that a URI does not have.
    init?(_ text: String) {
        let scheme = "https://"
        guard text.utf8.count <= Self.longest,
            text.prefix(scheme.utf8.count).equalsIgnoringCase(scheme),
            text.utf8.allSatisfy(Self.isAllowed)
        else { return nil }
        let rest = text.dropFirst(scheme.utf8.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let parts = authority.split(separator: "@", omittingEmptySubsequences: false)
        guard let place = parts.last, parts.count <= 2, Self.isEscaped(text.utf8) else {
            return nil
        }
        let ends = place.split(separator: ":", omittingEmptySubsequences: false)
        guard let host = ends.first, !host.isEmpty, ends.count <= 2,
            host.utf8.allSatisfy({
                $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: ".")
                    || $0 == UInt8(ascii: "-")
            }),
            ends.count == 1 || Self.isPort(ends[1])
        else { return nil }
        self.text = text
        self.host = host.asciiLowercased()
        shown = scheme + place + rest.dropFirst(authority.count)
    }

    private static func isPort(_ text: Substring) -> Bool {
        (1...5).contains(text.utf8.count) && text.utf8.allSatisfy(\.isASCIIDigit)
            && Int(text).map { (1...65_535).contains($0) } == true
    }

    /// Whether every `%` begins an escape.
    private static func isEscaped(_ bytes: String.UTF8View) -> Bool {
        let parts = Array(bytes).split(
            separator: UInt8(ascii: "%"), omittingEmptySubsequences: false)
        return parts.dropFirst().allSatisfy {
            $0.count >= 2 && $0.prefix(2).allSatisfy { $0.hexadecimalValue != nil }
        }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        if byte.isASCIILetter || byte.isASCIIDigit { return true }
        return switch Unicode.Scalar(byte) {
        case "-", ".", "_", "~", ":", "/", "?", "@", "!", "$", "&", "'", "(", ")", "*", "+", ",",
            ";", "=", "%":
            true
        default: false
        }
    }
}
