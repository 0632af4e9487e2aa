import HTTPTypes
import PosternDialectKit
import PosternDialectRevicom
import PosternModel
import Testing

/// Every row of the contract's table of a message's members, good and bad.
@Suite struct RevicomMessageTests {
    /// A member, what it is given, and what is wrong with it: the end of the sentence, or nothing.
    struct Row: CustomTestStringConvertible, Sendable {
        var members: [(String, String)]
        var clause: String?
        var testDescription: String {
            members.map { "\($0.0): \($0.1.prefix(40))" }.joined(separator: ", ")
        }

        init(_ member: String, _ value: String, _ clause: String? = nil) {
            members = [(member, value)]
            self.clause = clause
        }

        /// On another channel than SMS.
        init(on channel: String, _ member: String, _ value: String, _ clause: String? = nil) {
            let sender = channel == "VOICECODE" ? "voicecode" : "Clinic"
            let content =
                switch channel {
                case "FLASHCALL": #""1234""#
                case "VOICECODE", "WHATSAPP": #"{"text":"x"}"#
                default: #""x""#
                }
            members = [
                ("channelType", "\"\(channel)\""), ("senderName", "\"\(sender)\""),
                ("content", content), (member, value),
            ]
            self.clause = clause
        }
    }

    private static func text(_ count: Int) -> String {
        "\"\(String(repeating: "я", count: count))\""
    }

    private static let channel = "channelType is required, and must be one of"
    private static let destination = "destination is required, and must be 7 to 15 digits"
    private static let tags = "tags must be a list of at most 50 texts"
    private static let sendTime = "localSendTime must be"
    private static let completion = "localCompletionTime"
    private static let callback = "callbackUrl must be an https address"
    private static let host = "callbackUrl is at a host that this gateway does not call."

    static let required: [Row] = [
        Row("channelType", "", channel), Row("channelType", "null", channel),
        Row("channelType", #""sms""#, channel), Row("channelType", #""FAX""#, channel),
        Row("channelType", "1", channel),
        Row("senderName", "", "senderName is required."),
        Row("senderName", #""""#, "senderName must be a text of 1 to 64 characters"),
        Row("senderName", text(64)), Row("senderName", text(65), "senderName must be"),
        Row("senderName", #""a\u0000b""#, "senderName must be"),
        Row("senderName", "7", "senderName must be"),
        Row(on: "VOICECODE", "senderName", #""Clinic""#, "senderName must be voicecode"),
        Row("destination", "", destination), Row("destination", "14085553911", destination),
        Row("destination", #""+14085553911""#, destination),
        Row("destination", #""1408 555""#, destination),
        Row("destination", #""123456""#, destination), Row("destination", #""1234567""#),
        Row("destination", #""123456789012345""#),
        Row("destination", #""1234567890123456""#, destination),
        Row("destination", #""01234567""#, destination),
        Row("destination", #""١٢٣٤٥٦٧""#, destination),
    ]

    static let contents: [Row] = [
        Row("content", "", "content is required."), Row("content", "null", "content is required."),
        Row("content", #""""#, "content must have 1 to 4096 characters for SMS."),
        Row("content", text(4096)), Row("content", text(4097), "content must have"),
        Row("content", #""\uFEFFHello""#, "content must not begin with a byte order mark."),
        Row("content", "7", "content must be a text for SMS."),
        Row("content", #"{"text":"x"}"#, "content must be a text for SMS."),
        Row(on: "FLASHCALL", "content", #""0000""#), Row(on: "FLASHCALL", "content", "1234"),
        Row(on: "FLASHCALL", "content", "123", "content must be four digits for FLASHCALL."),
        Row(on: "FLASHCALL", "content", "12.0", "content must be four digits"),
        Row(on: "FLASHCALL", "content", "-123", "content must be four digits"),
        Row(on: "FLASHCALL", "content", #""12345""#, "content must be four digits"),
        Row(on: "FLASHCALL", "content", #""١٢""#, "content must be four digits"),
        Row(on: "FLASHCALL", "content", #"{"text":"1234"}"#, "content must be four digits"),
        Row(on: "VOICECODE", "content", #"{"text":\#(text(1000))}"#),
        Row(on: "VOICECODE", "content", #"{"text":\#(text(1001))}"#, "content.text must have"),
        Row(on: "VOICECODE", "content", #"{"contentType":"text","text":"x"}"#),
        Row(
            on: "VOICECODE", "content", #"{"contentType":"audio","text":"x"}"#,
            "content.contentType must be text."),
        Row(
            on: "VOICECODE", "content", #"{"contentType":"text"}"#, "content.text is required"),
        Row(on: "VOICECODE", "content", #"{"text":""}"#, "content.text must have"),
        Row(on: "VOICECODE", "content", #"{"text":7}"#, "content.text is required"),
        Row(on: "VOICECODE", "content", #""x""#, "content must be an object with a text"),
        Row(on: "WHATSAPP", "content", #""x""#, "content must be an object with a text"),
        Row(
            on: "WHATSAPP", "content", #"{"text":"x","caption":"y"}"#,
            "content may have contentType and text and nothing else."),
        Row(on: "VK", "content", text(2048)), Row(on: "VK", "content", text(2049), "content must"),
        Row(on: "VK", "content", #"{"text":"x"}"#, "content must be a text for VK."),
        Row(on: "VIBER", "content", #""x""#), Row(on: "VIBER", "content", #"{"text":"x"}"#),
        Row(on: "VIBER", "content", "[]", "content must be a text, or an object with one"),
        Row(on: "TELEGRAM", "content", #""x""#), Row(on: "TELEGRAM", "content", #"{"text":"x"}"#),
    ]

    static let timing: [Row] = [
        Row("useLocalTime", "true"), Row("useLocalTime", "false"),
        Row("useLocalTime", #""true""#, "useLocalTime must be true or false."),
        Row("useLocalTime", "1", "useLocalTime must be"),
        Row("localSendTime", #""2026-11-21 00:00:00""#),
        Row("localSendTime", #""2026-11-20 23:59:59""#, "\(sendTime) from 12 hours before"),
        Row("localSendTime", #""2026-11-28 12:00:00""#),
        Row("localSendTime", #""2026-11-28 12:00:01""#, "\(sendTime) from 12 hours before"),
        Row("localSendTime", #""2026-11-22T03:00:00""#, "\(sendTime) a time"),
        Row("localSendTime", #""2026-11-22 03:00""#, "\(sendTime) a time"),
        Row("localSendTime", #""2026-11-22 03:00:00Z""#, "\(sendTime) a time"),
        Row("localSendTime", #""2026-11-31 03:00:00""#, "\(sendTime) a time"),
        Row("localSendTime", #""2026-11-22 24:00:00""#, "\(sendTime) a time"),
        Row("localSendTime", "7", "\(sendTime) a time"),
        Row("localCompletionTime", #""2027-01-30 12:00:00""#),
        Row("localCompletionTime", #""2027-01-30 12:00:01""#, "\(completion) must be from"),
        Row("localCompletionTime", #""2026-11-21 15:00:00""#),
        Row("localCompletionTime", #""2026-11-21 14:59:59""#, "\(completion) is before"),
        Row("localCompletionTime", #""2026-11-20 23:59:59""#, "\(completion) must be from"),
        Row("localCompletionTime", #""soon""#, "\(completion) must be a time"),
        Row("ttl", "60"), Row("ttl", "59", "ttl must be a whole number from 60 to 86400."),
        Row("ttl", "86400"), Row("ttl", "86401", "ttl must be"),
        Row("ttl", "60.5", "ttl must be"), Row("ttl", "6e2", "ttl must be"),
        Row("ttl", #""60""#, "ttl must be"),
        Row("ttl", "99999999999999999999", "ttl must be"),
        Row(on: "VOICECODE", "ttl", "30"), Row(on: "VOICECODE", "ttl", "29", "ttl must be"),
        Row("hours", "[]"), Row("hours", "[0,23]"),
        Row("hours", "[24]", "hours must be a list of different whole numbers from 0 to 23."),
        Row("hours", "[-1]", "hours must be"), Row("hours", "[9,9]", "hours must be"),
        Row("hours", #"["9"]"#, "hours must be"), Row("hours", "9", "hours must be"),
        Row("days", "[1,7]"),
        Row("days", "[0]", "days must be a list of different whole numbers from 1 to 7."),
        Row("days", "[8]", "days must be"), Row("days", "[1,1]", "days must be"),
    ]

    static let others: [Row] = [
        Row("tags", "[]"), Row("tags", #"["a_1","B"]"#), Row("tags", #"["a b"]"#, tags),
        Row("tags", #"[""]"#, tags), Row("tags", #"["я"]"#, tags), Row("tags", #"["a\n"]"#, tags),
        Row("tags", "[1]", tags), Row("tags", #""a""#, tags),
        Row("tags", "[\"\(String(repeating: "a", count: 64))\"]"),
        Row("tags", "[\"\(String(repeating: "a", count: 65))\"]", tags),
        Row("tags", "[\(Array(repeating: "\"a\"", count: 50).joined(separator: ","))]"),
        Row("tags", "[\(Array(repeating: "\"a\"", count: 51).joined(separator: ","))]", tags),
        Row("shortUrl", "true"), Row("shortUrl", #""no""#, "shortUrl must be true or false."),
        Row("callbackUrl", #""https://hooks.example/x""#),
        Row("callbackUrl", #""https://HOOKS.example:1/x?y""#),
        Row("callbackUrl", #""https://login:p%40ss@hooks.example""#),
        Row("callbackUrl", #""http://hooks.example/x""#, callback),
        Row("callbackUrl", #""hooks.example""#, callback), Row("callbackUrl", "7", callback),
        Row("callbackUrl", #""https://a@b@hooks.example""#, callback),
        Row("callbackUrl", #""https://hooks.example:0/""#, callback),
        Row("callbackUrl", #""https://hooks.example:65536/""#, callback),
        Row("callbackUrl", #""https://hooks.example:/""#, callback),
        Row("callbackUrl", #""https://hooks.example/#x""#, callback),
        Row("callbackUrl", #""https://hooks.example\\@evil.example/""#, callback),
        Row("callbackUrl", #""https://hooks%2Eexample/""#, callback),
        Row("callbackUrl", #""https://hooks.example/%zz""#, callback),
        Row("callbackUrl", #""https://[::1]/""#, callback),
        Row("callbackUrl", #""https:///x""#, callback),
        Row("callbackUrl", #""https://hooks.example/ x""#, callback),
        Row("callbackUrl", #""https://hooks.example/я""#, callback),
        Row(
            "callbackUrl",
            "\"https://hooks.example/\(String(repeating: "x", count: 1002))\""),
        Row(
            "callbackUrl",
            "\"https://hooks.example/\(String(repeating: "x", count: 1003))\"", callback),
        Row("callbackUrl", #""https://evil.example/""#, host),
        Row("callbackUrl", #""https://hooks.example.evil.example/""#, host),
        Row("callbackUrl", #""https://hooks.example:x@evil.example/""#, host),
        Row("callbackUrl", #""https://hooks.example./""#, host),
        Row("callbackEvents", #"["delivered","sent","read","price","click"]"#),
        Row("callbackEvents", #"["opened"]"#, "callbackEvents must be a list of delivered"),
        Row("callbackEvents", #""sent""#, "callbackEvents must be"),
        Row("externalMessageId", text(100)), Row("externalMessageId", #""""#),
        Row("externalMessageId", text(101), "externalMessageId must be a text of 0 to 100"),
        Row("externalMessageId", "7", "externalMessageId must be"),
    ]

    @Test(arguments: required + contents + timing + others)
    func `a member is taken, or refused by index and name`(_ row: Row) throws {
        let request = RevicomSample.send(row.members)
        let answer = RevicomSample.answer(to: request)
        if let clause = row.clause {
            let start = #"400 {"error":{"code":4001,"msg":"[0]."# + clause
            #expect(answer?.hasPrefix(start) == true, "\(answer ?? "taken")")
        } else {
            #expect(answer == nil)
        }
    }

    @Test func `the largest annex a request can make fits`() throws {
        let address = "https://hooks.example/?" + String(repeating: "&", count: 1001)
        let tag = "\"\(String(repeating: "a", count: 64))\""
        let request = RevicomSample.send([
            ("senderName", "\"\(String(repeating: "<", count: 64))\""),
            ("tags", "[\(Array(repeating: tag, count: 50).joined(separator: ","))]"),
            ("callbackUrl", "\"\(address)\""),
            ("hours", "[\((0...23).map(String.init).joined(separator: ","))]"),
            ("days", "[1,2,3,4,5,6,7]"), ("ttl", "86400"),
            ("localSendTime", #""2026-11-22 03:00:00""#),
            ("localCompletionTime", #""2026-11-23 03:00:00""#),
            ("callbackEvents", #"["delivered","sent","read","price","click"]"#),
        ])
        guard case .sends(let intents, _) = RevicomSample.dialect.decode(request),
            case .composed(let composition)? = intents.first?.subject
        else {
            Issue.record("Not taken.")
            return
        }
        let bytes = try #require(composition.content.annex).bytes
        #expect((8000...Annex.largest).contains(bytes.count))
        #expect(throws: Never.self) { try JSONValue(strict: bytes) }
    }

    @Test(arguments: [
        // It is Saturday 21 November, 15:00 in Moscow.
        ("", "", nil), ("[15]", "[6]", nil), ("[16]", "", "2026-11-21T13:00:00Z"),
        ("[14]", "", "2026-11-22T11:00:00Z"), ("", "[7]", "2026-11-21T21:00:00Z"),
        ("", "[1]", "2026-11-22T21:00:00Z"), ("[14]", "[6]", "2026-11-28T11:00:00Z"),
        ("[23,0]", "[5]", "2026-11-26T21:00:00Z"),
    ])
    func `a message waits for the first hour that is allowed`(
        hours: String, days: String, expected: String?
    ) throws {
        let request = RevicomSample.send([("hours", hours), ("days", days)])
        guard case .sends(let intents, _) = RevicomSample.dialect.decode(request) else {
            Issue.record("Not taken.")
            return
        }
        #expect(intents.map { $0.at?.rfc3339 } == [expected])
    }

    @Test func `a message that could not go out before its completion is refused`() {
        let answer = RevicomSample.answer(
            to: RevicomSample.send([
                ("hours", "[14]"), ("localCompletionTime", #""2026-11-22 13:59:59""#),
            ]))
        #expect(answer?.contains("[0].localCompletionTime is before") == true)
    }

    @Test(arguments: [(1, true), (1000, true), (1001, false)])
    func `a request has up to 1,000 messages`(count: Int, isTaken: Bool) throws {
        let whole = RevicomSample.send([])
        let one = String(decoding: whole.body.dropFirst().dropLast(), as: UTF8.self)
        let list = Array(repeating: one, count: count).joined(separator: ",")
        let request = RevicomSample.request(.post, "/api/v1/message", body: "[\(list)]")
        let limit = try #require(RevicomSample.dialect.bodyLimit(for: request.head))
        #expect(request.body.count <= limit)
        switch RevicomSample.dialect.decode(request) {
        case .sends(let intents, _):
            #expect(isTaken && intents.count == count)
            #expect(Set(intents.map(\.message)).count == count)
        default:
            #expect(!isTaken)
            #expect(
                RevicomSample.answer(to: request)
                    == #"400 {"error":{"code":4002,"msg":"The body must list 1 to 1000 messages."}}"#
            )
        }
    }
}
