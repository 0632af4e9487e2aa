public import HTTPTypes
public import PosternDialectKit
public import PosternModel

/// A dialect at the place it is mounted: at a host's name, below a prefix, or both.
///
/// The dialect itself sees paths as its contract has them.
public struct MountedDialect: Dialect {
    private let dialect: any Dialect
    private let host: String?
    private let prefix: String

    /// Mounts a dialect.
    ///
    /// - Parameters:
    ///   - dialect: The dialect.
    ///   - host: The only host name it answers at, in lower case, without a port; nil for any.
    ///   - prefix: What its paths begin with, `/name` without a slash at the end; empty for nothing.
    public init(_ dialect: any Dialect, host: String?, prefix: String) {
        self.dialect = dialect
        self.host = host
        self.prefix = prefix
    }

    /// The dialect's name.
    public var name: String { dialect.name }

    /// Reads a request made at this place.
    public func decode(_ request: DialectRequest) -> Decoding {
        guard let inner = seen(request.head) else { return .notMine }
        return dialect.decode(DialectRequest(head: inner, body: request.body))
    }

    /// Words an outcome.
    public func encode(_ outcome: SendOutcome, in manner: any ResponseManner) -> DialectResponse {
        dialect.encode(outcome, in: manner)
    }

    /// Words several outcomes.
    public func encode(
        _ outcomes: [SendOutcome], in manner: any ResponseManner
    ) -> DialectResponse {
        dialect.encode(outcomes, in: manner)
    }

    /// Words how an operation ended.
    public func encode(
        _ outcome: OperationOutcome, in manner: any ResponseManner
    ) -> DialectResponse {
        dialect.encode(outcome, in: manner)
    }

    /// Words a problem.
    public func encode(_ problem: RequestProblem, for request: DialectRequest) -> DialectResponse {
        dialect.encode(
            problem,
            for: DialectRequest(head: seen(request.head) ?? request.head, body: request.body))
    }

    /// The largest body the dialect takes for a request made at this place.
    public func bodyLimit(for head: HTTPRequest) -> Int? {
        seen(head).flatMap { dialect.bodyLimit(for: $0) }
    }

    /// Whether a request was made at this place, whatever is there.
    public func covers(_ head: HTTPRequest) -> Bool { seen(head) != nil }

    /// The request as the dialect sees it; nil when it was made elsewhere.
    private func seen(_ head: HTTPRequest) -> HTTPRequest? {
        if let host, Self.hostName(head.authority) != host { return nil }
        guard !prefix.isEmpty else { return head }
        guard let path = head.path, path.hasPrefix(prefix) else { return nil }
        let rest = path.dropFirst(prefix.count)
        guard rest.isEmpty || rest.hasPrefix("/") || rest.hasPrefix("?") else { return nil }
        var inner = head
        inner.path = rest.hasPrefix("/") ? String(rest) : "/" + rest
        return inner
    }

    /// The host's name in lower case, without its port and without the dot of its root.
    private static func hostName(_ authority: String?) -> String? {
        guard var name = authority?.lowercased() else { return nil }
        if let colon = name.lastIndex(of: ":"), !name[colon...].contains("]") {
            name = String(name[..<colon])
        }
        return name.hasSuffix(".") ? String(name.dropLast()) : name
    }
}
