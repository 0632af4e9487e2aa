public import PosternModel

/// How notification mail reaches the world: one relay and what it needs to know.
public struct SMTPSettings: Sendable {
    /// How the line to the relay is protected.
    ///
    /// There is no "if possible": what can be stripped by someone on the way protects nobody.
    public enum Security: String, Sendable, CaseIterable {
        /// Plaintext first, then STARTTLS or nothing (RFC 3207); usually port 587 or 25.
        case startTLS
        /// TLS from the first byte (RFC 8314); usually port 465.
        case implicitTLS
        /// None, for a relay on this very machine: a connection whose far end is not a loopback address is dropped unused.
        case plaintextOnLoopback
    }

    /// The relay's host name, or its IP address; the name its certificate must carry.
    public var host: String
    /// The relay's port.
    public var port: Int
    /// How the line is protected.
    public var security: Security
    /// What to sign in with; nil when the relay knows us by our address.
    public var credentials: SMTPCredentials?
    /// The `From` address and the envelope's sender: bounces come back to it.
    public var sender: EmailAddress
    /// The `From` name; may be empty.
    public var senderName: String
    /// The name to say hello with: this machine's host name, or an address literal such as `[192.0.2.1]`.
    public var helloName: String
    /// PEM file with the authorities the relay's certificate may come from; nil for the system's.
    public var authorityFile: String?
    /// Connections kept at a time at most.
    public var connections: Int
    /// How long an unused connection is kept.
    public var idleLimit: Duration
    /// Mails over one connection before it is closed; relays dislike endless ones.
    public var mailsPerConnection: Int
    /// How long each phase may take.
    public var limits: SMTPTimeLimits

    /// Makes settings; everything not given has the default that suits a relay on the internet.
    public init(
        host: String, port: Int = 587, security: Security = .startTLS,
        credentials: SMTPCredentials? = nil, sender: EmailAddress, senderName: String = "",
        helloName: String, authorityFile: String? = nil, connections: Int = 2,
        idleLimit: Duration = .seconds(15), mailsPerConnection: Int = 100,
        limits: SMTPTimeLimits = SMTPTimeLimits()
    ) {
        self.host = host
        self.port = port
        self.security = security
        self.credentials = credentials
        self.sender = sender
        self.senderName = senderName
        self.helloName = helloName
        self.authorityFile = authorityFile
        self.connections = connections
        self.idleLimit = idleLimit
        self.mailsPerConnection = mailsPerConnection
        self.limits = limits
    }

    /// Everything that is wrong with these settings, one whole sentence each; empty when nothing is.
    public var problems: [String] {
        var problems: [String] = []
        if !Self.isToken(host) {
            problems.append("The relay's host is not a host name or IP address.")
        }
        if !(1...65_535).contains(port) {
            problems.append("The relay's port must be from 1 to 65535, not \(port).")
        }
        if !Self.isToken(helloName) {
            problems.append("The name to say hello with must be a host name or an address literal.")
        }
        if security == .plaintextOnLoopback, credentials != nil {
            problems.append(
                "A password is never sent without TLS: choose STARTTLS or implicit TLS.")
        }
        if let credentials, credentials.user.isEmpty || credentials.password.isEmpty {
            problems.append("The relay's user and password must both be given.")
        }
        if let credentials, credentials.holdsNUL {
            problems.append("The relay's user and password must not hold NUL characters.")
        }
        if HeaderText.phrase(senderName, indent: 6) == nil {
            problems.append("The sender's name holds a control character or is too long.")
        }
        if !(1...64).contains(connections) {
            problems.append("Connections to the relay must be from 1 to 64, not \(connections).")
        }
        if mailsPerConnection < 1 {
            problems.append("Mails per connection must be at least 1, not \(mailsPerConnection).")
        }
        return problems
    }

    // Also keeps line ends out of EHLO: nothing a setting says can become a second command.
    private static func isToken(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (33...126).contains(byte) && !"<>()@,;\"\\".utf8.contains(byte)
            }
    }
}

/// What to sign in to the relay with.
public struct SMTPCredentials: Sendable, Equatable {
    /// The user.
    public var user: String
    /// The password; sent over TLS only.
    public var password: Secret

    /// Makes credentials.
    public init(user: String, password: Secret) {
        self.user = user
        self.password = password
    }

    // NUL separates the parts of AUTH PLAIN (RFC 4616).
    var holdsNUL: Bool {
        user.utf8.contains(0) || password.withExposed { $0.utf8.contains(0) }
    }
}

/// How long each phase of a conversation may take, in total and not from byte to byte.
///
/// Nothing may be longer than RFC 5321 section 4.5.3.2 gives a client; longer values are cut to that.
public struct SMTPTimeLimits: Sendable, Equatable {
    /// For the TCP connection, and again for the TLS handshake; at most 2 minutes.
    public let connect: Duration
    /// For the relay's greeting; at most 5 minutes.
    public let greeting: Duration
    /// For each command or pipelined group of commands; at most 5 minutes.
    public let command: Duration
    /// From the mail's first byte to the answer after its last; at most 13 minutes.
    ///
    /// Too short a time here sends mails twice.
    public let message: Duration
    /// For the farewell; at most 1 minute.
    public let quit: Duration

    /// Makes limits.
    public init(
        connect: Duration = .seconds(15), greeting: Duration = .seconds(60),
        command: Duration = .seconds(60), message: Duration = .seconds(240),
        quit: Duration = .seconds(5)
    ) {
        self.connect = min(connect, .seconds(120))
        self.greeting = min(greeting, .seconds(300))
        self.command = min(command, .seconds(300))
        self.message = min(message, .seconds(780))
        self.quit = min(quit, .seconds(60))
    }
}

/// Settings no courier can be made from.
public struct SMTPSettingsProblems: Error, Sendable, Equatable {
    /// Every problem, one whole sentence each; never empty, never holding a secret.
    public let sentences: [String]
}
