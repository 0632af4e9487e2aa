import HTTPTypes
import PosternDialectKit
import PosternDialectRevicom
import PosternModel
import Testing

/// Dispatches: adding to them, starting and stopping them.
@Suite struct RevicomDispatchTests {
    private static func request(_ body: String, id: String = "17") -> DialectRequest {
        RevicomSample.request(.post, "/api/v1/dispatch/\(id)/messages", body: body)
    }

    private static func decoded(
        _ request: DialectRequest
    ) throws -> (DispatchID?, DispatchFilling, any ResponseManner) {
        guard case .operate(let asked, let manner) = RevicomSample.dialect.decode(request),
            case .dispatch(.addToDispatch(let id, let filling)) = asked.operation
        else {
            Issue.record("\(RevicomSample.answer(to: request) ?? "Not taken.")")
            throw CancellationError()
        }
        return (id, filling, manner)
    }

    private static func answer(_ outcome: OperationOutcome, in manner: any ResponseManner) -> String
    {
        let response = RevicomSample.dialect.encode(outcome, in: manner)
        return "\(response.head.status.code) \(String(decoding: response.body, as: UTF8.self))"
    }

    @Test func `a telephone gets a message, and what is none a code of its own`() throws {
        let (id, filling, manner) = try Self.decoded(
            Self.request(
                #"[{"destination":"14085553911","externalMessageId":"a-1"},{"destination":"one"},{"destination":"14085553912","name":"passed over"}]"#
            ))
        #expect(id == DispatchID(rawValue: 17))
        let messages = try #require(filling(Sample.dispatch))
        #expect(messages.map(\.content.body) == ["Flu shots: Monday.", "Flu shots: Monday."])
        #expect(messages.map(\.externalID) == ["a-1", nil])
        let phones = ["+14085553911", "+14085553912"].compactMap { Address($0) }
        #expect(messages.map(\.content.targets) == phones.map { [.address($0)] })
        #expect(messages.allSatisfy { $0.content.annex?.words == ["Clinic"] })
        let answer = Self.answer(.done(.done, Sample.operationStamp), in: manner)
        let uuids = answer.matches(of: /"messageUuid":"([0-9a-f-]{36})"/).map { String($0.1) }
        #expect(uuids.compactMap { MessageGUID($0) } == messages.map(\.guid))
        try #require(uuids.count == 2)
        #expect(
            answer
                == #"200 [{"destination":"14085553911","messageUuid":"\#(uuids[0])"},{"destination":"one","errorCode":7401},{"destination":"14085553912","messageUuid":"\#(uuids[1])"}]"#
        )
    }

    @Test(arguments: ["VOICECODE", "WHATSAPP"])
    func `a dispatch of a channel whose texts stand in objects is shown so`(
        _ channel: String
    ) throws {
        var dispatch = Sample.dispatch
        dispatch.template.channel = channel
        let (_, filling, _) = try Self.decoded(Self.request(#"[{"destination":"14085553911"}]"#))
        let annex = try #require(filling(dispatch)?.first?.content.annex)
        #expect(String(decoding: annex.bytes, as: UTF8.self).contains(#""contentType":"text""#))
        dispatch.template.channel = "FAX"
        #expect(filling(dispatch) == nil)
        #expect(RevicomDialect.channels.contains(channel))
    }

    static let bad: [(String, Int, String)] = [
        ("[]", 4002, "The body must list 1 to 1000 messages."),
        ("{}", 4000, "The body must be a list of messages."),
        ("[7]", 4001, "[0] must be an object."),
        (#"["14085553911"]"#, 4001, "[0] must be an object."),
        ("[{}]", 4001, "[0].destination is required."),
        (#"[{"destination":null}]"#, 4001, "[0].destination is required."),
        (#"[{"destination":14085553911}]"#, 4001, "[0].destination must be a text of 1 to 64"),
        (#"[{"destination":""}]"#, 4001, "[0].destination must be a text of 1 to 64"),
        (
            #"[{"destination":"\#(String(repeating: "1", count: 65))"}]"#, 4001,
            "[0].destination must be a text of 1 to 64"
        ),
        (#"[{"destination":"1\u0000"}]"#, 4001, "[0].destination must be a text"),
        (
            #"[{"destination":"14085553911"},{"destination":"14085553911","externalMessageId":7}]"#,
            4001, "[1].externalMessageId must be a text"
        ),
        ("[", 4000, "The body is not readable JSON"),
    ]

    @Test(arguments: bad)
    func `a body that cannot be understood is refused before anybody is asked`(
        _ body: String, _ code: Int, _ clause: String
    ) {
        let answer = RevicomSample.answer(to: Self.request(body))
        #expect(
            answer?.hasPrefix(#"400 {"error":{"code":\#(code),"msg":"\#(clause)"#) == true,
            "\(answer ?? "taken")")
    }

    @Test func `a thousand may be added at once, and one more may not`() throws {
        let many = {
            "["
                + Array(repeating: #"{"destination":"14085553911"}"#, count: $0)
                .joined(separator: ",") + "]"
        }
        let (_, filling, _) = try Self.decoded(Self.request(many(1000)))
        #expect(Set(try #require(filling(Sample.dispatch)).map(\.guid)).count == 1000)
        #expect(
            RevicomSample.answer(to: Self.request(many(1001)))?.hasPrefix(
                #"400 {"error":{"code":4002"#) == true)
    }

    @Test(arguments: [
        ("17", "Dispatch 17 not found"), ("0", "Dispatch 0 not found"),
        ("12345678901234567890", "Dispatch 12345678901234567890 not found"),
        ("123456789012345678901", "Dispatch not found"), ("x", "Dispatch not found"),
        ("%zz", "Dispatch not found"), ("-1", "Dispatch not found"),
    ])
    func `what is not there is named by what is a number`(
        _ id: String, _ text: String
    ) throws {
        let request = RevicomSample.request(.post, "/api/v1/dispatch/\(id)/start")
        guard case .operate(let asked, let manner) = RevicomSample.dialect.decode(request),
            case .dispatch(.startDispatch(let named)) = asked.operation
        else {
            Issue.record("Not taken.")
            return
        }
        #expect((named == nil) == (id != "17"))
        #expect(
            Self.answer(
                .refused(OperationRefusal(.own(.dispatchMissing)), Sample.operationStamp),
                in: manner)
                == #"404 {"error":{"code":4040,"msg":"\#(text)"}}"#)
    }

    @Test func `where a dispatch stands is shown with its messages`() throws {
        for (number, expected) in [("17", "17"), (nil, "null")] {
            let message = try #require(
                Sample.outgoing(["dispatch": number ?? ""], of: "revicom"))
            let request = RevicomSample.request(.get, "/api/v1/message/\(message.guid)")
            guard case .operate(_, let manner) = RevicomSample.dialect.decode(request) else {
                Issue.record("Not taken.")
                continue
            }
            #expect(
                Self.answer(.done(.outgoing(message), Sample.operationStamp), in: manner)
                    .contains(#""dispatchId":\#(expected),"#))
        }
    }
}
