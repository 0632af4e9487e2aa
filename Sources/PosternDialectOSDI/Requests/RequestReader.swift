import HTTPTypes
import PosternDialectKit
import PosternModel

/// A request of a known route, on its way to an operation.
struct RequestReader {
    let route: Route
    let links: Links
    let query: JSONObject
    private let request: DialectRequest
    private let credential: PresentedCredential?

    /// - Throws: A query that cannot be read.
    init(
        _ request: DialectRequest, _ target: RequestTarget, _ route: Route, _ links: Links
    ) throws(BadRequest) {
        self.request = request
        self.route = route
        self.links = links
        query = try Self.parameters(target.query)
        credential = PresentedCredential(shownIn: request.head.headerFields, query: query)
    }

    /// What the request asks for.
    ///
    /// - Parameter method: One of the route's.
    /// - Returns: A send or an operation.
    /// - Throws: What cannot be understood.
    func decoding(of method: HTTPRequest.Method) throws(BadRequest) -> Decoding {
        switch route {
        case .messages where method == .get:
            let listing = try listing(at: links.messages)
            let search = try OutgoingSearch(listing)
            return operate(.dispatch(.listOutgoing(search)), .messages(listing))
        case .messages:
            let body = try body()
            var content = DraftContent()
            try MessageChanges(body, links).apply(to: &content)
            return try operate(.dispatch(.compose(Composition(content: content))), .message, body)
        case .message(let guid):
            let name = guid.map { MessageName.guid($0) } ?? .malformed
            switch method {
            case .get: return operate(.dispatch(.readOutgoing(name)), .message)
            case .delete: return operate(.deleteMessage(guid), .deletion("message"))
            default:
                let body = try body()
                let changes = try MessageChanges(body, links)
                return try operate(
                    .dispatch(.amendDraft(name) { changes.apply(to: &$0) }), .message, body)
            }
        case .send(let guid):
            if method == .delete { return operate(.dispatch(.stop([name(guid)])), .stop) }
            _ = try body()
            return try send(guid, at: nil, .send)
        case .schedule(let guid):
            if method == .delete { return operate(.dispatch(.unschedule(name(guid))), .unschedule) }
            let (start, end) = try schedule(try body())
            return try send(guid, at: start, .schedule(endGiven: end != nil))
        case .people, .person: return try people(method)
        case .lists, .list, .items, .item: return try lists(method)
        case .entry, .unknown: return .notMine
        }
    }

    private func name(_ guid: MessageGUID?) -> MessageName {
        guid.map { MessageName.guid($0) } ?? .malformed
    }

    private func send(
        _ guid: MessageGUID?, at start: Instant?, _ reply: OSDIManner.Reply
    ) throws(BadRequest) -> Decoding {
        .send(
            SendIntent(
                credential: credential, subject: .draft(guid), at: start,
                requirements: [.recipients, .subject, .body], inviteNewUsers: false,
                sendEmailNotification: false, dryRun: try dryRun()),
            manner(reply))
    }

    private func people(_ method: HTTPRequest.Method) throws(BadRequest) -> Decoding {
        guard case .person(let id) = route else {
            guard method == .post else {
                let listing = try listing(at: links.people)
                return operate(
                    .contacts(.listContacts(try ContactSearch(listing))), .people(listing))
            }
            let body = try body()
            return try operate(
                .contacts(.createContact(ContactContent(signingUp: body))), .person, body)
        }
        switch method {
        case .get: return operate(.contacts(.readContact(id)), .person)
        case .delete: return operate(.contacts(.deleteContact(id)), .deletion("person"))
        default:
            let body = try body()
            let changes = try PersonChanges(body)
            return try operate(
                .contacts(.amendContact(id) { changes.apply(to: &$0) }), .person, body)
        }
    }

    private func lists(_ method: HTTPRequest.Method) throws(BadRequest) -> Decoding {
        switch route {
        case .list(let id):
            switch method {
            case .get: return operate(.contactLists(.readContactList(id)), .list)
            case .delete: return operate(.contactLists(.deleteContactList(id)), .deletion("list"))
            default:
                let body = try body()
                let name = try body.listName()
                return try operate(
                    .contactLists(.amendContactList(id) { if let name { $0.name = name } }), .list,
                    body)
            }
        case .items(let id):
            guard method == .post else {
                let listing = try listing(at: links.items(of: id))
                try listing.refuseFilter()
                return operate(
                    .contacts(.listContacts(ContactSearch(window: listing.window, list: id))),
                    .items(id, listing))
            }
            let body = try body()
            let person = try ContactID(ofItem: body, links)
            return try operate(
                .contactLists(.changeMembers(id, add: [person], remove: [])), .item(id, person),
                body)
        case .item(let id, let person):
            return method == .delete
                ? operate(
                    .contactLists(.changeMembers(id, add: [], remove: [person])), .deletion("item"))
                : operate(.contacts(.readContact(person)), .item(id, person))
        default:
            guard method == .post else {
                let listing = try listing(at: links.lists)
                try listing.refuseFilter()
                return operate(.contactLists(.listContactLists(listing.window)), .lists(listing))
            }
            let body = try body()
            return try operate(
                .contactLists(.createContactList(ContactListContent(new: body))), .list, body)
        }
    }

    // MARK: what becomes of it

    private func manner(_ reply: OSDIManner.Reply) -> OSDIManner {
        var manner = OSDIManner(reply, resource: route.resource)
        manner.wantsProblem = Negotiation(request.head.headerFields).wantsProblem
        return manner
    }

    private func operate(_ operation: Operation, _ reply: OSDIManner.Reply) -> Decoding {
        .operate(OperationRequest(credential: credential, operation: operation), manner(reply))
    }

    private func operate(
        _ operation: Operation, _ reply: OSDIManner.Reply, _ body: JSONObject
    ) throws(BadRequest) -> Decoding {
        var manner = manner(reply)
        let control = try body.object("osdi:control")
        manner.isBrief = try control?.truth("return_response") == false
        return .operate(OperationRequest(credential: credential, operation: operation), manner)
    }

    // MARK: parts

    private func listing(at address: String) throws(BadRequest) -> Listing {
        try Listing(address, query)
    }

    private func truth(_ name: String) throws(BadRequest) -> Bool? {
        guard case .string(let text)? = query[name], !text.isEmpty else { return nil }
        if text == "1" || text.equalsIgnoringCase("true") { return true }
        if text == "0" || text.equalsIgnoringCase("false") { return false }
        throw BadRequest("\(name) must be true or false.", at: name)
    }

    /// Whether a send is only tried; a bare flag is refused, for a try must never become a send.
    private func dryRun() throws(BadRequest) -> Bool {
        let name = "dryRun"
        guard query[name] != nil else { return false }
        guard let truth = try truth(name) else {
            throw BadRequest("\(name) must be true or false.", at: name)
        }
        return truth
    }

    /// The dates of a schedule, from the body or, as a released client sends them, from the query.
    private func schedule(
        _ body: JSONObject
    ) throws(BadRequest) -> (start: Instant, end: Instant?) {
        guard let start = try date("scheduled_start_date", body) else {
            throw BadRequest(
                "A scheduled_start_date is needed, such as 2026-11-28T10:11:12Z.",
                at: "scheduled_start_date")
        }
        let end = try date("scheduled_end_date", body)
        if let end, end <= start {
            throw BadRequest(
                "scheduled_end_date must come after scheduled_start_date.",
                at: "scheduled_end_date")
        }
        return (start, end)
    }

    private func date(_ name: String, _ body: JSONObject) throws(BadRequest) -> Instant? {
        var dates: [Instant] = []
        for source in [body, query] {
            guard let text = try source.text(name), !text.isEmpty else { continue }
            guard let date = Instant(osdiText: text) else {
                throw BadRequest(
                    "\(name) must be a date in ISO 8601, such as 2026-11-28T10:11:12Z.", at: name)
            }
            dates.append(date)
        }
        guard dates.allSatisfy({ $0 == dates[0] }) else {
            throw BadRequest("\(name) stands in the query and in the body, and differs.", at: name)
        }
        return dates.first
    }

    private static func parameters(_ query: ArraySlice<UInt8>?) throws(BadRequest) -> JSONObject {
        guard let query else { return JSONObject() }
        do { return try JSONObject(parameters: query) } catch {
            switch error {
            case .badEncoding:
                throw .unreadable("The query is not percent-encoded UTF-8 without controls.")
            case .duplicate:
                throw .unreadable("The query names a parameter twice, or in two spellings.")
            case .tooMany: throw .unreadable("The query has more than 64 parameters.")
            }
        }
    }

    /// The body's members, whatever its type is said to be; nothing and `null` have none.
    private func body() throws(BadRequest) -> JSONObject {
        let encodings = request.head.headerFields[values: .contentEncoding]
        guard encodings.allSatisfy({ $0.equalsIgnoringCase("identity") }) else {
            throw .encoded("The body is compressed; send it as it is.")
        }
        guard !request.body.allSatisfy({ [0x20, 0x09, 0x0A, 0x0D].contains($0) }) else {
            return JSONObject()
        }
        let value: JSONValue
        do { value = try JSONValue(strict: request.body) } catch {
            throw .unreadable("The body is not readable JSON: \(error.clause).")
        }
        switch value {
        case .object(let object): return object
        case .null: return JSONObject()
        default: throw .unreadable("The body is not a JSON object.")
        }
    }
}

extension Instant {
    /// Reads ISO 8601; nil for anything else.
    ///
    /// Without an offset it is UTC.
    init?(osdiText text: String) {
        guard text.utf8.first?.isASCIIDigit == true else { return nil }
        self.init(clientText: text)
    }
}
