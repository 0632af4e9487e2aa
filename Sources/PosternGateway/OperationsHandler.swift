import Foundation
import HTTPTypes
public import PosternListener
import PosternModel
import Synchronization

/// What operators' tools ask: health and metrics, on a listener of its own.
public final class OperationsHandler: RequestHandler {
    /// Pages of metrics under way at once: whoever asks more often does not wait for them.
    private static let mostAtOnce = 16

    private let health: HealthDesk
    private let metrics: @Sendable () -> MetricsPage
    private let executor: any TaskExecutor
    private let underWay = Atomic(0)

    /// Serves health and a page.
    ///
    /// - Parameters:
    ///   - health: Tells how Postern is.
    ///   - metrics: Makes the page.
    ///   - executor: Where it is made: no event loop's thread, and none that requests wait for.
    public init(
        health: HealthDesk, metrics: @escaping @Sendable () -> MetricsPage,
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
        guard path == Self.metricsPath else {
            let isThere = health.answer(path, to: .operators) { reply.send($0) }
            if !isThere { reply.send(.text(.notFound, "Not found.\n")) }
            return
        }
        guard underWay.add(1, ordering: .relaxed).newValue <= Self.mostAtOnce else {
            underWay.subtract(1, ordering: .relaxed)
            reply.send(.text(.serviceUnavailable, "Too many ask at once.\n"))
            return
        }
        Task(executorPreference: executor) { [self] in
            reply.send(
                .text(.ok, metrics().text, type: "text/plain; version=0.0.4; charset=utf-8"))
            underWay.subtract(1, ordering: .relaxed)
        }
    }

    private static let metricsPath = "/metrics"

    /// Says in a line what the listener refused.
    public func response(to refused: RefusedRequest) -> OutgoingResponse {
        var response = OutgoingResponse.text(
            refused.problem.status, "\(refused.problem.status.reasonPhrase).\n")
        response.head.headerFields.append(contentsOf: refused.problem.fields)
        return response
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
