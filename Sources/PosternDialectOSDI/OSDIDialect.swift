import HTTPTypes
public import PosternDialectKit
public import PosternModel

/// The OSDI API.
public struct OSDIDialect: Dialect {
    /// `osdi`.
    public let name = "osdi"
    let mount: Mount

    /// Makes the dialect.
    public init(mount: Mount) { self.mount = mount }

    /// Reads a request.
    public func decode(_ request: DialectRequest) -> Decoding { .notMine }

    /// Words an outcome.
    public func encode(_ outcome: SendOutcome, in manner: any ResponseManner) -> DialectResponse {
        DialectResponse(head: HTTPResponse(status: .internalServerError))
    }

    /// Words an outcome.
    public func encode(
        _ outcome: OperationOutcome, in manner: any ResponseManner
    ) -> DialectResponse {
        DialectResponse(head: HTTPResponse(status: .internalServerError))
    }

    /// Words a problem.
    public func encode(_ problem: RequestProblem, for request: DialectRequest) -> DialectResponse {
        DialectResponse(head: HTTPResponse(status: .internalServerError))
    }
}
