import HTTPTypes
import PosternListener
import Synchronization

/// Tells whoever asks how Postern is, from threads that no other request waits for.
///
/// It takes no place from requests, and needs none: whoever asks while the parts are being asked hears what they say, so that
/// any number may ask.
public final class HealthDesk: Sendable {
    /// Who is told.
    enum Audience {
        /// Anybody on the network. They are told the one word: reasons quote policy files, paths and faults.
        case clients
        /// Whoever can reach the operations listener.
        case operators
    }

    private let board: HealthBoard
    private let executor: any TaskExecutor
    /// Who waits for what the parts say; nil while they are not being asked.
    private let waiting = Mutex<[@Sendable (HealthBoard.States) -> Void]?>(nil)

    /// Opens the desk.
    ///
    /// - Parameters:
    ///   - board: What is told.
    ///   - executor: Where the parts are asked: no event loop's thread, and none that requests wait for.
    public init(_ board: HealthBoard, executor: any TaskExecutor) {
        self.board = board
        self.executor = executor
    }

    /// What balancers ask every few seconds, on connections of their own: written once.
    private static let live = OutgoingResponse.json(.ok, ["status": "good"])

    /// Answers a health path.
    ///
    /// `/health/live` says at once that the process answers; `/health/ready` says whether sends can be served, with
    /// 503 when one part is down, and to operators which part and why.
    ///
    /// - Returns: Whether it is a health path; for any other nothing is sent.
    func answer(
        _ path: String, to audience: Audience,
        by send: @escaping @Sendable (OutgoingResponse) -> Void
    ) -> Bool {
        switch path {
        case "/health/live": send(Self.live)
        case "/health/ready": ask { send(Self.answer($0, to: audience)) }
        default: return false
        }
        return true
    }

    private func ask(_ tell: @escaping @Sendable (HealthBoard.States) -> Void) {
        let isFirst = waiting.withLock { waiting in
            guard waiting == nil else {
                waiting?.append(tell)
                return false
            }
            waiting = [tell]
            return true
        }
        guard isFirst else { return }
        Task(executorPreference: executor) { [self] in
            let states = board.states
            let tells = waiting.withLock { $0.take() } ?? []
            for tell in tells { tell(states) }
        }
    }

    private static func answer(
        _ states: HealthBoard.States, to audience: Audience
    ) -> OutgoingResponse {
        let summary = HealthBoard.summary(of: states)
        let status: HTTPResponse.Status = summary == "down" ? .serviceUnavailable : .ok
        if case .clients = audience { return .json(status, ["status": summary]) }
        var body: [String: any Sendable] = [
            "status": summary,
            "parts": Dictionary(
                states.map { ($0.name, $0.state.word) }, uniquingKeysWith: { $1 }),
        ]
        let reasons = states.compactMap { part in part.state.reason.map { (part.name, $0) } }
        if !reasons.isEmpty {
            body["reasons"] = Dictionary(reasons, uniquingKeysWith: { $1 })
        }
        return .json(status, body)
    }
}
