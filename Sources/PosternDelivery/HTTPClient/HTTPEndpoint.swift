public import PosternModel

/// An address that is called, and what calling it may take.
public struct HTTPEndpoint: Sendable {
    /// Where it is; nothing else is ever called.
    public var url: OutboundURL
    /// PEM file with the authorities its certificate may come from; nil for the system's.
    public var authorityFile: String?
    /// How long connecting may take, the TLS handshake included.
    public var connectLimit: Duration
    /// How long a whole call may take, from its beginning to the end of the answer.
    public var answerLimit: Duration

    /// Names what it takes.
    public init(
        url: OutboundURL, authorityFile: String? = nil, connectLimit: Duration = .seconds(5),
        answerLimit: Duration = .seconds(15)
    ) {
        self.url = url
        self.authorityFile = authorityFile
        self.connectLimit = connectLimit
        self.answerLimit = answerLimit
    }
}

/// An endpoint that cannot be called.
public struct HTTPEndpointProblem: Error, Sendable, Equatable {
    /// What is wrong: a whole sentence, never holding a secret.
    public let sentence: String

    /// The authorities that its certificate may come from cannot be read.
    ///
    /// - Parameters:
    ///   - authorities: Whose they are: `The webhook's authorities`.
    ///   - file: Where they should lie; nil for the system's.
    ///   - error: Why not.
    /// - Returns: The problem.
    static func unreadable(
        _ authorities: String, in file: String?, _ error: any Error
    ) -> HTTPEndpointProblem {
        HTTPEndpointProblem(
            sentence: "\(authorities) cannot be read from `\(file ?? "the system")`: \(error).")
    }

    /// Two readings of its address would be two hosts.
    static func uncallable(_ address: String) -> HTTPEndpointProblem {
        HTTPEndpointProblem(sentence: "\(address) cannot be called.")
    }
}
