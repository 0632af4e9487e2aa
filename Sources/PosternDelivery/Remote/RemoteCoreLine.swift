internal import AsyncHTTPClient
internal import Foundation
internal import HTTPTypes
public import NIOCore
internal import NIOHTTP1
public import NIOPosix
public import PosternCoreContract
internal import PosternModel

/// Asks a delivery core over HTTPS, as the contract has it.
///
/// No redirect is followed and no proxy is used; answers are bounded, and believed only as far as they can be read.
public final class RemoteCoreLine: CoreCalls {
    /// Bytes of an answer's body: 1,000 endings, each with the longest reason a core writes.
    private static let longestBody = 4 << 20

    private let endpoint: HTTPEndpoint
    private let key: CoreKey
    private let line: HTTPLine

    /// Reads the authorities' file; opens nothing.
    ///
    /// - Parameters:
    ///   - endpoint: Whom to ask.
    ///   - key: What shows it who asks.
    ///   - group: Event loops to work on; the process's own by default.
    /// - Throws: What is wrong with the endpoint.
    public init(
        endpoint: HTTPEndpoint, key: CoreKey,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) throws(HTTPEndpointProblem) {
        line = try HTTPLine(to: endpoint, of: "The core", group: group)
        self.endpoint = endpoint
        self.key = key
        guard request(.listEndings) != nil else { throw .uncallable("The core's address") }
    }

    /// Hands over one delivery.
    public func entrust(
        _ delivery: EntrustedDelivery, under key: DeliveryKey
    ) async -> CoreReply<DeliveryState> {
        await ask(request(.entrust, of: key, saying: delivery.json), Self.readState)
    }

    /// Asks how one delivery stands.
    public func state(of key: DeliveryKey) async -> CoreReply<DeliveryState> {
        await ask(request(.readState, of: key), Self.readState)
    }

    /// Asks for one delivery not to leave.
    public func withdraw(_ key: DeliveryKey) async -> CoreReply<DeliveryState> {
        await ask(request(.withdraw, of: key), Self.readState)
    }

    /// Asks what ended.
    public func endings(_ query: EndingsQuery) async -> CoreReply<EndingsPage> {
        await ask(request(.listEndings, query: query)) {
            bytes throws(ContractProblem) in try EndingsPage(json: bytes)
        }
    }

    /// Closes every connection.
    public func close() async { await line.close() }

    private static func readState(_ bytes: [UInt8]) throws(ContractProblem) -> DeliveryState {
        try DeliveryState(json: bytes)
    }

    private func request(
        _ name: CoreRoute.Name, of delivery: DeliveryKey? = nil, query: EndingsQuery? = nil,
        saying body: [UInt8]? = nil
    ) -> HTTPClient.Request? {
        let route = CoreRoute.named(name)
        var fields = [("User-Agent", "Postern"), ("Accept", "application/json")]
        key.authorization.withExposed { fields.append(("Authorization", $0)) }
        if body != nil { fields.append(("Content-Type", "application/json")) }
        guard let url = try? endpoint.url.appending(route.target(delivery, query: query)) else {
            return nil
        }
        return HTTPLine.request(
            url, method: HTTPMethod(rawValue: route.method.rawValue), headers: fields, body: body)
    }

    private func ask<Value>(
        _ request: HTTPClient.Request?,
        _ read: ([UInt8]) throws(ContractProblem) -> Value
    ) async -> CoreReply<Value> {
        guard let request else {
            return .unreachable("The delivery core's address cannot be called.")
        }
        switch await line.call(
            request, within: endpoint.answerLimit, keepingBodyUpTo: Self.longestBody)
        {
        case .answered(let answer): return reply(answer, read)
        case .notSent(let words):
            return .unreachable("No connection to the delivery core at \(place): \(words).")
        case .unanswered(let words):
            return .unclear("The delivery core at \(place) gave no answer: \(words).")
        case .closed: return .unreachable("The line to the delivery core has been closed.")
        }
    }

    private var place: String { "\(endpoint.url.host):\(endpoint.url.port)" }

    private func reply<Value>(
        _ answer: HTTPAnswer, _ read: ([UInt8]) throws(ContractProblem) -> Value
    ) -> CoreReply<Value> {
        let sentence = "The delivery core at \(place) answered \(answer.status)"
        guard !(200...299).contains(answer.status) else {
            guard let body = answer.body else {
                return .unclear("\(sentence), and its answer broke off.")
            }
            do throws(ContractProblem) { return .said(try read(body)) } catch {
                return .unclear("\(sentence), and cannot be understood. \(error.sentence)")
            }
        }
        let problem = answer.body.flatMap { CoreProblem(json: $0) }
        switch answer.status {
        case 401, 403: return .unreachable("\(sentence): it does not accept our key.")
        case 408, 429, 500...: return .unclear("\(sentence). \(problem?.detail ?? "")".trimmed)
        default:
            // An answer that is none of the contract's comes from somebody else.
            guard let problem, problem.name.status.code == answer.status else {
                return .unreachable("\(sentence), and not as a delivery core does.")
            }
            return .objected(problem)
        }
    }
}

extension String {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespaces) }
}
