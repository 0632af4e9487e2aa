internal import HTTPTypes
internal import NIOCore

/// Reads the requests of one connection out of its bytes, one at a time; it knows nothing of sockets and time.
///
/// No byte of a request is looked at before the one before it has been asked for and answered.
struct HTTP1Reader {
    enum Step {
        /// Too little has arrived to go on.
        case wait
        /// A head has arrived, and its body not yet.
        case head(HTTP1Head)
        /// A whole request.
        case request(HTTP1Head, [UInt8])
        /// What arrived will not do; the head if that much was in order.
        case problem(ListenerProblem, HTTPRequest?)
    }

    private enum Phase {
        case head(scanned: Int)
        case body(HTTP1Head, [UInt8], length: Int)
        case chunks(HTTP1Head, HTTP1Chunks)
    }

    private let limits: ListenerLimits
    private let secure: Bool
    private var phase = Phase.head(scanned: 0)
    private var rest = ByteBuffer()

    init(limits: ListenerLimits, secure: Bool) {
        self.limits = limits
        self.secure = secure
    }

    /// Whether bytes wait that have not been made into a request.
    var hasBytes: Bool { rest.readableBytes > 0 }

    /// The head of the request whose body is being read.
    var head: HTTPRequest? {
        switch phase {
        case .head: nil
        case .body(let head, _, _), .chunks(let head, _): head.request
        }
    }

    /// How many bytes there is room for at present.
    var capacity: Int { rest.capacity }

    mutating func feed(_ buffer: ByteBuffer) {
        if hasBytes {
            // What was read would be kept for as long as every piece ends within a request.
            rest.discardReadBytes()
            rest.writeImmutableBuffer(buffer)
        } else {
            rest = buffer
        }
    }

    /// Forgets what waits.
    mutating func clear() { rest = ByteBuffer() }

    /// Goes on with what has arrived; after a problem nothing must be asked any more.
    ///
    /// - Parameter allow: Says how large a body may be, given its head and the length that states; asked once for
    ///   each request that has one. It throws what is wrong with it.
    /// - Returns: How far it got.
    mutating func next(
        _ allow: (HTTPRequest, Int?) throws(ListenerProblem) -> Int
    ) -> Step {
        var known: HTTPRequest?
        do throws(ListenerProblem) {
            let step: Step
            switch phase {
            case .head(let scanned): step = try readHead(scanned, &known, allow)
            case .body(let head, let body, let length):
                known = head.request
                phase = .head(scanned: 0)  // So that the array is held once and grows in place.
                step = readBody(head, body, length)
            case .chunks(let head, var chunks):
                known = head.request
                phase = .head(scanned: 0)
                let isWhole = try chunks.take(from: &rest)
                if !isWhole { phase = .chunks(head, chunks) }
                step = isWhole ? .request(head, chunks.body) : .wait
            }
            // The buffer goes back to those who receive into it.
            if !hasBytes { clear() }
            return step
        } catch {
            return .problem(error, known)
        }
    }

    private mutating func readHead(
        _ scanned: Int, _ known: inout HTTPRequest?,
        _ allow: (HTTPRequest, Int?) throws(ListenerProblem) -> Int
    ) throws(ListenerProblem) -> Step {
        guard hasBytes else { return .wait }
        let head: HTTP1Head
        switch try HTTP1RawHead.find(
            in: rest.readableBytesUInt8Span, from: scanned, limits: limits)
        {
        case .unfinished(let scanned):
            phase = .head(scanned: scanned)
            return .wait
        case .found(let range):
            head = try HTTP1Head(
                rest.readableBytesUInt8Span, range, limits: limits, secure: secure)
            rest.moveReaderIndex(forwardBy: range.upperBound)
            phase = .head(scanned: 0)
        }
        guard head.contentLength != 0 else { return .request(head, []) }
        known = head.request
        let limit = try allow(head.request, head.contentLength)
        guard let length = head.contentLength else {
            phase = .chunks(head, HTTP1Chunks(limits: limits, limit: limit))
            return .head(head)
        }
        if length <= rest.readableBytes {
            return .request(head, rest.readBytes(length: length) ?? [])
        }
        var body: [UInt8] = []
        body.reserveCapacity(length)
        phase = .body(head, body, length: length)
        return .head(head)
    }

    private mutating func readBody(_ head: HTTP1Head, _ body: consuming [UInt8], _ length: Int)
        -> Step
    {
        let piece = rest.readSlice(length: min(length - body.count, rest.readableBytes))
        if let piece { body.append(contentsOf: piece.readableBytesView) }
        guard body.count < length else { return .request(head, body) }
        phase = .body(head, body, length: length)
        return .wait
    }
}
