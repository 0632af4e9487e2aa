import HTTPTypes
import PosternDialectKit
import PosternDialectRevicom
import PosternModel
import Testing

/// Every no and every fault has its status and its code, in the API's one shape.
@Suite struct RevicomRefusalTests {
    private static let sends: [RefusalCode: (Int, Int, String)] = [
        .sessionInvalid: (401, 4012, "Bad credentials"),
        .messageNotFound: (404, 4040, "Message not found"),
    ]

    private static func manner(of request: DialectRequest) throws -> any ResponseManner {
        switch RevicomSample.dialect.decode(request) {
        case .sends(_, let manner), .operate(_, let manner): return manner
        default: throw Unreadable()
        }
    }

    private struct Unreadable: Error {}

    private static func shown(_ response: DialectResponse) -> String {
        "\(response.head.status.code) \(String(decoding: response.body, as: UTF8.self))"
    }

    /// JSON as the answers write it: their writer escapes what a page could stumble over.
    private static func expected(_ status: Int, _ code: Int, _ text: String) -> String {
        var json = JSONWriter()
        json.object { json in
            json.object("error") {
                $0.member("code", code)
                $0.member("msg", text)
            }
        }
        return "\(status) \(String(decoding: json.bytes, as: UTF8.self))"
    }

    @Test(arguments: RefusalCode.allCases)
    func `a policy's no has Postern's number and its sentence`(_ code: RefusalCode) throws {
        let (status, number, text) =
            Self.sends[code] ?? (403, code.rawValue, code.entry.example)
        let expected = Self.expected(status, number, text)
        let send = try Self.manner(of: RevicomSample.send([]))
        #expect(
            Self.shown(RevicomSample.dialect.encode(.refused(Sample.refusal([code])), in: send))
                == expected)
        let balance = try Self.manner(of: RevicomSample.request(.get, "/api/v1/balance"))
        #expect(
            Self.shown(
                RevicomSample.dialect.encode(
                    .refused(OperationRefusal(.send(code)), Sample.operationStamp), in: balance))
                == expected)
    }

    @Test(
        arguments: zip(
            OperationCode.OwnCode.allCases,
            [
                4012, 4012, 4012, 4012, 4012, 4012, 4012, 4012, 4012, 4032, 4041, 4001, 4032, 4032,
                4032, 4032, 4032, 4041, 4090, 4090, 4090, 4041, 4090, 4030, 4012, 4041, 4090, 4041,
                4090, 4090, 4041, 4002, 4032, 4032, 4001, 4090, 4090, 4090, 4001, 4001, 4090,
                4090, 4090, 4090, 4090, 4040, 4031, 4003,
            ]))
    func `an operation's no has four digits`(
        _ code: OperationCode.OwnCode, number: Int
    ) throws {
        let refusal = OperationRefusal(.own(code))
        let text =
            switch number {
            case 4012: "Bad credentials"
            case 4030: "Access Denied"
            case 4031: "Inappropriate dispatch status"
            case 4040: "Dispatch not found"
            default: refusal.sentence
            }
        let expected = Self.expected(number / 10, number, text)
        let balance = try Self.manner(of: RevicomSample.request(.get, "/api/v1/balance"))
        #expect(
            Self.shown(
                RevicomSample.dialect.encode(.refused(refusal, Sample.operationStamp), in: balance))
                == expected)
        let send = try Self.manner(of: RevicomSample.send([]))
        let obstruction = Obstruction(stamp: Sample.stamp, refusal: refusal)
        #expect(
            Self.shown(RevicomSample.dialect.encode([.obstructed(obstruction)], in: send))
                == expected)
    }

    @Test func `every code of an operation is in the table`() {
        #expect(OperationCode.OwnCode.allCases.count == 48)
    }

    @Test(arguments: FaultCode.allCases)
    func `a fault is told without its note`(_ code: FaultCode) throws {
        let (status, number) =
            Sample.ofTheDraft.contains(code) ? (409, 4091) : (503, 5030)
        let expected = Self.expected(status, number, code.entry.clientSentence)
        let fault = Fault(code, note: "secret note")
        let failure = Failure(
            decision: Sample.stamp.decision, policy: Sample.stamp.policy, fault: fault)
        let manner = try Self.manner(of: RevicomSample.send([]))
        let request = RevicomSample.request(.get, "/api/v1/balance")
        #expect(
            Self.shown(RevicomSample.dialect.encode([.failed(failure)], in: manner)) == expected)
        #expect(
            Self.shown(RevicomSample.dialect.encode(OperationOutcome.failed(failure), in: manner))
                == expected)
        #expect(
            Self.shown(
                RevicomSample.dialect.encode(.fault(fault, Sample.stamp.decision), for: request))
                == expected)
    }

    @Test(
        arguments: zip(
            [
                RequestProblem.bodyTooLarge(limit: 65_536), .tooSlow, .unknownRoute,
                .methodNotAllowed([.get]),
            ], [4130, 4080, 4042, 4050]))
    func `a problem met before has its code`(_ problem: RequestProblem, number: Int) {
        let request = RevicomSample.request(.get, "/api/v1/balance")
        let response = RevicomSample.dialect.encode(problem, for: request)
        #expect(response.head.status.code == number / 10)
        #expect(
            String(decoding: response.body, as: UTF8.self).hasPrefix(
                #"{"error":{"code":\#(number),"msg":""#))
    }

    @Test func `only a 401 is challenged, and not by a scheme that browsers know`() throws {
        let send = try Self.manner(of: RevicomSample.send([]))
        for code in RefusalCode.allCases {
            let response = RevicomSample.dialect.encode(
                [.refused(Sample.refusal([code]))], in: send)
            #expect(
                response.head.headerFields[.wwwAuthenticate]
                    == (code == .sessionInvalid ? #"Bearer realm="https://gateway.test""# : nil))
        }
    }

    @Test func `what was not asked for cannot be worded`() throws {
        let manner = try Self.manner(of: RevicomSample.request(.get, "/api/v1/balance"))
        let response = RevicomSample.dialect.encode(.done(.done, Sample.operationStamp), in: manner)
        #expect(response.head.status == .internalServerError)
        #expect(RevicomSample.dialect.encode([], in: manner).head.status == .internalServerError)
    }
}
