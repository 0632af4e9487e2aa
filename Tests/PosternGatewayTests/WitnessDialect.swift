import HTTPTypes
import PosternDialectKit
import PosternModel
import Synchronization

@testable import PosternGateway

/// A dialect that keeps note of where it reads: `/witness/sends/N` asks for N sends of the bench's draft, `/witness/operate`
/// for an operation, and whatever else is below `/witness` is answered.
final class WitnessDialect: Dialect {
    private struct Manner: ResponseManner {}

    let name = "witness"
    private let readings = Mutex<[Bool]>([])

    /// Of each body it read, whether that was on an event loop.
    var readOnEventLoop: [Bool] { readings.withLock { $0 } }

    func decode(_ request: DialectRequest) -> Decoding {
        let segments = request.target.segments
        guard segments.first == "witness" else { return .notMine }
        readings.withLock { if !request.body.isEmpty { $0.append(GatewayBench.isOnEventLoop) } }
        let token = request.head.headerFields[.authorization].map {
            PresentedCredential(token: Secret($0))
        }
        switch segments.dropFirst().first {
        case "sends":
            let count = segments.last.flatMap { $0.flatMap { Int($0) } } ?? 1
            let intent = SendIntent(credential: token, draft: MessageGUID(GatewayBench.guid))
            return .sends(Array(repeating: intent, count: count), Manner())
        case "operate":
            return .operate(OperationRequest(credential: token, operation: .signOut), Manner())
        default: return .answer(DialectResponse(head: HTTPResponse(status: .accepted)))
        }
    }

    func encode(_ outcome: SendOutcome, in manner: any ResponseManner) -> DialectResponse {
        encode([outcome], in: manner)
    }

    /// 200 where all went well, 409 where something did not; the body is a byte for each.
    func encode(
        _ outcomes: [SendOutcome], in manner: any ResponseManner
    ) -> DialectResponse {
        let isYes = outcomes.allSatisfy { if case .accepted = $0 { true } else { false } }
        return DialectResponse(
            head: HTTPResponse(status: isYes ? .ok : .conflict),
            body: outcomes.map { _ in UInt8(ascii: ".") })
    }

    func encode(
        _ outcome: OperationOutcome, in manner: any ResponseManner
    ) -> DialectResponse {
        DialectResponse(head: HTTPResponse(status: .created))
    }

    func encode(_ problem: RequestProblem, for request: DialectRequest) -> DialectResponse {
        var status = HTTPResponse.Status.badRequest
        if case .fault = problem { status = .serviceUnavailable }
        return DialectResponse(head: HTTPResponse(status: status))
    }

    func bodyLimit(for head: HTTPRequest) -> Int? { 1 << 20 }
}
