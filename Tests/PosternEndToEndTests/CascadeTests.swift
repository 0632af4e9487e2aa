import Foundation
import Testing

extension EndToEndTests {
    /// Messages that take each other's place, and messages that are started and stopped as a whole.
    @Suite struct Cascades {
        private static let steps = ["By Viber", "By text", "By voice"]

        /// A cascade of three of the laboratory's, with more members beside its steps.
        private static func cascade(_ more: String = "") -> Request {
            let steps = [("VIBER", "Lab"), ("SMS", "Lab"), ("VOICECODE", "voicecode")]
                .enumerated().map { index, step in
                    let condition = index < 2 ? #","condition":"not_delivered","ttl":600"# : ""
                    return
                        #"{"channelType":"\#(step.0)","senderName":"\#(step.1)","content":{"text":"\#(Self.steps[index])"}\#(condition)}"#
                }.joined(separator: ",")
            return .revicom(
                "POST", "/cascade",
                #"[{"destination":"41791110001"\#(more),"cascade":[\#(steps)]}]"#)
        }

        /// The statuses of a cascade's messages, in their order.
        private static func statuses(
            _ root: String, _ client: Connection
        ) async throws -> [String?] {
            let list = try await client.ask(
                .revicom("GET", "?cascade_message_uuid=\(root)"))
            var statuses: [Int: String] = [:]
            for index in 0..<3 {
                guard let step = list.member("items \(index) cascadeStep").flatMap(Int.init),
                    list.member("items \(index) cascadeMessageUuid") == root
                else { continue }
                statuses[step] = list.member("items \(index) status")
            }
            return (1...3).map { statuses[$0] }
        }

        @Test(arguments: HTTPVersion.allCases)
        func `a channel that refuses is followed by the next, and that by none`(
            _ version: HTTPVersion
        ) async throws {
            try await Dialects.serving { world, gateway, webhook in
                try await webhook.plan([#"{"status": 400}"#])
                let client = try await gateway.connect(version)
                let sent = try await client.ask(Self.cascade())
                #expect(sent.status == 200 && sent.member("errors") == "0", "\(sent.text)")
                let root = try #require(sent.member("items 0 messageUuid"))
                try await eventually("the second went out, and the third is not needed") {
                    try await Self.statuses(root, client) == ["undelivered", "delivered", "unsent"]
                }
                #expect(try await webhook.seen().texts == ["By Viber", "By text"])
                let late = try await client.ask(.stop([root]))
                #expect(late.member("errors") == "1" && late.member("items 0 code") == "403")
                await client.close()
            }
        }

        @Test func `a root stops its whole cascade`() async throws {
            try await Dialects.serving { world, gateway, webhook in
                let client = try await gateway.connect(.http2)
                let later = Date(timeIntervalSinceNow: 86_400)
                    .text("yyyy-MM-dd HH:mm:ss", in: "Europe/Moscow")
                let waiting = try await client.ask(Self.cascade(#","localSendTime":"\#(later)""#))
                let first = try #require(waiting.member("items 0 messageUuid"))
                #expect(
                    try await Self.statuses(first, client) == ["sending", "sending", "sending"])
                // The first channel of another does not answer for now: it is tried again, and its next step waits.
                try await webhook.plan([#"{"status": 503}"#])
                let underWay = try await client.ask(Self.cascade())
                let second = try #require(underWay.member("items 0 messageUuid"))
                try await eventually("the webhook was called") {
                    try await webhook.seen().calls.count == 1
                }
                try await eventually("both are stopped") {
                    let stopped = try await client.ask(.stop([first, second]))
                    return stopped.member("items 0 code") == "200"
                        && stopped.member("items 1 code") == "200"
                }
                for root in [first, second] {
                    #expect(
                        try await Self.statuses(root, client) == ["unsent", "unsent", "unsent"])
                }
                try await eventually("nothing more is on its way") {
                    try await world.postern("delivery", "counts").output.contains(#""outbox":0"#)
                }
                #expect(try await webhook.seen().calls.count == 1)
                await client.close()
            }
        }

        @Test func `a dispatch leaves when it is started, and not after it is stopped`()
            async throws
        {
            try await Dialects.serving { world, gateway, webhook in
                let made = try await world.postern(
                    "dispatch", "create", "17", "--sender", "Lab", "--content",
                    "Flu shots: Monday.",
                    "lab@hospital.example")
                #expect(made.succeeded && made.output == "17\n", "\(made.errors)")
                let client = try await gateway.connect(.http1)
                func dispatch(_ action: String, _ body: String = "") async throws -> Answer {
                    var request = Request.revicom("POST", "", body)
                    request.path = "/api/v1/dispatch/17/\(action)"
                    return try await client.ask(request)
                }
                func add(_ destinations: String...) async throws -> Answer {
                    let entries = destinations.map { #"{"destination":"\#($0)"}"# }
                    return try await dispatch("messages", "[\(entries.joined(separator: ","))]")
                }
                let added = try await add("41791110001", "nobody", "41791110002")
                #expect(added.status == 200 && added.member("1 errorCode") == "7401")
                let uuid = try #require(added.member("0 messageUuid"))
                let waiting = try await client.ask(.revicom("GET", "/\(uuid)"))
                #expect(waiting.member("status") == "sending")
                #expect(waiting.member("dispatchId") == "17")
                #expect(waiting.member("content") == "Flu shots: Monday.")
                // Another's dispatch is not there.
                var foreign = Request.revicom("POST", "", token: "demo-desk-texts")
                foreign.path = "/api/v1/dispatch/17/start"
                #expect(
                    try await client.ask(foreign).member("error msg") == "Dispatch 17 not found")

                let started = try await dispatch("start")
                #expect(started.text == #"{"dispatchId":17}"#)
                #expect(try await dispatch("start").member("error code") == "4031")
                try await eventually("both leave") { try await webhook.seen().texts.count == 2 }
                _ = try await add("41791110003")
                try await eventually("and so does one that is added later") {
                    try await webhook.seen().texts.count == 3
                }
                let stopped = try await dispatch("stop")
                #expect(stopped.status == 200 && stopped.body.isEmpty, "\(stopped.text)")
                #expect(try await add("41791110004").member("error code") == "4031")
                let list = try await client.ask(.revicom("GET", "?dispatch_id=17"))
                #expect(list.member("total") == "3")
                let shown = try await world.postern("dispatch", "list")
                #expect(
                    shown.output
                        == "17 stopped of lab@hospital.example, SMS from Lab: 3 messages, 0 waiting; \n"
                )
                await client.close()
            }
        }
    }
}
