internal import NIOCore

/// One streamed body on its way to a client: takes pieces from the source, and cuts them into slices to be written.
///
/// Used on its connection's event loop only. Slices are small beside pieces, so that a slow client is seen to take
/// something before its deadline, and so that streams of one connection take turns.
final class BodyFlow {
    /// Why a body cannot be completed.
    enum Trouble: Error {
        case endedEarly(missing: Int64)
        case gaveTooMuch
        case tookTooLong
    }

    /// Bytes of streamed bodies a connection may have here before they count as answers left untaken.
    static let ownBytes = 512 * 1024
    private static let sliceSize = 64 * 1024

    private let source: any BodySource
    /// Bytes the source has not given yet.
    private var missing: Int64
    private var piece: [UInt8] = []
    /// Bytes of the piece that were handed out.
    private var sliced = 0
    private var task: Task<Void, Never>?
    private var isStopped = false
    private(set) var isPulling = false
    private var writing = 0

    init(_ body: StreamedBody) {
        source = body.pieces
        missing = body.length
    }

    /// Bytes that are here and have not left for the client.
    var bytesHere: Int { piece.count - sliced + writing }

    /// A piece is being made or a slice being written: nothing is to be asked before that has ended.
    var isBusy: Bool { isPulling || writing > 0 }

    /// All has been handed out.
    var isDone: Bool { missing == 0 && sliced == piece.count }

    /// The next slice of the piece at hand, to be written and then told of by ``sliceLeft()``; nil when it has none.
    func nextSlice() -> ByteBuffer? {
        guard sliced < piece.count else { return nil }
        let end = min(piece.count, sliced + Self.sliceSize)
        let slice = ByteBuffer(bytes: piece[sliced..<end])
        writing = end - sliced
        sliced = end
        if sliced == piece.count {
            piece = []
            sliced = 0
        }
        return slice
    }

    func sliceLeft() { writing = 0 }

    /// Asks the source for its next piece.
    ///
    /// - Parameters:
    ///   - eventLoop: The connection's.
    ///   - arrived: Called on it, later, unless the flow is stopped before; with what was wrong if anything was.
    func pull(on eventLoop: any EventLoop, _ arrived: @escaping ((any Error)?) -> Void) {
        isPulling = true
        let source = source
        let bound = NIOLoopBound((self, arrived), eventLoop: eventLoop)
        task = Task {
            let result: Result<[UInt8], any Error>
            do {
                result = .success(try await source.next())
            } catch {
                result = .failure(error)
            }
            eventLoop.execute {
                let (flow, arrived) = bound.value
                guard !flow.isStopped else { return }
                arrived(flow.take(result))
            }
        }
    }

    private func take(_ result: Result<[UInt8], any Error>) -> (any Error)? {
        isPulling = false
        task = nil
        switch result {
        case .failure(let error): return error
        case .success(let bytes):
            if bytes.isEmpty { return Trouble.endedEarly(missing: missing) }
            if bytes.count > missing { return Trouble.gaveTooMuch }
            missing -= Int64(bytes.count)
            piece = bytes
            return nil
        }
    }

    /// Ends the pulling; what is here is dropped.
    func stop() {
        isStopped = true
        task?.cancel()
        task = nil
        piece = []
        sliced = 0
        writing = 0
    }
}
