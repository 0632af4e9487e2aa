public import PosternModel

/// The portal as clients find it: its names and addresses.
public struct ServiceDescription: Sendable, Equatable {
    /// Its name to people.
    public var name: String
    /// The short name clients look it up by.
    public var code: String
    /// Where it is reached from outside, with a slash at the end: `https://portal.example/`.
    public let baseURL: String
    /// Whom its users write to; nil when nobody was named.
    public var administrator: EmailAddress?

    /// Makes a description.
    ///
    /// - Parameters:
    ///   - name: Its name to people.
    ///   - code: The short name clients look it up by, in any case.
    ///   - baseURL: Where it is reached from outside; upload addresses begin with it.
    ///   - administrator: Whom its users write to.
    public init(
        name: String = "Postern", code: String = "postern", baseURL: String = "https://localhost/",
        administrator: EmailAddress? = nil
    ) {
        self.name = name
        self.code = code
        self.baseURL = baseURL.hasSuffix("/") ? baseURL : baseURL + "/"
        self.administrator = administrator
    }

    /// The host of ``baseURL``, without a port.
    var host: Substring {
        let authority = baseURL.split(separator: "/").dropFirst().first ?? ""
        guard authority.hasPrefix("[") else { return authority.prefix { $0 != ":" } }
        return authority.prefix { $0 != "]" } + "]"
    }
}
