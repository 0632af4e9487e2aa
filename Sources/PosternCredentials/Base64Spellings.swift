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
}
