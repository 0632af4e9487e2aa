internal import Crypto
internal import Foundation
public import PosternModel

/// The key that webhook calls are signed with, shared with whom they go to.
public struct WebhookSecret: Sendable, Concealed {
    /// What is wrong with a text: a whole sentence that does not repeat it.
    public static let problem =
        "The secret must be 24 to 64 bytes in base64, with `whsec_` before them or not."

    private let key: SymmetricKey

    /// Reads the form that Standard Webhooks gives secrets: base64, with `whsec_` before it or not; nil for anything else.
    ///
    /// White space around it is left aside: most editors end a file with a new line.
    public init?(_ text: Secret) {
        let bytes = text.withExposed { text in
            let bare = text.trimmingCharacters(in: .whitespacesAndNewlines)
            return Data(base64Encoded: String(bare.trimmingPrefix("whsec_")))
        }
        guard let bytes, (24...64).contains(bytes.count) else { return nil }
        key = SymmetricKey(data: bytes)
    }

    /// The value of `webhook-signature` for a call: of its `webhook-id`, its `webhook-timestamp` in seconds, and its body
    /// byte for byte.
    func signature(id: String, timestamp: Int64, body: [UInt8]) -> String {
        var code = HMAC<SHA256>(key: key)
        code.update(data: Data("\(id).\(timestamp).".utf8))
        code.update(data: body)
        return "v1," + Data(code.finalize()).base64EncodedString()
    }
}
