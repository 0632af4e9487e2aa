import Foundation

/// Standard base64 with padding (RFC 4648 section 4), one spelling for each value.
enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    /// Refuses all but the canonical spelling: were stray bits in the last character let through, a signed
    /// note or a proof could be changed without its being noticed.
    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        guard let data = Data(base64Encoded: String(text)),
            data.base64EncodedString().utf8.elementsEqual(text.utf8)
        else { return nil }
        return Array(data)
    }
}
