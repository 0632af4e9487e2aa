/// How much a client may send, and how long it may take; every deadline is total and never restarted by a byte.
public struct ListenerLimits: Sendable, Equatable {
    /// The request line and the fields with their separators, in bytes.
    public var head = 32 * 1024
    /// How many fields a request may have.
    public var fields = 100
    /// The target, in bytes.
    public var target = 8 * 1024
    /// The body without its framing, in bytes, where ``RequestHandler/bodyLimit(for:)`` does not say otherwise.
    public var body = 64 * 1024
    /// Requests at once whose bodies may be larger than ``body``, all connections of the listener together.
    public var largeBodies = 32
    /// From accepting a connection to the end of the TLS handshake.
    public var handshakeTime = Duration.seconds(5)
    /// From the first byte of a head to its last.
    public var headTime = Duration.seconds(10)
    /// From the end of the head to the last byte of the body.
    public var bodyTime = Duration.seconds(30)
    /// How long a connection may stay without a request, and how long the source of a streamed body may take for a piece.
    public var idleTime = Duration.seconds(60)
    /// How long a client may leave an answer unread; of a streamed body, each 64 KiB.
    public var writeTime = Duration.seconds(30)
    /// How long a connection that is being closed waits for the client's side and reads what is still on its way, once its
    /// answers have left.
    public var lingerTime = Duration.seconds(2)
    /// Streams of one HTTP/2 connection at once, those the client has reset but the handler has not finished included.
    public var concurrentStreams = 100
    /// CONTINUATION frames in one header block.
    public var continuationFrames = 5
    /// Streams reset within ``resetTime``, by either side, before the connection ends.
    public var resets = 100
    /// How long a reset is counted.
    public var resetTime = Duration.seconds(30)
    /// PING, SETTINGS and PRIORITY frames in 30 s before the connection ends.
    public var controlFrames = 200
    /// Bytes an HTTP/2 client may send of bodies, of all streams together, before it must hear that they were read.
    public var connectionWindow = 2 * 1024 * 1024
    /// Bytes that the bodies begun on one HTTP/2 connection may come to, those larger than ``body`` not counted.
    ///
    /// A stream whose body might go beyond is refused, for the client to try again. Two bodies always have room, however
    /// little this is.
    public var bodiesPerConnection = 8 * 1024 * 1024
    /// Bytes of begun bodies all HTTP/2 clients together may have here before the worst of them is cut off.
    public var bodiesInAll = 256 * 1024 * 1024
    /// Bytes of answers an HTTP/2 client may leave untaken before its next requests wait for it to take them.
    public var answers = 256 * 1024
    /// Bytes of answers all clients together may leave untaken before the worst of them is cut off.
    ///
    /// Of streamed bodies, what is in memory counts, less 512 KiB that each connection has for itself.
    public var answersInAll = 64 * 1024 * 1024
    /// Connections at once, all clients together.
    public var connections = 10_000
    /// Connections at once of one client: from one address of IPv4, or one /64 network of IPv6.
    public var connectionsPerPeer = 10_000

    /// The defaults.
    public init() {}
}
