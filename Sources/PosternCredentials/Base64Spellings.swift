import Foundation

/// Base64 without padding, as PHC strings write salts and hashes: the standard alphabet.
enum UnpaddedBase64 {
    static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("=", with: "")
    }

    /// Refuses padding, other alphabets and stray bits in the last character.
    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: text + padding),
            encode(Array(data)).utf8.elementsEqual(text.utf8)
        else { return nil }
        return Array(data)
    }
}

/// Base64url without padding (RFC 4648 section 5): safe in headers, cookies and URLs.
enum Base64URL {
    static func encode(_ bytes: [UInt8]) -> String {
        UnpaddedBase64.encode(bytes).replacing("+", with: "-").replacing("/", with: "_")
    }

    /// Refuses padding, the standard alphabet and stray bits in the last character: one text for the same bytes.
    static func decode(_ text: some StringProtocol) -> [UInt8]? { decode(Array(text.utf8)) }

    /// The same, from bytes.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var standard: [UInt8] = []
        standard.reserveCapacity(text.count)
        for byte in text {
            switch byte {
            case UInt8(ascii: "-"): standard.append(UInt8(ascii: "+"))
            case UInt8(ascii: "_"): standard.append(UInt8(ascii: "/"))
            case UInt8(ascii: "+"), UInt8(ascii: "/"): return nil
            default: standard.append(byte)
            }
        }
        return UnpaddedBase64.decode(String(decoding: standard, as: UTF8.self))
    }
}
