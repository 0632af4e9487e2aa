/// Where a client is called back, with the login and password that its address may hold.
///
/// Hidden as a whole: a path or query may be as secret as a password.
public struct CallbackURL: Sendable, Hashable, Concealed {
    /// Where that is, without login and password.
    public let place: OutboundURL
    /// Login and password with a colon between them, no longer percent-encoded; nil where the address holds none.
    public let userInfo: Secret?
    private let text: String

    /// Takes a text apart.
    ///
    /// - Returns: Nil for whatever ``OutboundURL`` refuses once login and password are taken off, and for those that HTTP
    ///   cannot carry (RFC 7617 section 2): control characters, no UTF-8, a colon within the login.
    public init?(_ text: String) {
        guard text.utf8.count <= 2048, let start = text.firstRange(of: "://")?.upperBound else {
            return nil
        }
        let authority = text[start...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let bare: String
        if let sign = authority.lastIndex(of: "@") {
            guard let userInfo = Self.userInfo(authority[..<sign]) else { return nil }
            self.userInfo = Secret(userInfo)
            bare = String(text[..<start]) + text[text.index(after: sign)...]
        } else {
            userInfo = nil
            bare = text
        }
        guard let place = try? OutboundURL(bare) else { return nil }
        self.place = place
        self.text = text
    }

    /// Lends the whole address for as long as it takes to seal it; keep no copy of it.
    public func withExposed<Result>(_ body: (String) throws -> Result) rethrows -> Result {
        try body(text)
    }

    private static func userInfo(_ text: Substring) -> String? {
        guard text.utf8.allSatisfy(isAllowed) else { return nil }
        let parts = text.split(
            separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let login = parts.first.flatMap(decoded), !login.utf8.contains(UInt8(ascii: ":")),
            let password = parts.count == 2 ? decoded(parts[1]) : ""
        else { return nil }
        return "\(login):\(password)"
    }

    private static func decoded(_ text: Substring) -> String? {
        let pieces = text.split(separator: "%", omittingEmptySubsequences: false)
        var bytes = Array(pieces[0].utf8)
        for piece in pieces.dropFirst() {
            guard piece.utf8.count >= 2, let escaped = Hexadecimal.decode(piece.prefix(2)) else {
                return nil
            }
            bytes += escaped
            bytes += piece.dropFirst(2).utf8
        }
        guard !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// What RFC 3986 section 3.2.1 lets stand in user information.
    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~!$&'()*+,;=:%".utf8.contains(byte)
        }
    }
}
