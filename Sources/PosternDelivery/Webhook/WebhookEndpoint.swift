public import PosternModel

/// The one address that messages to telephones are handed to, and what it takes to call it.
public struct WebhookEndpoint: Sendable {
    /// Where it is; nothing else is ever called.
    public var url: WebhookURL
    /// What calls are signed with.
    public var secret: WebhookSecret
    /// PEM file with the authorities its certificate may come from; nil for the system's.
    public var authorityFile: String?
    /// How long connecting may take, the TLS handshake included.
    public var connectLimit: Duration
    /// How long a whole call may take, from its beginning to the end of the answer.
    public var answerLimit: Duration

    /// Names what it takes.
    public init(
        url: WebhookURL, secret: WebhookSecret, authorityFile: String? = nil,
        connectLimit: Duration = .seconds(5), answerLimit: Duration = .seconds(15)
    ) {
        self.url = url
        self.secret = secret
        self.authorityFile = authorityFile
        self.connectLimit = connectLimit
        self.answerLimit = answerLimit
    }
}

/// An endpoint no courier can be made from.
public struct WebhookEndpointProblem: Error, Sendable, Equatable {
    /// What is wrong: a whole sentence, never holding a secret.
    public let sentence: String
}
