import HTTPTypes
import PosternDialectKit
import PosternModel

extension PresentedCredential {
    /// The query parameter that may hold the key, in any case.
    static let parameter = "osdi-api-token"

    /// Finds the key a request shows; nil when it shows none that could be one.
    ///
    /// Two different keys are none: one of them would be judged and another logged. So are two fields, an empty one and
    /// one above ``longestToken``, since no session can have them.
    init?(shownIn fields: HTTPFields, query: JSONObject) {
        guard !fields.repeats(.osdiAPIToken) else { return nil }
        var keys: [String] = []
        if let key = fields.first(.osdiAPIToken), !key.isEmpty { keys.append(key) }
        if case .string(let key)? = query[Self.parameter], !key.isEmpty { keys.append(key) }
        guard let key = keys.first, keys.allSatisfy({ $0 == key }),
            (1...Self.longestToken).contains(key.utf8.count)
        else { return nil }
        self.init(token: Secret(key))
    }
}

extension HTTPField.Name {
    /// The API's key.
    static let osdiAPIToken = known("OSDI-API-Token")
}
