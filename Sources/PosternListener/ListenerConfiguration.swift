/// Where a listener listens and how.
public struct ListenerConfiguration: Sendable, Equatable {
    /// Which of Mozilla's server profiles (version 6.0) to keep to.
    public enum Profile: String, Sendable, CaseIterable {
        /// TLS 1.2 and 1.3, six ECDHE suites with authenticated encryption for 1.2.
        case intermediate
        /// TLS 1.3 only.
        case modern
    }

    /// The files and the profile of TLS.
    public struct TLS: Sendable, Equatable {
        /// The certificate and its intermediates, leaf first, in PEM.
        public var certificateChain: String
        /// The private key in PEM, unencrypted.
        public var privateKey: String
        /// The profile.
        public var profile: Profile
        /// The authorities of client certificates in PEM; nil asks clients for none.
        ///
        /// A client may leave its certificate out; one that it presents must verify.
        public var clientAuthorities: String?

        /// Names the files.
        public init(
            certificateChain: String, privateKey: String, profile: Profile = .intermediate,
            clientAuthorities: String? = nil
        ) {
            self.certificateChain = certificateChain
            self.privateKey = privateKey
            self.profile = profile
            self.clientAuthorities = clientAuthorities
        }
    }

    /// A numeric address or a name to listen on.
    public var host: String
    /// The port; 0 lets the system choose.
    public var port: Int
    /// TLS; nil serves plain HTTP/1.1, meant for metrics and health on loopback.
    public var tls: TLS?
    /// The limits.
    public var limits: ListenerLimits
    /// Connections the system may hold before they are accepted.
    public var backlog: Int
    /// How often the certificate files are compared with those in use; nil never.
    public var certificateCheckInterval: Duration?

    /// Makes a configuration.
    public init(
        host: String, port: Int, tls: TLS?, limits: ListenerLimits = ListenerLimits(),
        backlog: Int = 1024, certificateCheckInterval: Duration? = .seconds(30)
    ) {
        self.host = host
        self.port = port
        self.tls = tls
        self.limits = limits
        self.backlog = backlog
        self.certificateCheckInterval = certificateCheckInterval
    }
}
