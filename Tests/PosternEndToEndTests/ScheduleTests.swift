import Foundation
import Testing

extension EndToEndTests {
    /// Messages that leave later, or never.
    @Suite struct Schedules {
        /// The three APIs that send later, and how each says it.
        private struct Later {
            let client: Connection
            let list: String
            let due: Date

            func osdi(_ text: String) async throws -> String {
                let draft = try await client.ask(.osdiDraft(text, for: list))
                let helper = try #require(draft.member("_links osdi:schedule_helper href"))
                let date = due.text("yyyy-MM-dd'T'HH:mm:ss'Z'")
                let answer = try await client.ask(
                    .osdi("POST", helper, #"{"scheduled_start_date":"\#(date)"}"#))
                #expect(answer.status == 200, "\(answer.text)")
                return try #require(draft.member("_links self href"))
            }

            func revicom(_ text: String) async throws -> String {
                let date = due.text("yyyy-MM-dd HH:mm:ss", in: "Europe/Moscow")
                let answer = try await client.ask(
                    .labText(text, #","localSendTime":"\#(date)""#))
                return try #require(answer.member("items 0 messageUuid"), "\(answer.text)")
            }

            func sendHub(_ text: String) async throws -> String {
                let date = due.text("yyyy-MM-dd'T'HH:mm:ssZ", in: "Asia/Kathmandu")
                let answer = try await client.ask(
                    .deskText(text, #","scheduled_at":"\#(date)""#))
                let told = due.text("yyyy-MM-dd HH:mm:ss")
                #expect(
                    answer.member("acknowledgment")
                        == "Message scheduled for delivery at \(told).", "\(answer.text)")
                return try #require(answer.member("id"))
            }
        }

        @Test func `a message leaves at its time, and one that was stopped never does`()
            async throws
        {
            try await Dialects.serving { world, gateway, webhook in
                let client = try await gateway.connect(.http2)
                let list = try await client.osdiList()
                let (soon, later) = (
                    Later(client: client, list: list, due: Date(timeIntervalSinceNow: 6)),
                    Later(client: client, list: list, due: Date(timeIntervalSinceNow: 86_400))
                )
                let uuid = try await soon.revicom("Stop the text")
                let number = try await soon.sendHub("Stop the reminder")
                let letter = try await soon.osdi("Stop the letter")
                let stops = [
                    try await client.ask(.stop([uuid, uuid])),
                    try await client.ask(.sendHub("DELETE", "messages/\(number)/")),
                    try await client.ask(.osdi("DELETE", "\(letter)/send")),
                ]
                #expect(stops.map(\.status) == [200, 200, 200])
                #expect(stops[0].member("items 0 code") == "200")
                #expect(stops[0].member("items 1 code") == "200")
                let due = Later(client: client, list: list, due: soon.due)
                let out = try await due.revicom("The text")
                _ = try await due.sendHub("The reminder")
                let sent = try await due.osdi("The letter")
                let waiting = try await later.osdi("Next day's letter")
                #expect(
                    try await client.ask(.osdi("GET", waiting)).member("status") == "scheduled")

                try await eventually("both texts leave", within: .seconds(30)) {
                    try await webhook.seen().texts.count == 2
                }
                try await eventually("the letter arrives", within: .seconds(30)) {
                    try await world.mailbox("bob@hospital.example").count == 1
                }
                try await eventually("nothing more is on its way") {
                    try await world.postern("delivery", "counts").output.contains(#""outbox":0"#)
                }
                #expect(
                    try await Set(webhook.seen().texts) == ["The text", "The reminder"])
                #expect(try await client.ask(.osdi("GET", sent)).member("status") == "sent")
                #expect(try await client.ask(.osdi("GET", letter)).member("status") == "stopped")
                #expect(
                    try await client.ask(.revicom("GET", "/\(uuid)")).member("status") == "unsent")
                let late = try await client.ask(.stop([out, uuid]))
                #expect(late.member("errors") == "1" && late.member("items 0 code") == "403")
                await client.close()
            }
        }

        @Test func `a message is judged again at its time, by the policy of then`() async throws {
            try await Dialects.serving { world, gateway, webhook in
                let client = try await gateway.connect(.http2)
                let soon = Later(
                    client: client, list: try await client.osdiList(),
                    due: Date(timeIntervalSinceNow: 8))
                let letter = try await soon.osdi("About the heliotrope")
                let uuid = try await soon.revicom("About the heliotrope")
                let before = try await client.ask(.osdi("GET", letter)).policy
                let words = try String(
                    contentsOf: world.path("policies/keywords/secrets.txt"), encoding: .utf8)
                try world.write(words + "heliotrope\n", to: "policies/keywords/secrets.txt")
                try await eventually("the edit is in force") {
                    try await gateway.ask(.osdi("GET", letter)).policy != before
                }
                try await eventually("both were refused", within: .seconds(30)) {
                    let states = [
                        try await gateway.ask(.osdi("GET", letter)).member("status"),
                        try await gateway.ask(.revicom("GET", "/\(uuid)")).member("status"),
                    ]
                    return states == ["stopped", "unsent"]
                }
                let text = try await client.ask(.revicom("GET", "/\(uuid)"))
                #expect(text.member("errorCode") == "17", "\(text.text)")
                let told = try await client.ask(.osdi("GET", letter))
                #expect(told.text.contains(#""postern:refusal""#) && told.text.contains("\"17\""))
                #expect(try await webhook.seen().texts.isEmpty)
                #expect(try await world.mailbox("bob@hospital.example").isEmpty)
                await client.close()
            }
        }
    }
}
