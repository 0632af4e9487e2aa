import Foundation
import HTTPTypes
import PosternDialectKit
import PosternModel
import Testing

@testable import PosternDialectSendHub

/// What holds for every answer; single ones are shown by transcripts.
@Suite struct SendHubTests {
    static let dialect = SendHubDialect(mount: Mount(baseURL: "https://gateway.test"))
    static let credential = "username=alice&api_key=secret-key"

    static func request(
        _ path: String, _ body: String? = nil, method: HTTPRequest.Method? = nil
    ) -> DialectRequest {
        DialectRequest(
            head: HTTPRequest(
                method: method ?? (body == nil ? .get : .post), scheme: "https",
                authority: "gateway.test", path: path),
            body: Array((body ?? "").utf8))
    }

    static func object(_ response: DialectResponse) throws -> JSONObject {
        guard case .object(let object) = try JSONValue(strict: response.body) else {
            Issue.record("The answer is no object.")
            return JSONObject()
        }
        return object
    }

    private func send(_ members: String) -> (SendIntent, any ResponseManner)? {
        let decoding = Self.dialect.decode(
            Self.request("/v1/messages/?\(Self.credential)", "{\(members)}"))
        guard case .send(let intent, let manner) = decoding else { return nil }
        return (intent, manner)
    }

    private func targets(_ contacts: String) -> [Target]? {
        guard
            case .composed(let composition)? = send(#""text":"x","contacts":\#(contacts)"#)?.0
                .subject
        else { return nil }
        return composition.content.targets
    }

    // MARK: refusals

    @Test(arguments: RefusalCode.allCases)
    func `a refused send has its status, and all five members`(_ code: RefusalCode) throws {
        let response = Self.dialect.encode(
            .refused(Sample.refusal([code])), in: SendHubManner(topic: .sending))
        let expected: (status: Int, code: String) =
            switch code {
            case .sessionInvalid: (401, "401")
            case .messageNotFound: (404, "404")
            case .quotaExhausted: (429, "28")
            default: (403, "\(code.rawValue)")
            }
        let object = try Self.object(response)
        #expect(response.head.status.code == expected.status)
        #expect(object["code"] == .string(expected.code))
        try expectFiveMembers(object, expected.status)
        if expected.code == "\(code.rawValue)" {
            #expect(object["message"] == .string(code.entry.example))
            #expect(object["moreInfo"] == .string("/errors/\(code.rawValue)"))
        }
        #expect((response.head.headerFields[.wwwAuthenticate] != nil) == (expected.status == 401))
    }

    @Test(arguments: OperationCode.OwnCode.allCases)
    func `a refused operation has a status that clients know`(
        _ code: OperationCode.OwnCode
    ) throws {
        for topic in [SendHubManner.Topic.sending, .message, .contact, .group, .members] {
            let refusal = OperationRefusal(.own(code))
            let stamp = OperationStamp(
                decision: Sample.decision, policy: Sample.stamp.policy)
            let response = Self.dialect.encode(
                .refused(refusal, stamp), in: SendHubManner(topic: topic))
            let status = response.head.status.code
            #expect([400, 401, 403, 404, 409].contains(status))
            try expectFiveMembers(try Self.object(response), status)
            // What a body names is wrong in the body; what a path names is not there.
            if status != code.status.code {
                #expect(status == 400)
                #expect(code.status == .notFound)
                #expect(topic != .contact || code != .contactMissing)
            }
            // The official client sends a 409 that says so three times.
            #expect(
                status != 409
                    || !String(decoding: response.body, as: UTF8.self).contains("Try again later"))
        }
    }

    @Test(arguments: FaultCode.allCases)
    func `a fault tells what the client may know`(_ code: FaultCode) throws {
        let failure = Failure(
            decision: Sample.decision, policy: Sample.stamp.policy,
            fault: Fault(code, note: "secret note"))
        for response in [
            Self.dialect.encode(SendOutcome.failed(failure), in: SendHubManner()),
            Self.dialect.encode(OperationOutcome.failed(failure), in: SendHubManner()),
            Self.dialect.encode(.fault(failure.fault, failure.decision), for: Self.request("/")),
        ] {
            #expect(
                response.head.status.code
                    == (Sample.ofTheDraft.contains(code) ? 409 : 503))
            let object = try Self.object(response)
            #expect(object["message"] == .string(code.entry.clientSentence))
            try expectFiveMembers(object, response.head.status.code)
        }
    }

    private func expectFiveMembers(_ object: JSONObject, _ status: Int) throws {
        for member in ["message", "code", "error"] {
            guard case .string(let text)? = object[member], !text.isEmpty else {
                Issue.record("\(member) is missing.")
                continue
            }
        }
        #expect(object["moreInfo"] != nil)
        #expect(object["status"] == .number("\(status)"))
    }

    @Test(
        arguments: [
            RequestProblem.bodyTooLarge(limit: 65_536), .tooSlow, .unknownRoute,
            .methodNotAllowed([.get]),
        ])
    func `a request that was not read is answered in the same shape`(
        _ problem: RequestProblem
    ) throws {
        let response = Self.dialect.encode(problem, for: Self.request("/v1/messages/"))
        try expectFiveMembers(try Self.object(response), response.head.status.code)
    }

    // MARK: credentials

    @Test(arguments: try Transcript.all(of: "sendhub"))
    func `an answer is strict JSON, and repeats no credential`(_ transcript: Transcript) throws {
        #expect(!transcript.response.contains("secret-key"))
        #expect(!transcript.response.contains("alice"))
        guard let start = transcript.response.range(of: "\n\n") else {
            #expect(transcript.response.hasPrefix("204 "))
            return
        }
        _ = try JSONValue(strict: Array(transcript.response[start.upperBound...].utf8))
    }

    @Test(arguments: [
        ("username=alice&api_key=\(String(repeating: "k", count: 8192))", true),
        ("username=alice&api_key=\(String(repeating: "k", count: 8193))", false),
        ("username=\(String(repeating: "u", count: 254))&api_key=k", true),
        ("username=\(String(repeating: "u", count: 255))&api_key=k", false),
    ])
    func `a credential is bounded`(_ query: String, _ isShown: Bool) throws {
        guard
            case .operate(let request, _) = Self.dialect.decode(Self.request("/v1/inbox/?\(query)"))
        else {
            Issue.record("The request is read.")
            return
        }
        #expect((request.credential != nil) == isShown)
    }

    // MARK: messages

    @Test func `all members are there in the page's order, whatever happened`() throws {
        let (_, manner) = try #require(send(#""text":"x","contacts":[1]"#))
        let receipt = Sample.receipt
        let outcomes: [SendOutcome] = [
            .accepted(
                Acceptance(
                    stamp: Sample.stamp,
                    answer: StoredAnswer(decision: Sample.decision, notificationSent: false),
                    replayed: false, receipt: receipt)),
            .scheduled(Scheduling(stamp: Sample.stamp, at: Sample.midnight, receipt: receipt)),
            .wouldAccept(Preview(stamp: Sample.stamp, passwordRequired: false)),
        ]
        for outcome in outcomes {
            let object = try Self.object(Self.dialect.encode(outcome, in: manner))
            #expect(
                object.members.map(\.name).prefix(11) == [
                    "acknowledgment", "contacts", "created_at", "direction", "groups", "id",
                    "resource_uri", "scheduled_at", "sent", "text", "unread",
                ])
        }
    }

    @Test(arguments: [("e\u{301}", 250), ("👩‍🚀", 166), ("x", 500), ("𝒳", 500)])
    func `a text is counted in Unicode's characters`(_ character: String, _ most: Int) {
        func text(_ count: Int) -> String {
            #""contacts":[1],"text":"\#(String(repeating: character, count: count))""#
        }
        #expect(send(text(most)) != nil)
        #expect(send(text(most + 1)) == nil)
    }

    @Test(arguments: [
        ("+16505551234", "+16505551234"), ("6505551234", "+16505551234"),
        ("16505551234", "+16505551234"), ("+1 (650) 555-1234", "+16505551234"),
        ("650.555.1234", "+16505551234"), ("+4915112345678", "+4915112345678"),
    ])
    func `a number is read as clients write it`(_ written: String, _ number: String) {
        #expect(PhoneNumber(written: written)?.description == number)
        #expect(targets(#"["\#(written)"]"#)?.first == Address(number).map { .address($0) })
    }

    @Test(arguments: [
        "", "+", "+1650555123", "+165055512345", "1505551234", "11505551234", "0505551234",
        "4915112345678", "+0123456789", "+1650555１234", "bob@example.com", "+1650555123x",
        String(repeating: " ", count: 65) + "6505551234",
    ])
    func `anything else is no number`(_ written: String) {
        #expect(PhoneNumber(written: written) == nil)
    }

    @Test func `a short text of digits is an id`() {
        #expect(
            targets(#""1111, 1112""#) == [1111, 1112].map { .contact(ContactID(rawValue: $0)) })
    }

    @Test(arguments: [
        ("2011-02-17T20:29:40-0800", "2011-02-18T04:29:40"),
        ("2012-02-29T00:00:00+0000", "2012-02-29T00:00:00"),
        ("2011-02-17T20:29:40+0530", "2011-02-17T14:59:40"),
    ])
    func `a time is read with its offset and shown in UTC`(_ text: String, _ shown: String) {
        #expect(Instant(scheduled: text)?.seconds == shown)
    }

    @Test(arguments: [
        "2011-02-29T20:29:40-0800", "2011-13-17T20:29:40-0800", "2011-02-17T20:60:40-0800",
        "2011-02-17T20:29:60-0800", "2011-02-17 20:29:40-0800", "2011-02-17T20:29:40.123Z",
        "2011-02-17T20:29:40-0860", "/Date(1700000000000)////", "2011-02-17T20:29:40~0800",
        "0000-02-17T20:29:40-0800",
    ])
    func `24 characters that are no such time are refused`(_ text: String) {
        #expect(text.count == 24)
        #expect(Instant(scheduled: text) == nil)
        #expect(send(#""contacts":[1],"text":"x","scheduled_at":"\#(text)""#) == nil)
    }

    @Test func `a message of another API shows whom it is for`() throws {
        let guid = try #require(Sample.message)
        let handle = try #require(Handle("bob"))
        let email = try #require(Address("carol@example.com"))
        let message = OutgoingMessage(
            number: 7, guid: guid,
            content: DraftContent(
                to: [Sample.alice.address], subject: "Rounds", body: "At 9.",
                targets: [.handle(handle), .listNamed("Ward 3"), .address(email)]),
            createdAt: Sample.noon, changedAt: Sample.noon,
            progress: DispatchProgress(state: .sent, sentAt: Sample.noon))
        let object = try Self.object(
            Self.dialect.encode(
                .done(
                    .outgoing(message),
                    OperationStamp(decision: Sample.decision, policy: Sample.stamp.policy)),
                in: SendHubManner()))
        #expect(
            object["contacts"]
                == .array(["bob", "carol@example.com", "alice@example.com"].map { .string($0) }))
        #expect(object["groups"] == .array([.string("Ward 3")]))
        #expect(object["text"] == .string("At 9."))
    }

    // MARK: contacts and places

    @Test func `a contact with an email address has no number`() throws {
        var contact = Sample.contact
        contact.content.address = .email(Sample.bob.address)
        let object = try Self.object(
            Self.dialect.encode(
                .done(
                    .contact(contact),
                    OperationStamp(decision: Sample.decision, policy: Sample.stamp.policy)),
                in: SendHubManner(topic: .contact)))
        #expect(object.members.map(\.name).contains("number"))
        #expect(object["number"] == .null)
    }

    @Test(arguments: ["/api/v1/messages/", "/api/v1/inbox", "/api/v1/groups/3/contacts"])
    func `where nobody else is reached, the other prefix is ours whole`(_ path: String) {
        let alone = SendHubDialect(
            mount: Mount(baseURL: "https://gateway.test", isShared: false))
        for (dialect, isOurs) in [(Self.dialect, false), (alone, true)] {
            let decoding = dialect.decode(Self.request("\(path)?\(Self.credential)"))
            if case .notMine = decoding { #expect(!isOurs) } else { #expect(isOurs) }
        }
    }

    @Test func `links begin with what the mount puts before them`() throws {
        let dialect = SendHubDialect(mount: Mount(baseURL: "https://gateway.test/sms/hub"))
        let decoding = dialect.decode(Self.request("/v1/contacts/?limit=1&\(Self.credential)"))
        guard case .operate(_, let manner) = decoding else {
            Issue.record("The request is read.")
            return
        }
        let response = dialect.encode(
            .done(
                .contacts(
                    Excerpt(items: [Sample.contact], window: Window(limit: 1), total: 2)),
                OperationStamp(decision: Sample.decision, policy: Sample.stamp.policy)),
            in: manner)
        guard case .object(let meta)? = try Self.object(response)["meta"] else {
            Issue.record("meta is missing.")
            return
        }
        #expect(meta["next"] == .string("/sms/hub/v1/contacts/?limit=1&offset=1"))
        #expect(
            String(decoding: response.body, as: UTF8.self).contains(
                "\"/sms/hub/api/v1/contacts/1111/\""))
    }

    @Test func `a manner of another dialect is answered as well`() throws {
        struct Other: ResponseManner {}
        let response = Self.dialect.encode(
            .refused(Sample.refusal([.bannedContent])), in: Other())
        #expect(response.head.status == .forbidden)
    }
}
