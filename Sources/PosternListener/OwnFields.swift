internal import HTTPTypes

/// Fields of answers that are the listener's own to write.
enum OwnFields {
    /// Whether the listener writes a field itself, or HTTP/1 frames messages with it.
    ///
    /// Length and first letter rule out nearly every other name before a text is compared.
    static func contains(_ name: HTTPField.Name) -> Bool {
        let text = name.canonicalName
        let word: StaticString
        switch (text.utf8.count, text.utf8.first) {
        case (4, UInt8(ascii: "d")): word = "date"
        case (6, UInt8(ascii: "s")): word = "server"
        case (7, UInt8(ascii: "t")): word = "trailer"
        case (7, UInt8(ascii: "u")): word = "upgrade"
        case (10, UInt8(ascii: "c")): word = "connection"
        case (10, UInt8(ascii: "k")): word = "keep-alive"
        case (14, UInt8(ascii: "c")): word = "content-length"
        case (16, UInt8(ascii: "p")): word = "proxy-connection"
        case (17, UInt8(ascii: "t")): word = "transfer-encoding"
        case (25, UInt8(ascii: "s")): word = "strict-transport-security"
        default: return false
        }
        return RequestRules.equal(text, word)
    }

    /// The value of `Strict-Transport-Security` that Mozilla recommends: two years.
    static let transportSecurity = "max-age=63072000"
}
