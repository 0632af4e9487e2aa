import PosternDialectKit
import PosternDialectRevicom
import PosternModel
import Testing

/// Whom a message's sender has called back, and what is said then.
@Suite struct RevicomCallbackTests {
    private static let url = #""https://ann:p%40ss@hooks.example/in""#

    private func composition(_ members: [(String, String)]) throws -> Composition {
        guard
            case .sends(let intents, _) = RevicomSample.dialect.decode(RevicomSample.send(members)),
            case .composed(let composition)? = intents.first?.subject
        else {
            Issue.record("Not taken.")
            throw CancellationError()
        }
        return composition
    }

    @Test(
        arguments: [
            ("", [.ended]), ("[]", [.ended]), (#"["delivered"]"#, [.ended]),
            (#"["sent"]"#, [.left]),
            (#"["sent","delivered","read"]"#, [.left, .ended]), (#"["read","price","click"]"#, []),
        ] as [(String, Set<DispatchEvent.Kind>)])
    func `events that come are asked for, and others are kept`(
        _ events: String, _ kinds: Set<DispatchEvent.Kind>
    ) throws {
        let callback = try composition([("callbackUrl", Self.url), ("callbackEvents", events)])
            .callback
        #expect(callback?.events ?? [] == kinds)
        #expect(callback?.dialect == (kinds.isEmpty ? nil : "revicom"))
        #expect(
            callback?.url
                == (kinds.isEmpty ? nil : CallbackURL("https://ann:p%40ss@hooks.example/in")))
    }

    @Test func `without an address nobody is called`() throws {
        #expect(try composition([]).callback == nil)
        #expect(try composition([("callbackEvents", #"["sent"]"#)]).callback == nil)
    }

    @Test(arguments: [#""https://a%3Ab:c@hooks.example/""#, #""https://a:%00@hooks.example/""#])
    func `a login that HTTP cannot carry is refused`(_ url: String) {
        let answer = RevicomSample.answer(to: RevicomSample.send([("callbackUrl", url)]))
        #expect(
            answer?.hasPrefix(#"400 {"error":{"code":4001,"msg":"[0].callbackUrl must"#) == true)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let ending: DispatchEvent.Ending
        let kinds: [DispatchEvent.Kind]
        var refusal: RefusalCode?
        /// Event, status and error code of each object.
        let told: [(String, String, String)]
        var testDescription: String { "\(ending) \(kinds)" }
    }

    @Test(arguments: [
        Row(ending: .delivered, kinds: [.ended], told: [("delivered", "delivered", "null")]),
        Row(ending: .delivered, kinds: [.left], told: [("sent", "sent", "null")]),
        Row(
            ending: .delivered, kinds: [.left, .ended],
            told: [("sent", "sent", "null"), ("delivered", "delivered", "null")]),
        Row(ending: .undelivered, kinds: [.ended], told: [("delivered", "undelivered", "null")]),
        Row(ending: .unsent, kinds: [.ended], told: [("delivered", "unsent", "null")]),
        Row(
            ending: .unsent, kinds: [.ended], refusal: .quotaExhausted,
            told: [("delivered", "unsent", "\(RefusalCode.quotaExhausted.rawValue)")]),
    ])
    func `what became of a message is told in a list, in snake_case`(_ row: Row) throws {
        let sent = try composition([("callbackUrl", Self.url)])
        let guid = try #require(MessageGUID("063474eca34f455890c5984395000001"))
        for annex in [sent.content.annex, nil] {
            let body = RevicomDialect.callback(
                for: DispatchEvent(
                    message: guid, annex: annex, ending: row.ending, refusal: row.refusal,
                    at: Instant(milliseconds: 1_795_234_526_000), kinds: row.kinds))
            let channel = annex == nil ? "null" : #""SMS""#
            let objects = row.told.map { event, status, code in
                #"{"message_uuid":"063474ec-a34f-4558-90c5-984395000001","channel_type":\#(channel),"#
                    + #""cascade_message_uuid":null,"cascade_step":null,"callback_event":"\#(event)","#
                    + #""status":"\#(status)","status_time":"2026-11-21T04:15:26Z","error_code":\#(code)}"#
            }
            #expect(String(decoding: body, as: UTF8.self) == "[\(objects.joined(separator: ","))]")
        }
    }

    @Test func `a step is told of by its cascade's name and its own number`() throws {
        let guid = try #require(MessageGUID("063474eca34f455890c5984395000001"))
        let body = RevicomDialect.callback(
            for: DispatchEvent(
                message: .random(), cascade: CascadePlace(root: guid, step: 2), annex: nil,
                ending: .undelivered, at: Sample.noon, kinds: [.ended]))
        #expect(
            String(decoding: body, as: UTF8.self).contains(
                #""cascade_message_uuid":"063474ec-a34f-4558-90c5-984395000001","cascade_step":2,"#)
        )
    }
}
