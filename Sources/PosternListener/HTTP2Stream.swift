internal import HTTPTypes
internal import NIOCore

/// One stream of an HTTP/2 connection: a request that arrives, is served and is answered.
final class HTTP2Stream {
    /// How far it is.
    enum Phase {
        case receiving(until: NIODeadline)
        /// Whole, and waiting for the client to take other answers.
        case queued
        case serving
        case sending(until: NIODeadline)
    }

    var phase: Phase
    let head: HTTPRequest
    /// The request's id, once it is whole.
    var id = ""
    /// The client has ended its side.
    var ended: Bool
    var body: [UInt8] = []
    /// Bytes the request's body may come to; of a large one, which has a place instead, 0.
    var promised = 0
    /// Bytes of the answer's body the client has not taken; of a streamed one ``flow`` knows.
    var answer = 0
    /// The answer's body where it is pulled.
    var flow: BodyFlow?
    /// How large the request's body may be.
    var limit = 0
    /// Bytes the client's window has left for the stream.
    var room: Int
    let lifeline = Lifeline()

    init(phase: Phase, head: HTTPRequest, ended: Bool, room: Int) {
        self.phase = phase
        self.head = head
        self.ended = ended
        self.room = room
    }
}
