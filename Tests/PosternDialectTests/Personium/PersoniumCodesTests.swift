import Foundation
import HTTPTypes
import PosternDialectKit
import PosternDialectPersonium
import PosternModel
import Testing

/// Every no and every fault, as this API words it.
@Suite struct PersoniumCodesTests {
    static let dialect = PersoniumClient.dialect

    /// Words an outcome of a send to a relation.
    private func answer(_ outcome: SendOutcome) throws -> DialectResponse {
        let request = PersoniumClient.request(body: #"{"ToRelation":"friends"}"#)
        guard case .send(_, let manner) = Self.dialect.decode(request) else {
            throw Unexpected()
        }
        return Self.dialect.encode(outcome, in: manner)
    }

    private func answer(_ outcome: OperationOutcome) throws -> DialectResponse {
        let request = PersoniumClient.request(.get, "/alice/__ctl/SentMessage")
        guard case .operate(_, let manner) = Self.dialect.decode(request) else {
            throw Unexpected()
        }
        return Self.dialect.encode(outcome, in: manner)
    }

    private struct Unexpected: Error {}

    @Test(arguments: RefusalCode.allCases)
    func `a policy's no has Postern's number in Postern's own group`(_ code: RefusalCode) throws {
        let digits = "\(code.rawValue)"
        let expected =
            switch code {
            case .sessionInvalid: "PR401-AU-0002: Access token expired."
            case .messageNotFound: "PR404-OD-0002: No such entity."
            default:
                "PR403-PO-\(String(repeating: "0", count: 4 - digits.count))\(digits): \(code.entry.example)"
            }
        #expect(
            PersoniumClient.error(in: try answer(.refused(Sample.refusal([code])))) == expected)
        #expect(
            PersoniumClient.error(
                in: try answer(
                    .obstructed(
                        Obstruction(stamp: Sample.stamp, refusal: OperationRefusal(.send(code))))))
                == expected)
        #expect(PersoniumClient.error(in: try answer(refused(.send(code)))) == expected)
    }

    private func refused(_ code: OperationCode) -> OperationOutcome {
        .refused(
            OperationRefusal(code),
            OperationStamp(decision: Sample.decision, policy: Sample.stamp.policy))
    }

    @Test(arguments: OperationCode.OwnCode.allCases)
    func `every other no has a status and a sentence`(_ code: OperationCode.OwnCode) throws {
        let expected =
            switch code {
            case .userMismatch, .accessForbidden: "PR403-AU-0002: Necessary privilege is lacking."
            case .contactListMissing: "PR400-SM-0001: ToRelation [friends] does not exist."
            case .contactListEmpty:
                "PR400-SM-0002: ToRelation [friends] does not have related ExtCell."
            case .targetsTooMany:
                "PR400-SM-0003: The maximum number of destinations was exceeded."
            case .cellsUnserved: "PR400-OD-0006: request body format error. field [ToRelation]"
            case .messageTaken: "PR409-OD-0003: The entity already exists."
            case .messageAnswered, .messageRequest:
                "PR400-OD-0006: request body format error. field [Command]"
            case .answerTooLarge: "PR400-PO-0000: \(code.entry.example)"
            default: "PR403-PO-0000: \(code.entry.example)"
            }
        let outcome = SendOutcome.obstructed(
            Obstruction(stamp: Sample.stamp, refusal: OperationRefusal(.own(code))))
        #expect(PersoniumClient.error(in: try answer(outcome)) == expected)
        let operation = PersoniumClient.error(in: try answer(refused(.own(code))))
        // Nothing but a send is for a relation.
        #expect(
            operation
                == (code == .cellsUnserved ? "PR403-PO-0000: \(code.entry.example)" : expected)
                .replacing("[friends]", with: "[]"))
    }

    @Test(arguments: FaultCode.allCases)
    func `a fault tells nothing of the inside`(_ code: FaultCode) throws {
        let failure = Failure(
            decision: Sample.decision, policy: Sample.stamp.policy,
            fault: Fault(code, note: "secret note"))
        let expected =
            switch code {
            case .overloaded, .passwordQueueFull: "PR503-SV-0001: Too many concurrent requests."
            case _ where Sample.ofTheDraft.contains(code):
                "PR409-PO-0000: \(code.entry.clientSentence)"
            default: "PR503-PO-0000: \(code.entry.clientSentence)"
            }
        for response in [
            try answer(SendOutcome.failed(failure)), try answer(OperationOutcome.failed(failure)),
            Self.dialect.encode(
                .fault(failure.fault, failure.decision), for: PersoniumClient.request()),
        ] {
            #expect(PersoniumClient.error(in: response) == expected)
            #expect(!String(decoding: response.body, as: UTF8.self).contains("secret"))
        }
    }

    @Test(arguments: [
        (
            RequestProblem.bodyTooLarge(limit: 9),
            "PR413-PO-0000: The request is larger than 9 bytes."
        ),
        (.tooSlow, "PR408-MC-0001: Request timeout in server."),
        (.unknownRoute, "PR404-MC-0001: URI is not recognized."),
        (.methodNotAllowed([.post]), "PR405-MC-0001: Method not allowed."),
    ])
    func `what goes wrong before a request is read has the same shape`(
        _ problem: RequestProblem, _ expected: String
    ) {
        let response = Self.dialect.encode(problem, for: PersoniumClient.request(body: "x"))
        #expect(PersoniumClient.error(in: response) == expected)
    }

    @Test func `an outcome nobody asked for is no success`() throws {
        let scheduled = Scheduling(stamp: Sample.stamp, at: Sample.midnight)
        let draft = Acceptance(
            stamp: Sample.stamp,
            answer: StoredAnswer(decision: Sample.decision, notificationSent: false),
            replayed: false)
        let unknown = "PR500-SV-0000: Unknown error."
        #expect(PersoniumClient.error(in: try answer(.scheduled(scheduled))) == unknown)
        #expect(PersoniumClient.error(in: try answer(.accepted(draft))) == unknown)
        #expect(
            PersoniumClient.error(
                in: try answer(
                    .done(
                        .labels([]),
                        OperationStamp(decision: Sample.decision, policy: Sample.stamp.policy))))
                == unknown)
    }

    /// Errors and successes, whatever they are of.
    @Test(arguments: try Transcript.all(of: "personium"))
    func `every answer can be read across origins and by our own strict reader`(
        _ transcript: Transcript
    ) throws {
        let lines = transcript.response.components(separatedBy: "\n")
        let status = try #require(lines[0].split(separator: " ").first.flatMap { Int($0) })
        func value(_ name: String) -> String? {
            lines.first { $0.hasPrefix("\(name): ") }.map { String($0.dropFirst(name.count + 2)) }
        }
        #expect(value("access-control-allow-origin") == "*")
        #expect(value("x-personium-version") == "1.5.7")
        let isOptions = transcript.intent == "answered at once" && status < 300
        #expect(value("dataserviceversion") == (status < 400 && !isOptions ? "2.0" : nil))
        #expect(
            value("www-authenticate")
                == (status == 401 ? "Bearer realm=\"https://gateway.test/alice/\"" : nil))
        let parts = transcript.response.components(separatedBy: "\n\n")
        guard let body = parts.last, parts.count > 1 else {
            #expect(status < 400)
            return
        }
        _ = try JSONValue(strict: Array(body.utf8))
        if value("content-type") == "application/json", let slash = body.firstIndex(of: "/") {
            #expect(slash > body.startIndex && body[body.index(before: slash)] == "\\")
        }
    }

    /// Every request of a transcript, its body cut after each byte.
    @Test(arguments: try Transcript.all(of: "personium").filter { $0.request.body.count < 400 })
    func `a request cut anywhere is answered or understood`(_ transcript: Transcript) throws {
        for count in 0..<transcript.request.body.count {
            var request = transcript.request
            request.body = Array(request.body.prefix(count))
            guard case .answer(let response) = Self.dialect.decode(request) else { continue }
            _ = try JSONValue(strict: response.body)
            #expect((400...501).contains(response.head.status.code))
        }
    }
}
