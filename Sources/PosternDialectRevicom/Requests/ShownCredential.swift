import HTTPTypes
import PosternDialectKit
import PosternModel

/// What a request shows of who sent it.
struct ShownCredential {
    /// There is an `Authorization` field, whatever it holds.
    let isPresent: Bool
    /// The token; nil when there is none that could be one.
    let credential: PresentedCredential?

    /// Reads `Basic` and `Bearer`, the token in either as it stands: the vendor's keys happen to be base64, and nobody
    /// decodes them.
    ///
    /// Two fields are none: one of them would be judged and another logged. So is a token above
    /// `longestToken`, since no session can have it.
    init(_ fields: HTTPFields) {
        guard let field = fields.first(.authorization) else {
            (isPresent, credential) = (false, nil)
            return
        }
        isPresent = true
        let words = field.split(separator: " ")
        guard !fields.repeats(.authorization), words.count == 2,
            words[0].equalsIgnoringCase("Basic") || words[0].equalsIgnoringCase("Bearer"),
            words[1].utf8.count <= PresentedCredential.longestToken
        else {
            credential = nil
            return
        }
        credential = PresentedCredential(token: Secret(String(words[1])))
    }
}
