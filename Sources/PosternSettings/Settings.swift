public import Configuration
public import PosternModel

/// What a command reads at start: all of its settings, or every fault of them.
public protocol CommandSettings: Sendable {
    /// Reads everything and reports every fault together.
    ///
    /// - Parameters:
    ///   - source: Where values come from; earlier providers win.
    ///   - processors: How many processors there are: the default of thread counts.
    /// - Throws: ``SettingFaults`` naming each setting that will not do.
    init(from source: ConfigReader, processors: Int) throws(SettingFaults)

    /// Every setting there is, in reading order.
    static func table(processors: Int) -> [Setting]
}

/// All that can be set of a gateway, read once at start.
public struct Settings: CommandSettings {
    /// The client-facing listener.
    public var listener: ListenerSettings
    /// The operators' listener: health and metrics, plain HTTP.
    public var operations: OperationsSettings
    /// The folder of the ledger's database.
    public var dataDirectory: String
    /// What messages are sealed under.
    public var keys: KeySettings
    /// The audit log.
    public var audit: AuditSettings
    /// The policy files.
    public var policy: PolicySettings
    /// How long a session lasts without use.
    public var sessionIdle: Duration
    /// The file of issuers whose JWTs are taken as tokens; nil for none.
    public var issuersFile: String?
    /// Password checking.
    public var passwords: PasswordSettings
    /// The mail relay; nil when notifications are not sent.
    public var relay: RelaySettings?
    /// The webhook; nil when nothing is sent to telephones.
    public var webhook: WebhookSettings?
    /// The delivery core that carries what leaves; nil when this process does.
    public var core: RemoteCoreSettings?
    /// Where recipients read their messages: the address put in notifications.
    public var portal: String
    /// How the service names itself to clients.
    public var service: ServiceSettings
    /// Where each client API is served.
    public var dialects: DialectsSettings
    /// Sends under way at once; more are answered 503.
    public var sendsInFlight: Int
    /// Threads that load and judge.
    public var corridorThreads: Int
    /// Requests other than sends under way at once; more are answered 503.
    public var operationsInFlight: Int
    /// Threads that do all else than sending.
    public var operationThreads: Int
    /// How long a request waits for a ledger that stands still.
    public var ledgerPatience: Duration
    /// How much is logged.
    public var logLevel: LogLevel
    /// How long a stop waits for requests in flight.
    public var shutdownGrace: Duration

    /// How much is logged.
    public enum LogLevel: String, Sendable, CaseIterable {
        /// Every decision.
        case debug
        /// Starts, stops, reloads and troubles.
        case info
        /// Troubles.
        case warning
        /// Failures.
        case error
    }

    /// Reads everything and reports every fault together.
    ///
    /// - Parameters:
    ///   - source: Where values come from; earlier providers win.
    ///   - processors: How many processors there are: the default of thread counts.
    /// - Throws: ``SettingFaults`` naming each setting that will not do.
    public init(from source: ConfigReader, processors: Int) throws(SettingFaults) {
        var reader = SettingsReader(source)
        self.init(&reader, processors: processors)
        if !reader.faults.isEmpty { throw SettingFaults(faults: reader.faults) }
    }

    /// Every setting there is, in reading order.
    public static func table(processors: Int) -> [Setting] {
        var reader = SettingsReader(ConfigReader(provider: InMemoryProvider(values: [:])))
        _ = Settings(&reader, processors: processors)
        return reader.table
    }

    private init(_ reader: inout SettingsReader, processors: Int) {
        listener = ListenerSettings(&reader)
        operations = OperationsSettings(&reader)
        dataDirectory = reader.text(
            "data.directory", default: "data", takes: "a folder",
            "Where the ledger's database lives.")
        keys = KeySettings(&reader)
        audit = AuditSettings(&reader)
        policy = PolicySettings(&reader)
        sessionIdle = reader.duration(
            "sessions.idle", default: "60m", from: "1s",
            "How long a session lasts without use.")
        issuersFile = reader.optionalText(
            "issuers.file", takes: "a YAML file",
            "The issuers whose JWTs are taken as tokens; without it, only Postern's own are.")
        passwords = PasswordSettings(&reader, processors: processors)
        relay = RelaySettings.read(&reader)
        webhook = WebhookSettings.read(&reader)
        core = RemoteCoreSettings.read(&reader)
        core?.objectToRivals(relay: relay, webhook: webhook, &reader)
        portal = reader.text(
            "portal.address", default: "https://localhost:8443/", takes: "an https address",
            "Where recipients read their messages; put in notifications.")
        service = ServiceSettings(&reader)
        dialects = DialectsSettings(&reader)
        sendsInFlight = reader.number(
            "gateway.sendsInFlight", default: 1024, in: 1...100_000,
            "Sends under way at once; more are answered 503.")
        corridorThreads = reader.number(
            "gateway.corridorThreads", default: processors, in: 1...256,
            "Threads that load and judge drafts.")
        operationsInFlight = reader.number(
            "gateway.operationsInFlight", default: 256, in: 1...100_000,
            "Requests other than sends under way at once; more are answered 503.")
        operationThreads = reader.number(
            "gateway.operationThreads", default: processors, in: 1...256,
            "Threads that compose, read and store files, so that sends need not wait for them.")
        ledgerPatience = reader.duration(
            "gateway.ledgerPatience", default: "1500ms", from: "100ms", upTo: "10m",
            "How long a request waits while the ledger's disk does not answer; then it is answered 503."
        )
        logLevel = reader.choice("log.level", default: .info, "How much is logged.")
        shutdownGrace = reader.duration(
            "gateway.shutdownGrace", default: "10s", upTo: "10m",
            "How long a stop waits for requests in flight and deliveries under way.")
        if !portal.hasPrefix("https://") || portal.contains(where: { $0 <= " " || $0 == "\"" }) {
            reader.object("portal.address", "It must begin with `https://` and hold no spaces.")
        }
    }
}

/// What messages are sealed under.
public struct KeySettings: Sendable {
    /// The file of master keys; nil for `master.keys` in the data folder, made when there is none.
    public var file: String?
    /// The master keys themselves, in place of a file.
    public var text: Secret?

    init(_ reader: inout SettingsReader) {
        file = reader.optionalText(
            "keys.file", takes: "a file",
            "The master keys that messages are sealed under; without one, `master.keys` in the data folder."
        )
        text = reader.secret(
            "keys.text",
            "The master keys themselves, in place of a file: the same lines, or one bare key.")
        if file != nil, text != nil {
            reader.object("keys.text", "Give the keys or their file, not both.")
        }
    }
}

/// How the service names itself to clients.
public struct ServiceSettings: Sendable, Equatable {
    /// Its name to people.
    public var name: String
    /// The code clients find it by.
    public var code: String
    /// Whom clients tell people to write to; nil for nobody.
    public var administrator: EmailAddress?

    init(_ reader: inout SettingsReader) {
        name = reader.text("service.name", default: "Postern", "The service's name to people.")
        code = reader.text(
            "service.code", default: "postern", "The code by which clients find the service.")
        let text = reader.optionalText(
            "service.administrator", takes: "an address",
            "Whom clients tell people to write to.")
        administrator = text.flatMap { EmailAddress($0) }
        if text != nil, administrator == nil {
            reader.object("service.administrator", "It must be one email address.")
        }
    }
}

/// The client-facing listener.
public struct ListenerSettings: Sendable, Equatable {
    /// The address to bind.
    public var host: String
    /// The port; 0 lets the system choose.
    public var port: Int
    /// The certificate chain, PEM.
    public var certificate: String
    /// Its private key, PEM.
    public var privateKey: String
    /// Certificate authorities of client certificates, PEM; nil when none are asked for.
    public var clientAuthorities: String?
    /// Which TLS versions are spoken.
    public var tlsProfile: TLSProfile
    /// Threads that own connections.
    public var threads: Int
    /// Bounds on everything a client can make large or slow.
    public var limits: LimitSettings

    /// Mozilla's server-side TLS profiles, version 6.0.
    public enum TLSProfile: String, Sendable, CaseIterable {
        /// TLS 1.2 and 1.3.
        case intermediate
        /// TLS 1.3 alone.
        case modern
    }

    init(_ reader: inout SettingsReader, port usual: Int = 8443) {
        host = reader.text(
            "listener.host", default: "127.0.0.1", takes: "an address",
            "The address clients connect to.")
        port = reader.number(
            "listener.port", default: usual, in: 0...65_535,
            "The port clients connect to; 0 lets the system choose.")
        certificate = reader.text(
            "listener.certificate", default: "certs/server.pem", takes: "a PEM file",
            "The certificate chain, leaf first; read again when it changes.")
        privateKey = reader.text(
            "listener.privateKey", default: "certs/server.key", takes: "a PEM file",
            "The certificate's private key.")
        clientAuthorities = reader.optionalText(
            "listener.clientAuthorities", takes: "a PEM file",
            "Certificate authorities of client certificates; without it none are asked for.")
        tlsProfile = reader.choice(
            "listener.tlsProfile", default: .intermediate,
            "TLS 1.2 and 1.3, or 1.3 alone (Mozilla's profiles).")
        threads = reader.number(
            "listener.threads", default: 1, in: 1...256, "Threads that own connections.")
        limits = LimitSettings(&reader)
    }
}

/// Bounds on everything a client can make large or slow; deadlines are total, not per byte.
public struct LimitSettings: Sendable, Equatable {
    /// Bytes of a request's head.
    public var headBytes: Int
    /// Fields of a request's head.
    public var headFields: Int
    /// Bytes of a request's target.
    public var targetBytes: Int
    /// Bytes of a request's body.
    public var bodyBytes: Int
    /// Requests larger than usual, uploads above all, under way at once.
    public var largeBodies: Int
    /// Time for the TLS handshake.
    public var handshake: Duration
    /// Time for the head.
    public var head: Duration
    /// Time for the body.
    public var body: Duration
    /// Time between requests.
    public var idle: Duration
    /// Time for a client to take its answer.
    public var write: Duration
    /// Concurrent HTTP/2 streams of a connection.
    public var streams: Int
    /// CONTINUATION frames of a header block.
    public var continuationFrames: Int
    /// Stream resets, either side's, within the window.
    public var resets: Int
    /// The window resets are counted in.
    public var resetWindow: Duration
    /// Connections at once.
    public var connections: Int
    /// Connections at once from one address, or from one /64 network of IPv6.
    public var connectionsPerPeer: Int

    init(_ reader: inout SettingsReader) {
        headBytes = reader.number(
            "limits.headBytes", default: 32_768, in: 1024...1_048_576, "Bytes of a request's head.")
        headFields = reader.number(
            "limits.headFields", default: 100, in: 8...1000, "Fields of a request's head.")
        targetBytes = reader.number(
            "limits.targetBytes", default: 8192, in: 256...65_536, "Bytes of a request's target.")
        bodyBytes = reader.number(
            "limits.bodyBytes", default: 65_536, in: 1024...67_108_864,
            "Bytes of a request's body.")
        largeBodies = reader.number(
            "limits.largeBodies", default: 32, in: 1...10_000,
            "Uploads and other requests larger than usual under way at once; more are answered 503."
        )
        handshake = reader.duration(
            "limits.handshake", default: "5s", upTo: "5m", "Time for the TLS handshake.")
        head = reader.duration(
            "limits.head", default: "10s", upTo: "5m", "Time for a request's head, in all.")
        body = reader.duration(
            "limits.body", default: "30s", upTo: "1h", "Time for a request's body, in all.")
        idle = reader.duration("limits.idle", default: "60s", upTo: "1h", "Time between requests.")
        write = reader.duration(
            "limits.write", default: "30s", upTo: "1h", "Time for a client to take its answer.")
        streams = reader.number(
            "limits.streams", default: 100, in: 1...10_000,
            "Concurrent HTTP/2 streams of a connection.")
        continuationFrames = reader.number(
            "limits.continuationFrames", default: 5, in: 1...100,
            "HTTP/2 CONTINUATION frames of one header block.")
        resets = reader.number(
            "limits.resets", default: 100, in: 1...100_000,
            "HTTP/2 stream resets, either side's, within the window.")
        resetWindow = reader.duration(
            "limits.resetWindow", default: "30s", upTo: "1h", "The window resets are counted in.")
        connections = reader.number(
            "limits.connections", default: 10_000, in: 1...1_000_000, "Connections at once.")
        connectionsPerPeer = reader.number(
            "limits.connectionsPerPeer", default: 10_000, in: 1...1_000_000,
            "Connections at once from one address, or from one /64 network of IPv6.")
    }
}

/// The operators' listener.
public struct OperationsSettings: Sendable, Equatable {
    /// The address to bind.
    public var host: String
    /// The port; 0 lets the system choose.
    public var port: Int

    init(_ reader: inout SettingsReader, port usual: Int = 9464) {
        host = reader.text(
            "operations.host", default: "127.0.0.1", takes: "an address",
            "The address health and metrics are served on, without TLS.")
        port = reader.number(
            "operations.port", default: usual, in: 0...65_535, "Its port; 0 lets the system choose."
        )
    }
}

/// The audit log.
public struct AuditSettings: Sendable, Equatable {
    /// Its folder.
    public var directory: String
    /// The log's name, as checkpoints carry it.
    public var origin: String

    init(_ reader: inout SettingsReader) {
        directory = reader.text(
            "audit.directory", default: "audit", takes: "a folder",
            "Where the audit log's tiles and checkpoints live.")
        // The log's key lies beside the folder, which takes a name to be beside.
        if ["", ".", ".."].contains(directory.split(separator: "/").last ?? "") {
            reader.object("audit.directory", "It must end in the name of a folder.")
        }
        origin = reader.text(
            "audit.origin", default: "postern.localhost/audit", takes: "a name without spaces",
            "The log's name in checkpoints: one of its own for each node.")
        if origin.contains(where: { $0 <= " " || $0 == "+" || !$0.isASCII }) {
            reader.object("audit.origin", "It must be ASCII and hold no spaces and no `+`.")
        }
    }
}

/// The policy files.
public struct PolicySettings: Sendable, Equatable {
    /// Their folder.
    public var directory: String
    /// Where compiled keyword lists are kept.
    public var cacheDirectory: String
    /// How often the folder is looked at.
    public var watchInterval: Duration
    /// Bytes that policies which were in force may take on the disk.
    public var historyBytes: Int

    init(_ reader: inout SettingsReader) {
        directory = reader.text(
            "policy.directory", default: "policies", takes: "a folder",
            "Where the policy files live.")
        cacheDirectory = reader.text(
            "policy.cacheDirectory", default: "data/cache", takes: "a folder",
            "Where compiled keyword lists are kept for a quick start.")
        watchInterval = reader.duration(
            "policy.watchInterval", default: "500ms", from: "10ms", upTo: "1h",
            "How often the folder is looked at for changes.")
        historyBytes = reader.number(
            "policy.historyBytes", default: 256 << 20, in: 0...(1 << 40),
            "Bytes for policies that were in force, kept to explain their decisions; the oldest give way."
        )
    }
}

/// Password checking.
public struct PasswordSettings: Sendable, Equatable {
    /// argon2id memory in KiB.
    public var memory: Int
    /// argon2id passes.
    public var passes: Int
    /// argon2id lanes.
    public var lanes: Int
    /// Checks at once.
    public var threads: Int
    /// Checks that may wait; more are answered 503.
    public var waiting: Int

    init(_ reader: inout SettingsReader, processors: Int) {
        memory = reader.number(
            "passwords.memory", default: 19_456, in: 64...4_194_304,
            "argon2id memory for new hashes, in KiB.")
        passes = reader.number(
            "passwords.passes", default: 2, in: 1...64, "argon2id passes for new hashes.")
        lanes = reader.number(
            "passwords.lanes", default: 1, in: 1...16, "argon2id lanes for new hashes.")
        threads = reader.number(
            "passwords.threads", default: processors, in: 1...256, "Password checks at once.")
        waiting = reader.number(
            "passwords.waiting", default: 64, in: 0...10_000,
            "Password checks that may wait; more are answered 503.")
        if memory < 8 * lanes {
            reader.object("passwords.memory", "It must be at least 8 KiB for each lane.")
        }
    }
}

/// The mail relay notifications go through.
public struct RelaySettings: Sendable, Equatable {
    /// Its host name.
    public var host: String
    /// Its port.
    public var port: Int
    /// How the connection is protected.
    public var security: Security
    /// The account there; nil for none.
    public var user: String?
    /// Its password.
    public var password: Secret?
    /// Certificate authorities of the relay, PEM; nil for the system's.
    public var authorities: String?
    /// The sender of notifications.
    public var from: EmailAddress
    /// The name Postern greets with.
    public var greeting: String

    /// How the connection to a relay is protected.
    public enum Security: String, Sendable, CaseIterable {
        /// TLS after STARTTLS (RFC 3207); refused when not offered.
        case starttls
        /// TLS from the first byte (RFC 8314).
        case tls
        /// None: for a relay on the same machine only.
        case plain
    }

    static func read(_ reader: inout SettingsReader) -> RelaySettings? {
        let host = reader.optionalText(
            "relay.host", takes: "a host name",
            "The mail relay notifications go through; without it none are sent.")
        let port = reader.number(
            "relay.port", default: 587, in: 1...65_535, "The relay's port.")
        let security = reader.choice(
            "relay.security", default: Security.starttls,
            "How the connection to the relay is protected; `plain` for one on this machine only.")
        let user = reader.optionalText("relay.user", "The account at the relay.")
        let password = reader.secret("relay.password", "Its password.")
        let authorities = reader.optionalText(
            "relay.authorities", takes: "a PEM file",
            "Certificate authorities of the relay; without it the system's.")
        let from = reader.text(
            "relay.from", default: "postern@localhost", takes: "an email address",
            "The sender of notifications.")
        let greeting = reader.text(
            "relay.greeting", default: "localhost", takes: "a host name",
            "The name Postern greets the relay with.")
        if (user == nil) != (password == nil) {
            reader.object("relay.user", "`relay.user` and `relay.password` go together.")
        }
        if security == .plain, let host, !["127.0.0.1", "::1", "localhost"].contains(host) {
            reader.object(
                "relay.security", "`plain` is for a relay on this machine only; use `starttls`.")
        }
        guard let sender = EmailAddress(from) else {
            reader.object("relay.from", "`\(from.prefix(80).escapedForLine)` is no email address.")
            return nil
        }
        return host.map {
            RelaySettings(
                host: $0, port: port, security: security, user: user, password: password,
                authorities: authorities, from: sender, greeting: greeting)
        }
    }
}
