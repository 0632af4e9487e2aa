public import HTTPTypes
public import PosternDialectKit
public import PosternModel

/// The message API of Personium 1.5, as its own clients speak it: a cell is an account's handle.
///
/// Where it differs from the original on purpose, `Divergences.md` says how and why.
public struct PersoniumDialect: Dialect {
    /// `personium`.
    public let name = "personium"

    /// Where all cells are.
    let unit: Unit

    /// Makes the dialect of one unit.
    ///
    /// - Parameters:
    ///   - mount: Where it is: the unit's address.
    ///   - units: The units of others, whose cells can be written to.
    public init(mount: Mount, units: any ForeignUnits = NoForeignUnits()) {
        unit = Unit(baseURL: mount.baseURL, others: units)
    }

    /// Reads a request, in Personium's order: overrides, the path, the caller's token, then all else.
    public func decode(_ request: DialectRequest) -> Decoding {
        let target = request.target
        guard let route = Route(target.segments) else { return .notMine }
        let effective = EffectiveRequest(request.head)
        let manner = PersoniumManner(effective.fields, cell: route.cell, on: unit)
        if effective.method == .options {
            return .answer(Self.options(route, effective.fields, in: manner))
        }
        do throws(PersoniumProblem) {
            if let accept = effective.fields.first(.accept), !accept.utf8.allSatisfy({ $0 < 0x80 })
            {
                throw .badField("Accept", accept)
            }
            guard let cell = route.cell else { throw .cellMissing }
            if route.place == .unknown { throw .unknownPath }
            guard let method = effective.method, route.methods.contains(method) else {
                return .methodNotAllowed(route.methods)
            }
            let token = try Secret(bearerIn: effective.fields)
            let routed = RoutedRequest(
                cell: cell, place: route.place, deletes: method == .delete, query: target.query,
                fields: effective.fields, body: request.body)
            if route.place == .port { return try decodePort(routed, showing: token, in: manner) }
            return try decode(
                routed, by: PresentedCredential(token: token, claimedUser: cell.description),
                in: manner)
        } catch {
            return .answer(.error(error, in: manner))
        }
    }

    /// Words a problem that no send or operation has met yet.
    public func encode(_ problem: RequestProblem, for request: DialectRequest) -> DialectResponse {
        let target = request.target
        let manner = PersoniumManner(
            EffectiveRequest(request.head).fields, cell: Route(target.segments)?.cell, on: unit)
        let wording = problem.problem
        guard case .fault(let fault, let decision) = problem else {
            return .error(wording, in: manner)
        }
        return .error(wording, in: manner) {
            ProblemDocument.fault(fault, decision: decision, status: wording.status)
        }
    }

    /// Room for a text and a list of cells of 51,200 bytes each, were every one of them escaped.
    public func bodyLimit(for head: HTTPRequest) -> Int? {
        guard head.method == .post else { return nil }
        switch Route(RequestTarget(head.path ?? "").segments)?.place {
        case .send, .port: return 640 * 1024
        case .status, .list, .entity, .unknown, nil: return nil
        }
    }

    private static func options(
        _ route: Route, _ fields: HTTPFields, in manner: PersoniumManner
    ) -> DialectResponse {
        guard fields.first(.authorization) != nil else {
            return .options(
                "OPTIONS, GET, POST, PUT, DELETE, HEAD, MERGE, MKCOL, MOVE, PROPFIND, PROPPATCH, ACL",
                isPreflight: true, in: manner)
        }
        switch route.place {
        case .list: return .options("OPTIONS, GET, POST", isPreflight: false, in: manner)
        case .entity:
            return .options("OPTIONS, GET, PUT, MERGE, DELETE", isPreflight: false, in: manner)
        case .send, .port, .status, .unknown:
            return .options(nil, isPreflight: false, in: manner)
        }
    }
}
