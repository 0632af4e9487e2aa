import HTTPTypes
import PosternDialectKit
import PosternDialectOSDI
import PosternModel
import Testing

/// Every code there is, in the shape of the specification's errors.
@Suite struct OSDIErrorTests {
    static let unauthorized: Set<String> = ["811", "user.credentials-wrong"]
    static let missing: Set<String> = [
        "929", "parent.missing", "attachment.missing", "label.missing", "dispatch.missing",
    ]
    static let bad: Set<String> = [
        "request.invalid", "chunk.mismatch", "contact.missing", "contact-list.missing",
        "contact-list.empty", "target.unknown", "target.too-many", "message.incomplete",
        "schedule.out-of-reach", "schedule.locked", "answer.too-large",
    ]
    static let conflicting: Set<String> = [
        "attachment.incomplete", "chunk.conflict", "label.taken", "contact.taken",
        "contact-list.taken", "message.taken", "message.closed", "message.not-scheduled",
        "message.answered", "message.request", "message.request-unanswerable",
        "contact-list.linked", "contact-list.unlinked", "dispatch.closed",
    ]
    static let codes: [OperationCode] =
        RefusalCode.allCases.map { .send($0) } + OperationCode.OwnCode.allCases.map { .own($0) }

    private func status(_ name: String) -> Int {
        if Self.unauthorized.contains(name) { return 401 }
        if Self.missing.contains(name) { return 404 }
        if Self.bad.contains(name) { return 400 }
        return Self.conflicting.contains(name) ? 409 : 403
    }

    @Test(arguments: codes)
    func `a no to what is done with a message has its status, code and sentence`(
        _ code: OperationCode
    ) throws {
        let (dialect, manner) = try OSDI.manner(of: "GET /api/v1/messages")
        let stamp = OperationStamp(decision: Sample.stamp.decision, policy: Sample.stamp.policy)
        let refused = OperationOutcome.refused(OperationRefusal(code), stamp)
        let response = dialect.encode(refused, in: manner)
        try expect(response, status(code.name), code.name, code.entry.example)
    }

    @Test(arguments: codes)
    func `what stands in the way of a send has the same status`(_ code: OperationCode) throws {
        let (dialect, manner) = try OSDI.manner(of: "POST /api/v1/messages/1/send")
        let response = dialect.encode(
            .obstructed(Obstruction(stamp: Sample.stamp, refusal: OperationRefusal(code))),
            in: manner)
        try expect(response, status(code.name), code.name, code.entry.example)
    }

    @Test(arguments: RefusalCode.allCases)
    func `policy's no has its status, number and sentence`(_ code: RefusalCode) throws {
        let (dialect, manner) = try OSDI.manner(of: "POST /api/v1/messages/1/send")
        let response = dialect.encode(.refused(Sample.refusal([code])), in: manner)
        try expect(response, status("\(code.rawValue)"), "\(code.rawValue)", code.entry.example)
    }

    @Test(arguments: FaultCode.allCases)
    func `a fault is never 500, which a client would repeat ten times`(_ code: FaultCode) throws {
        let (dialect, manner) = try OSDI.manner(of: "POST /api/v1/messages/1/send")
        let failure = Failure(
            decision: Sample.stamp.decision, policy: Sample.stamp.policy,
            fault: Fault(code, note: "secret note"))
        let status = Sample.ofTheDraft.contains(code) ? 409 : 503
        for response in [
            dialect.encode(SendOutcome.failed(failure), in: manner),
            dialect.encode(OperationOutcome.failed(failure), in: manner),
            dialect.encode(
                RequestProblem.fault(failure.fault, failure.decision),
                for: OSDI.request("POST /api/v1/messages")),
        ] {
            try expect(response, status, code.rawValue, code.entry.clientSentence)
            #expect(!String(decoding: response.body, as: UTF8.self).contains("secret note"))
        }
    }

    @Test(arguments: [
        (RequestProblem.bodyTooLarge(limit: 65_536), 413), (.tooSlow, 408), (.unknownRoute, 404),
        (.methodNotAllowed([.get, .post]), 405),
    ])
    func `what is wrong before a request is read is worded too`(
        _ problem: RequestProblem, _ status: Int
    ) throws {
        let dialect = OSDI.alone
        let response = dialect.encode(problem, for: OSDI.request("GET /api/v1/lists"))
        #expect(response.head.status.code == status)
        #expect(try OSDI.error(in: response)["resource"] == .string("osdi:list"))
    }

    @Test(arguments: ["people", "lists", "lists/3/items"])
    func `what is not there is 404 where the path names it`(_ path: String) throws {
        let (dialect, manner) = try OSDI.manner(of: "GET /api/v1/\(path)")
        let stamp = OperationStamp(decision: Sample.stamp.decision, policy: Sample.stamp.policy)
        for code in [OperationCode.OwnCode.contactMissing, .contactListMissing] {
            let refused = OperationOutcome.refused(OperationRefusal(.own(code)), stamp)
            #expect(dialect.encode(refused, in: manner).head.status == .notFound)
        }
    }

    private func expect(
        _ response: DialectResponse, _ status: Int, _ code: String, _ sentence: String
    ) throws {
        let fields = response.head.headerFields
        #expect(response.head.status.code == status)
        #expect(fields[.contentType] == "application/hal+json")
        #expect(fields[.cacheControl] == "max-age=0, private, must-revalidate")
        #expect((fields[.wwwAuthenticate] != nil) == (status == 401))
        let error = try OSDI.error(in: response)
        #expect(error["response_code"] == .number("\(status)"))
        guard case .array(let descriptions)? = error["error_descriptions"],
            case .object(let description)? = descriptions.first
        else {
            Issue.record("There is no description.")
            return
        }
        #expect(description["error_code"] == .string(code))
        #expect(description["description"] == .string(sentence))
    }
}
