public import HTTPTypes
public import PosternDialectKit
public import PosternModel

extension SecureMessagingDialect {
    /// Reads a request for anything but a send.
    func decode(
        _ match: RouteMatch, at route: Route, _ request: DialectRequest, query: JSONObject,
        manner: SecureMessagingManner
    ) throws(BadRequest) -> Decoding {
        let head = request.head
        guard let entry = match.entry(for: head.method) else {
            return .methodNotAllowed(match.methods)
        }
        if entry.isReading, head.headerFields.isSpeculative {
            throw BadRequest(
                .speculative, "Nothing is fetched in advance here: it would count as read.")
        }
        let body =
            entry.content == .chunk
            ? JSONObject()
            : try Parameters.body(of: request, route: route, root: entry.name)
        let parameters = Parameters(query: query, body: body)
        // DIVERGENCE: ServiceStack binds these from a query as well; see `Divergences.md`.
        try parameters.refuseInQuery(
            ["password", "x-sm-password"]
                // The vendor's C# client puts all members of a DELETE there, and the token is dead once it is done.
                + (entry.method == .delete ? [] : ["authenticationToken"]))
        let reader = OperationReader(
            parameters: parameters, path: match.values, request: request)
        switch entry.making {
        case .answer(let make):
            let reply = OperationReply(
                typeName: entry.response, object: try make(reader, service))
            return .answer(reply.response(.ok, in: manner))
        case .operation(let make):
            let operation = try make(reader)
            let credential = PresentedCredential(
                shownIn: head, query: entry.takesTokenInQuery ? query : nil,
                readsOnly: head.method == .get && !entry.givesSecret && manner.callback == nil)
            return .operate(
                OperationRequest(credential: credential, operation: operation),
                OperationManner(
                    wishes: manner, entry: entry, cookie: try cookie(operation, parameters)))
        }
    }

    private func cookie(
        _ operation: Operation, _ parameters: Parameters
    ) throws(BadRequest) -> OperationManner.Cookie {
        switch operation {
        case .signIn, .signInByToken:
            try parameters.truth("cookieless") ?? false ? .leave : .set
        case .signOut: .clear
        default: .leave
        }
    }

    /// Words an operation's outcome: what the contract's type holds, the contract's texts and statuses, or a problem
    /// document where one was asked for.
    public func encode(
        _ outcome: OperationOutcome, in manner: any ResponseManner
    ) -> DialectResponse {
        let manner = manner as? OperationManner ?? .unknown
        switch outcome {
        case .done(.content(let content), _): return Self.download(content)
        case .done(let result, _):
            return OperationReply(
                typeName: manner.entry.response, object: object(result, for: manner.entry)
            ).response(.ok, in: manner.wishes, fields: Self.fields(result, in: manner))
        case .refused(let refusal, let stamp):
            let wording = refusal.code.wording(for: manner.entry)
            return Self.answer(wording, as: manner.entry.response, in: manner.wishes) {
                ProblemDocument.refusal(
                    refusal, stamp: stamp, status: wording.status,
                    title: refusal.code.wording.text, code: wording.errorCode)
            }
        case .failed(let failure):
            let wording = failure.fault.code.wording
            return Self.answer(wording, as: manner.entry.response, in: manner.wishes) {
                ProblemDocument.fault(
                    failure.fault, decision: failure.decision, status: wording.status)
            }
        }
    }

    /// What the contract's answer holds.
    private func object(_ result: OperationResult, for entry: RouteEntry) -> ReplyObject {
        switch result {
        case .done, .content: [:]
        case .session(let token, let user):
            entry.name == "Login"
                ? ReplyObject(session: token, user: user) : ["SessionToken": .secret(token)]
        case .authenticationToken(let token): ["AuthenticationToken": .secret(token)]
        case .user(let user): ReplyObject(settings: user)
        case .quotas(let left): ReplyObject(quotas: left)
        case .rights(let rights): ReplyObject(rights: rights, of: service)
        case .draft(let guid): ["MessageGuid": .guid(guid)]
        case .uploads(let uploads):
            entry.method == .get
                ? ReplyObject(progress: uploads)
                : ReplyObject(placeholders: uploads, base: service.baseURL)
        case .attachment(let view): ReplyObject(details: view)
        case .message(let message):
            ReplyObject(message: message).inherited(by: ["Body": .text(message.body ?? "")])
        case .messages(let page):
            ReplyObject(page: page, of: "MessageSummary") { ReplyObject(message: $0) }
        case .tracking(let page):
            ReplyObject(page: page, of: "TrackingDetail") { ReplyObject(event: $0) }
        // The contract tells the label's GUID to who made it, and to others nothing.
        case .label(let label): entry.name == "CreateLabel" ? ["LabelGuid": .guid(label.guid)] : [:]
        case .labels(let labels):
            ["Results": .list(of: "Label", labels.map { .object(ReplyObject(label: $0)) })]
        // What only other dialects ask for.
        case .contact, .contacts, .contactList, .contactLists, .outgoing, .outgoings, .stops,
            .incoming, .incomings:
            [:]
        }
    }

    private static func fields(_ result: OperationResult, in manner: OperationManner) -> HTTPFields
    {
        var fields = HTTPFields()
        if case .session(let token, _) = result {
            fields[.apiVersion] = ServiceDescription.dialectVersion
            fields[.serviceSettingsVersion] = "1"
            fields[.userSettingsVersion] = "1"
            if manner.cookie == .set {
                fields.append(token.withExposed { .cookie($0, rest: "") })
            }
        }
        if manner.cookie == .clear { fields.append(.cookie("", rest: "; Max-Age=0")) }
        return fields
    }

    /// A file on its way out: nothing a browser would open in the portal's name.
    private static func download(_ content: FileContent) -> DialectResponse {
        var response = DialectResponse.make(
            .ok, "application/octet-stream", [],
            [
                .contentDisposition: ContentDisposition.attachment(fileName: content.name),
                .contentSecurityPolicy: "sandbox",
            ])
        response.content = content
        return response
    }

    /// The largest body the contract's files and drafts need.
    public func bodyLimit(for head: HTTPRequest) -> Int? {
        let path = head.path ?? ""
        // Nearly every body is a send's, which has the standard limit.
        guard head.method == .post || head.method == .put, !path.hasSuffix("/send"),
            let route = Route(RequestTarget(path).segments),
            case .other(let match) = route.operation
        else { return nil }
        return match.entry(for: head.method)?.bodyLimit
    }
}

extension HTTPField {
    /// The session's cookie: for this host alone, out of reach of scripts, and never sent along from another site.
    ///
    /// HTTP/2 keeps it out of its tables, where its length could be felt out.
    fileprivate static func cookie(_ token: String, rest: String) -> HTTPField {
        var field = HTTPField(
            name: .setCookie,
            value:
                "\(PresentedCredential.cookie)=\(token); Path=/; Secure; HttpOnly; SameSite=Strict\(rest)"
        )
        field.indexingStrategy = .disallow
        return field
    }
}
