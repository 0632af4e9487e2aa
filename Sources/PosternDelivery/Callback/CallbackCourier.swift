internal import Foundation
public import NIOCore
public import NIOPosix
public import PosternModel

/// Calls one address for one event.
///
/// May be called from several tasks at once. Never throws: what went wrong is an answer.
public protocol CallbackCarrier: Sendable {
    /// Tries once; returns within the carrier's own time limits.
    func call(_ url: CallbackURL, under id: String, saying body: [UInt8]) async -> Carriage

    /// Lets go of connections; called once, after the last call has returned.
    func close() async
}

/// Posts JSON to the addresses that clients named, at hosts that the operator lists.
///
/// The list is asked again at each call: what was allowed when a message was sent may not be any more. No redirect is
/// followed, and no proxy is used. Login and password of an address become Basic authorization and reach nothing else.
public final class CallbackCourier: CallbackCarrier {
    private let hosts: Set<String>
    private let answerLimit: Duration
    private let line: HTTPLine

    /// Reads the authorities' file; opens nothing.
    ///
    /// - Parameters:
    ///   - hosts: The hosts that may be called, in lower case, at any port.
    ///   - authorityFile: PEM file with the authorities their certificates may come from; nil for the system's.
    ///   - connectLimit: How long connecting may take, the TLS handshake included.
    ///   - answerLimit: How long a whole call may take.
    ///   - group: Event loops to work on; the process's own by default.
    /// - Throws: What is wrong with the authorities' file.
    public init(
        hosts: Set<String>, authorityFile: String? = nil, connectLimit: Duration = .seconds(5),
        answerLimit: Duration = .seconds(15),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) throws(HTTPEndpointProblem) {
        self.hosts = hosts
        self.answerLimit = answerLimit
        do {
            line = try HTTPLine(
                authorityFile: authorityFile, connectLimit: connectLimit, group: group)
        } catch {
            throw .unreadable("The authorities for callbacks", in: authorityFile, error)
        }
    }

    /// Tries once to post a body.
    ///
    /// - Returns: `taken` for 2xx and 409; `refused` for a host that is not listed, or an address that cannot be called. Whatever
    ///   else is answered may be otherwise at another time, and is put off.
    public func call(
        _ url: CallbackURL, under id: String, saying body: [UInt8]
    ) async -> Carriage {
        guard hosts.contains(url.place.host) else {
            return .refused("Its host is not among those that may be called back.")
        }
        var headers = [
            ("Content-Type", "application/json"), ("User-Agent", "Postern"),
            ("Idempotency-Key", id),
        ]
        if let login = url.userInfo?.withExposed({ Data($0.utf8).base64EncodedString() }) {
            headers.append(("Authorization", "Basic \(login)"))
        }
        guard let request = HTTPLine.request(url.place, headers: headers, body: body) else {
            return .refused("Its address cannot be called.")
        }
        switch await line.call(request, within: answerLimit) {
        case .answered(let answer):
            // 409: it has had a call of this name already, whose answer we never heard.
            if (200...299).contains(answer.status) || answer.status == 409 { return .taken }
            let sentence = "It answered \(answer.status)."
            return answer.retryAfter.map { .deferred(sentence, by: $0) } ?? .delayed(sentence)
        case .notSent(let words):
            return .unreachable("No connection to \(url.place.host):\(url.place.port): \(words).")
        case .unanswered(let words): return .uncertain("No answer came: \(words).")
        case .closed: return .unreachable("The courier has been closed.")
        }
    }

    /// Closes every connection.
    public func close() async { await line.close() }
}
