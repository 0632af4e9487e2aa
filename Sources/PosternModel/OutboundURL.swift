/// Where Postern calls others: an `https` address, or an `http` one on this very machine.
///
/// Taken apart here and nowhere else, so that what was checked is what is called. User names and passwords are refused
/// because they would reach logs, fragments because they would be dropped unseen.
public struct OutboundURL: Hashable, Sendable, CustomStringConvertible {
    /// Whether the way there is protected by TLS.
    public let isSecure: Bool
    /// The host's name in lower case, or its IP address, IPv6 without its brackets.
    public let host: String
    /// The port, the scheme's own where none is written.
    public let port: Int
    /// Path and query; at least `/`.
    public let target: String

    /// What is wrong with a text; the raw value is a whole sentence.
    public enum Problem: String, Error, Sendable, CaseIterable {
        /// Longer than 2048 bytes.
        case tooLong = "It is longer than 2048 bytes."
        /// Spaces, control characters, anything else that must be percent-encoded.
        case characters = "It holds characters that do not belong in an address."
        /// Neither `https` nor `http`.
        case scheme = "It must begin with `https://`."
        /// `http` to another machine.
        case unprotected = "`http` does not protect what goes to another machine; use `https`."
        /// A name or password before the host.
        case userInfo = "It must hold no user name and no password: they would reach logs."
        /// Something behind a `#`.
        case fragment = "It must hold no `#`: what follows one is never sent."
        /// No host, or none that can be called.
        case host = "It names no host that can be called."
        /// No number from 1 to 65535.
        case port = "Its port must be a number from 1 to 65535."
    }

    /// Takes a text apart.
    ///
    /// - Throws: The first problem found.
    public init(_ text: String) throws(Problem) {
        guard text.utf8.count <= 2048 else { throw .tooLong }
        guard text.utf8.allSatisfy(Self.isAllowed) else { throw .characters }
        guard let colon = text.firstRange(of: "://") else { throw .scheme }
        switch text[..<colon.lowerBound].lowercased() {
        case "https": isSecure = true
        case "http": isSecure = false
        default: throw .scheme
        }
        let rest = text[colon.upperBound...]
        guard !rest.contains("#") else { throw .fragment }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else { throw .userInfo }
        let (host, port) = try Self.parts(authority)
        self.host = host
        self.port = try port.map(Self.number) ?? (isSecure ? 443 : 80)
        let target = rest.dropFirst(authority.count)
        self.target = target.hasPrefix("/") ? String(target) : "/" + target
        guard isSecure || Self.loopback.contains(host) else { throw .unprotected }
    }

    /// The address as it is called, its port always written.
    public var description: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(isSecure ? "https" : "http")://\(name):\(port)\(target)"
    }

    /// The address of what lies in the folder that this one names; what follows a question mark here is left out.
    ///
    /// - Parameter target: Path and query behind the folder's, with a slash before them.
    /// - Returns: The address.
    /// - Throws: ``Problem/tooLong``, or what else is wrong with the target.
    public func appending(_ target: String) throws(Problem) -> OutboundURL {
        let origin = description.dropLast(self.target.utf8.count)
        let path = self.target.prefix { $0 != "?" }
        return try OutboundURL(origin + (path.hasSuffix("/") ? path.dropLast() : path) + target)
    }

    private static let loopback = ["localhost", "127.0.0.1", "::1"]

    private static func parts(
        _ authority: Substring
    ) throws(Problem) -> (host: String, port: Substring?) {
        let host: Substring
        let after: Substring
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { throw .host }
            host = authority[..<end].dropFirst()
            after = authority[end...].dropFirst()
            guard host.contains(":"), host.utf8.allSatisfy({ isHexadecimal($0) || $0 == 58 })
            else { throw .host }
        } else {
            host = authority.prefix { $0 != ":" }
            after = authority.dropFirst(host.count)
            guard (1...253).contains(host.utf8.count), isName(host) else { throw .host }
        }
        if after.isEmpty { return (host.lowercased(), nil) }
        guard after.first == ":" else { throw .host }
        return (host.lowercased(), after.dropFirst())
    }

    /// Labels of letters, digits and hyphens, none of them empty; an IPv4 address is made of such, too.
    private static func isName(_ text: Substring) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
        }
    }

    private static func number(_ text: Substring) throws(Problem) -> Int {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }),
            let port = Int(text), (1...65_535).contains(port)
        else { throw .port }
        return port
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || "-._~:/?#[]@!$&'()*+,;=%".utf8.contains(byte)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte | 0x20 {
        case UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
    }
}
