import FoundationEssentials
import HTTPTypes
import PosternDialectKit
import PosternModel

extension PresentedCredential {
    /// Finds the credential a request shows; nil when it shows none that could be one, or not both parts of it.
    ///
    /// It may stand in the query, in a body (the official client puts `api_key` there) and in `Authorization`. All that
    /// are shown must agree: one of them would be judged and another logged.
    ///
    /// - Throws: Parts that disagree, or that cannot be read.
    init?(query: Members, body: Members, fields: HTTPFields) throws(Problem) {
        var users: [String] = []
        var keys: [String] = []
        for source in [query, body] {
            if let user = try source.text("username"), !user.isEmpty { users.append(user) }
            if let key = try source.text("api_key"), !key.isEmpty { keys.append(key) }
        }
        guard !fields.repeats(.authorization) else { throw Self.disagree }
        if let field = fields.first(.authorization), field.hasBasicScheme {
            guard let (user, key) = Self.basic(field) else {
                throw .invalid("credentials", "`Authorization` must be Basic in base64.")
            }
            users.append(user)
            keys.append(key)
        }
        guard let user = users.first, let key = keys.first else { return nil }
        guard users.allSatisfy({ $0.equalsIgnoringCase(user) }), keys.allSatisfy({ $0 == key })
        else { throw Self.disagree }
        guard (1...254).contains(user.utf8.count),
            (1...Self.longestToken).contains(key.utf8.count)
        else { return nil }
        self.init(token: Secret(key), claimedUser: user)
    }

    private static let disagree = Problem.invalid(
        "credentials", "The request shows different credentials.")

    /// RFC 7617: what precedes the first colon is the user.
    private static func basic(_ field: String) -> (user: String, key: String)? {
        guard let data = Data(base64Encoded: String(field.dropFirst(6).drop { $0 == " " })),
            let text = String(validating: data, as: UTF8.self),
            let colon = text.firstIndex(of: ":")
        else { return nil }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }
}

extension String {
    /// Other schemes are another API's.
    fileprivate var hasBasicScheme: Bool { prefix(6).equalsIgnoringCase("Basic ") }
}
