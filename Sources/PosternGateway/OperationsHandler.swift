import Foundation
import HTTPTypes
public import PosternListener
import PosternModel
import Synchronization

/// What operators' tools ask: health and metrics, on a listener of its own.
public final class OperationsHandler: RequestHandler {
    /// Answers under way at once: whoever asks more often does not wait for them.
    private static let mostAtOnce = 16

    private let health: HealthBoard
    private let metrics: @Sendable () -> MetricsPage
    private let executor: any TaskExecutor
    private let underWay = Atomic(0)

    /// Serves a board and a page.
    ///
    /// - Parameters:
    ///   - health: The board.
    ///   - metrics: Makes the page.
    ///   - executor: Threads that may wait for a disk, as board and page do.
    public init(
        health: HealthBoard, metrics: @escaping @Sendable () -> MetricsPage,
        executor: any TaskExecutor
    ) {
        self.health = health
        self.metrics = metrics
        self.executor = executor
    }

    /// Answers `/health/live`, `/health/ready` and `/metrics`.
    public func handle(_ request: ReceivedRequest, reply: Reply) {
        guard request.head.method == .get || request.head.method == .head else {
            reply.send(.text(.methodNotAllowed, "Ask with GET.\n"))
            return
        }
        let path = String((request.head.path ?? "/").prefix { $0 != "?" })
        guard path == Self.metricsPath || path == HealthBoard.readyPath else {
            reply.send(answer(path))
            return
        }
        guard underWay.add(1, ordering: .relaxed).newValue <= Self.mostAtOnce else {
            underWay.subtract(1, ordering: .relaxed)
            reply.send(.text(.serviceUnavailable, "Too many ask at once.\n"))
            return
        }
        Task(executorPreference: executor) { [self] in
            reply.send(answer(path))
            underWay.subtract(1, ordering: .relaxed)
        }
    }

    private static let metricsPath = "/metrics"

    private func answer(_ path: String) -> OutgoingResponse {
        if path == Self.metricsPath {
            return .text(.ok, metrics().text, type: "text/plain; version=0.0.4; charset=utf-8")
        }
        return health.answer(path: path, to: .operators) ?? .text(.notFound, "Not found.\n")
    }

    /// Says in a line what the listener refused.
    public func response(to refused: RefusedRequest) -> OutgoingResponse {
        var response = OutgoingResponse.text(
            refused.problem.status, "\(refused.problem.status.reasonPhrase).\n")
        response.head.headerFields.append(contentsOf: refused.problem.fields)
        return response
    }
}

extension HealthBoard {
    /// Who asks how Postern is.
    enum Audience {
        /// Anybody on the network. They are told the one word: reasons quote policy files, paths and faults.
        case clients
        /// Whoever can reach the operations listener.
        case operators
    }

    static let readyPath = "/health/ready"

    /// What balancers ask every few seconds, on connections of their own: written once.
    private static let live = OutgoingResponse.json(.ok, ["status": "good"])

    /// The answer to a health path; nil for any other.
    ///
    /// `/health/live` says that the process answers; `/health/ready` says whether sends can be served, with
    /// 503 when one part is down, and to operators which part and why. The parts are asked for that, once each.
    func answer(path: String, to audience: Audience) -> OutgoingResponse? {
        switch path {
        case "/health/live": return Self.live
        case Self.readyPath:
            let states = states
            let summary = Self.summary(of: states)
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
        default: return nil
        }
    }
}

extension OutgoingResponse {
    /// A line of text.
    static func text(
        _ status: HTTPResponse.Status, _ text: String, type: String = "text/plain; charset=utf-8"
    ) -> OutgoingResponse {
        OutgoingResponse(
            head: HTTPResponse(
                status: status, headerFields: [.contentType: type, .cacheControl: "no-store"]),
            body: Array(text.utf8))
    }

    /// A JSON object with sorted keys.
    static func json(
        _ status: HTTPResponse.Status, _ object: [String: any Sendable]
    ) -> OutgoingResponse {
        let data = try? JSONSerialization.data(
            withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
        return OutgoingResponse(
            head: HTTPResponse(
                status: status,
                headerFields: [.contentType: "application/json", .cacheControl: "no-store"]),
            body: Array(data ?? Data()))
    }
}
