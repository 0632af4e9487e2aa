import HTTPTypes
import PosternDialectKit
import PosternModel

extension PresentedCredential {
    /// The cookie a sign-in sets and a sign-out clears; its name is Postern's choice.
    static let cookie = "sm-session-token"

    /// Finds the session token a request shows; nil when it shows none that could be one.
    ///
    /// Two different tokens are none: one of them would be judged and another logged. So are two fields, an empty one
    /// and one above ``longestToken``, since no session can have them and 811 is the answer either way.
    ///
    /// A cookie goes wherever a browser is made to go. Where it stands alone and the request changes something, another
    /// site must not have made it: browsers say in `Sec-Fetch-Site` which did, and other clients say nothing.
    ///
    /// - Parameters:
    ///   - head: The request's head.
    ///   - query: The query of a route that takes the token there; nil for all others.
    ///   - readsOnly: The request changes nothing and its answer is no script, so that it is of no use to another site.
    init?(shownIn head: HTTPRequest, query: JSONObject? = nil, readsOnly: Bool) {
        let fields = head.headerFields
        guard !fields.repeats(.sessionToken) else { return nil }
        var tokens: [String] = []
        if let token = fields.first(.sessionToken), !token.isEmpty { tokens.append(token) }
        if case .string(let token)? = query?["x-sm-session-token"], !token.isEmpty {
            tokens.append(token)
        }
        let isExplicit = !tokens.isEmpty
        if fields.first(.cookie) != nil { tokens += Self.cookies(fields) }
        guard let token = tokens.first, tokens.allSatisfy({ $0 == token }),
            (1...Self.longestToken).contains(token.utf8.count),
            isExplicit || readsOnly || fields.isFromOwnSite
        else { return nil }
        self.init(token: Secret(token))
    }

    /// HTTP/2 may cut the field at each semicolon (RFC 9113 section 8.2.3).
    private static func cookies(_ fields: HTTPFields) -> [String] {
        fields[values: .cookie].flatMap { $0.split(separator: ";") }.compactMap { pair in
            let name = "\(cookie)="
            let trimmed = pair.drop { $0 == " " }
            guard trimmed.hasPrefix(name), trimmed.utf8.count > name.utf8.count else { return nil }
            return String(trimmed.dropFirst(name.count))
        }
    }
}

extension HTTPFields {
    /// Whether no other site had a browser make the request.
    fileprivate var isFromOwnSite: Bool {
        switch self[.secFetchSite] {
        case nil, "same-origin", "none": true
        default: false
        }
    }

    /// Whether a browser fetches a page in case somebody may want to read it.
    var isSpeculative: Bool {
        let purposes = [self[.secPurpose], self[.purpose], self[.xMoz]].compactMap(\.self)
        return purposes.contains { purpose in
            purpose.split { $0 == ";" || $0 == "," || $0 == " " }.contains {
                $0.equalsIgnoringCase("prefetch") || $0.equalsIgnoringCase("prerender")
            }
        }
    }
}

extension HTTPField.Name {
    /// The session token of every vendor client.
    static let sessionToken = known("x-sm-session-token")
    /// The password of a message, in base64.
    static let messagePassword = known("x-sm-password")
    /// What the vendor's C# client reads after a sign-in.
    static let apiVersion = known("X-sm-msgapi-version")
    static let serviceSettingsVersion = known("X-sm-service-settings-version")
    static let userSettingsVersion = known("X-sm-user-settings-version")

    fileprivate static let secFetchSite = known("Sec-Fetch-Site")
    fileprivate static let secPurpose = known("Sec-Purpose")
    fileprivate static let purpose = known("Purpose")
    fileprivate static let xMoz = known("X-Moz")
}
