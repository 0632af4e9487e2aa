import HTTPTypes
import PosternDialectKit
import PosternDialectRevicom
import PosternModel
import Testing

/// Cascades: what their steps have in common, what each has of its own, and every way to get either wrong.
@Suite struct RevicomCascadeTests {
    private static let sms =
        #"{"channelType":"SMS","senderName":"Clinic","content":{"text":"Rounds are at 9."}"#
    private static let first = sms + #","condition":"not_delivered","ttl":60}"#
    private static let last = sms + "}"

    /// A request for one cascade, with members beside its steps.
    private static func request(
        _ steps: [String], _ more: String = "", destination: String = #""14085553911""#
    ) -> DialectRequest {
        RevicomSample.request(
            .post, "/api/v1/message/cascade",
            body:
                #"[{"destination":\#(destination)\#(more),"cascade":[\#(steps.joined(separator: ","))]}]"#
        )
    }

    private static func cascade(_ request: DialectRequest) throws -> (Cascade, SendIntent) {
        guard case .sends(let intents, _) = RevicomSample.dialect.decode(request),
            case .cascade(let cascade)? = intents.first?.subject, let intent = intents.first
        else {
            Issue.record("\(RevicomSample.answer(to: request) ?? "Not taken.")")
            throw CancellationError()
        }
        return (cascade, intent)
    }

    @Test func `each step is a message of its own, with what all have in common`() throws {
        let more =
            #","tags":["flu"],"callbackUrl":"https://hooks.example/in","externalMessageId":"a-1","localSendTime":"2026-11-21 16:00:00""#
        let viber =
            #"{"channelType":"VIBER","senderName":"Ward","content":"By Viber","condition":"not_read","ttl":86400}"#
        let call =
            #"{"channelType":"VOICECODE","senderName":"voicecode","content":{"text":"1 2"},"ttl":30}"#
        let (cascade, intent) = try Self.cascade(Self.request([Self.first, viber, call], more))
        #expect(cascade.root.content.body == "Rounds are at 9.")
        #expect(cascade.root.externalID == "a-1")
        let steps = cascade.steps
        #expect(steps.map(\.composition.content.body) == ["By Viber", "1 2"])
        #expect(steps.map(\.condition) == [.notDelivered, .notRead])
        #expect(steps.map(\.wait) == [.seconds(60), .seconds(86_400)])
        #expect(steps.allSatisfy { $0.composition.externalID == nil })
        let all = [cascade.root] + steps.map(\.composition)
        #expect(Set(all.map(\.guid)).count == 3)
        #expect(all.map(\.content.annex?.words) == [["Clinic"], ["Ward"], ["voicecode"]])
        let phone = try #require(Address("+14085553911"))
        for message in all {
            #expect(message.content.targets == [.address(phone)])
            #expect(message.callback?.events == [.ended])
        }
        // Four in the afternoon in Moscow is an hour after noon in UTC.
        #expect(intent.at == Sample.noon.advanced(by: .seconds(3600)))
        #expect(!intent.inviteNewUsers && !intent.sendEmailNotification)
    }

    @Test(
        arguments: [
            (#""ttl":60"#, 60), (#""ttl":86400"#, 86_400), (#""ttl":null"#, 86_400),
            (#""tags":null"#, 86_400),
        ])
    func `a step that does not say is waited for as long as one may be`(
        _ member: String, _ seconds: Int
    ) throws {
        let step = Self.sms + #","condition":"not_delivered",\#(member)}"#
        let (cascade, _) = try Self.cascade(Self.request([step, Self.last]))
        #expect(cascade.steps.map(\.wait) == [.seconds(seconds)])
    }

    @Test(arguments: 1...5) func `one to five steps`(_ count: Int) throws {
        let steps = Array(repeating: Self.first, count: count - 1) + [Self.last]
        #expect(try Self.cascade(Self.request(steps)).0.steps.count == count - 1)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let steps: [String]
        var more = ""
        var destination = #""14085553911""#
        let clause: String
        var testDescription: String { clause }
    }

    private static func step(_ members: String, then others: [String] = [last]) -> [String] {
        [#"{"channelType":"SMS","senderName":"Clinic","content":"x",\#(members)}"#] + others
    }

    static let rows: [Row] = [
        Row(steps: [], clause: "[0].cascade is required, and must be a list of 1 to 5 steps."),
        Row(
            steps: Array(repeating: first, count: 5) + [last],
            clause: "[0].cascade is required, and must be a list of 1 to 5 steps."),
        Row(steps: ["7"], clause: "[0].cascade[0] must be an object."),
        Row(steps: [first, "[]"], clause: "[0].cascade[1] must be an object."),
        Row(steps: [last], destination: "7", clause: "[0].destination is required"),
        Row(steps: [last], destination: "null", clause: "[0].destination is required"),
        Row(
            steps: [last], more: #","channelType":"SMS""#,
            clause: "[0].channelType belongs to the steps of the cascade."),
        Row(
            steps: [last], more: #","ttl":60"#,
            clause: "[0].ttl belongs to the steps of the cascade."),
        Row(
            steps: [last], more: #","condition":"not_read""#,
            clause: "[0].condition belongs to the steps of the cascade."),
        Row(
            steps: [last], more: #","localSendTime":"tomorrow""#,
            clause: "[0].localSendTime must be a time"),
        Row(
            steps: [last], more: #","callbackUrl":"https://elsewhere.example/""#,
            clause: "[0].callbackUrl is at a host"),
        Row(
            steps: step(#""condition":"not_read","destination":"14085553912""#),
            clause: "[0].cascade[0].destination belongs beside the list of steps"),
        Row(
            steps: step(#""condition":"not_read","hours":[9]"#),
            clause: "[0].cascade[0].hours belongs beside the list of steps"),
        Row(
            steps: step(#""condition":"not_read","externalMessageId":"a""#),
            clause: "[0].cascade[0].externalMessageId belongs beside the list of steps"),
        Row(
            steps: step(#""condition":"not_read","cascade":[]"#),
            clause: "[0].cascade[0].cascade belongs beside the list of steps"),
        Row(steps: step(#""ttl":60"#), clause: "[0].cascade[0].condition is required on all"),
        Row(
            steps: step(#""condition":"undelivered""#),
            clause: "[0].cascade[0].condition is required on all steps but the last"),
        Row(
            steps: step(#""condition":"NOT_READ""#),
            clause: "[0].cascade[0].condition is required on all steps but the last"),
        Row(steps: step(#""condition":1"#), clause: "[0].cascade[0].condition is required on all"),
        Row(
            steps: step(#""condition":null"#), clause: "[0].cascade[0].condition is required on all"
        ),
        Row(
            steps: step(#""condition":"not_read""#, then: []),
            clause: "[0].cascade[0].condition must not be on the last step."),
        Row(
            steps: [first, first],
            clause: "[0].cascade[1].condition must not be on the last step."),
        Row(
            steps: step(#""condition":"not_read","ttl":59"#),
            clause: "[0].cascade[0].ttl must be a whole number from 60 to 86400."),
        Row(
            steps: step(#""condition":"not_read","ttl":86401"#),
            clause: "[0].cascade[0].ttl must be a whole number from 60 to 86400."),
        Row(
            steps: step(#""condition":"not_read","ttl":"60""#),
            clause: "[0].cascade[0].ttl must be a whole number"),
        Row(
            steps: [
                first,
                #"{"channelType":"VOICECODE","senderName":"voicecode","content":"1","ttl":29}"#,
            ],
            clause: "[0].cascade[1].ttl must be a whole number from 30 to 86400."),
        Row(
            steps: [first, #"{"channelType":"FAX","senderName":"Clinic","content":"x"}"#],
            clause: "[0].cascade[1].channelType is required, and must be one of"),
        Row(
            steps: [first, #"{"channelType":"SMS","content":"x"}"#],
            clause: "[0].cascade[1].senderName is required."),
        Row(
            steps: [first, #"{"channelType":"SMS","senderName":"Clinic"}"#],
            clause: "[0].cascade[1].content is required."),
        Row(
            steps: [first, #"{"channelType":"SMS","senderName":"Clinic","content":7}"#],
            clause: "[0].cascade[1].content must be a text, or an object with one"),
        Row(
            steps: [
                first,
                #"{"channelType":"SMS","senderName":"Clinic","content":{"text":"x","image":"y"}}"#,
            ], clause: "[0].cascade[1].content may have contentType and text and nothing else."),
        Row(
            steps: [
                #"{"channelType":"FLASHCALL","senderName":"Clinic","content":{"text":"12"}}"#
            ], clause: "[0].cascade[0].content.text must be four digits for FLASHCALL."),
    ]

    @Test(arguments: rows) func `what is wrong with a cascade is said of its place`(_ row: Row) {
        let answer = RevicomSample.answer(
            to: Self.request(row.steps, row.more, destination: row.destination))
        #expect(
            answer?.hasPrefix(#"400 {"error":{"code":4001,"msg":"\#(row.clause)"#) == true,
            "\(answer ?? "taken")")
    }

    @Test func `a body is a list of one to a thousand, and a fault in one takes all`() throws {
        func answer(_ body: String) -> String? {
            RevicomSample.answer(
                to: RevicomSample.request(.post, "/api/v1/message/cascade", body: body))
        }
        let one = #"{"destination":"14085553911","cascade":[\#(Self.last)]}"#
        let many = { "[" + Array(repeating: one, count: $0).joined(separator: ",") + "]" }
        #expect(answer(many(1000)) == nil)
        for bad in ["[]", many(1001)] {
            #expect(
                answer(bad)
                    == #"400 {"error":{"code":4002,"msg":"The body must list 1 to 1000 messages."}}"#
            )
        }
        #expect(answer(one)?.hasPrefix(#"400 {"error":{"code":4000"#) == true)
        #expect(
            answer("[\(one),7]")
                == #"400 {"error":{"code":4001,"msg":"[1] must be an object."}}"#)
    }

    @Test func `a flash call's code may be an object's text here, and a number still`() throws {
        for content in [#"{"text":"1234"}"#, "1234", #""1234""#] {
            let step = #"{"channelType":"FLASHCALL","senderName":"Clinic","content":\#(content)}"#
            #expect(try Self.cascade(Self.request([step])).0.root.content.body == "1234")
        }
    }

    @Test func `a cascade is answered as one item, by its root's name`() throws {
        let request = Self.request([Self.first, Self.last], #","externalMessageId":"a-1""#)
        guard case .sends(let intents, let manner) = RevicomSample.dialect.decode(request),
            let root = intents.first?.message
        else {
            Issue.record("Not taken.")
            return
        }
        var receipt = try #require(Sample.receipt)
        receipt.guid = root
        let response = RevicomSample.dialect.encode(
            [.scheduled(Scheduling(stamp: Sample.stamp, at: Sample.noon, receipt: receipt))],
            in: manner)
        let dashed = try #require(
            String(decoding: response.body, as: UTF8.self).firstMatch(
                of: /"messageUuid":"([0-9a-f-]+)"/))
        #expect(MessageGUID(String(dashed.1)) == root)
        #expect(
            String(decoding: response.body, as: UTF8.self)
                == #"{"errors":false,"items":[{"messageUuid":"\#(dashed.1)","code":201,"externalMessageId":"a-1"}]}"#
        )
    }
}
