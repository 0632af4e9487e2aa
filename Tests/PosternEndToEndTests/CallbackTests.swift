import Foundation
import Testing

extension EndToEndTests {
    /// What clients of Revicom are told of their messages, at an address of their own.
    @Suite struct Callbacks {
        private struct Event: Decodable, Equatable {
            let message: String
            let event: String
            let status: String

            enum CodingKeys: String, CodingKey {
                case message = "message_uuid"
                case event = "callback_event"
                case status
            }
        }

        @Test func `a client hears over TLS what became of its messages`() async throws {
            let client = try await Webhook(certificates: World.certificates.value)
            let settings = [
                "dialects.revicom.callbackHosts": "localhost",
                "dialects.revicom.callbackTrustRoots": "certs/ca.pem",
            ]
            try await Dialects.serving(settings) { _, gateway, webhook in
                let place = "https://me:it%20is@localhost:\(client.port)/told"
                func text(_ words: String, _ more: String = "") async throws -> String {
                    let answer = try await gateway.ask(
                        .labText(words, #","callbackUrl":"\#(place)"\#(more)"#))
                    return try #require(answer.member("items 0 messageUuid"), "\(answer.text)")
                }
                let sent = try await text("Your results are there.")
                let later = try await text(
                    "Come tomorrow.", #","localSendTime":"\#(Self.tomorrow)""#)
                try await eventually("the text has left and its sender was told") {
                    try await client.seen().calls.count == 1
                }
                let stopped = try await gateway.ask(.stop([later]))
                #expect(stopped.member("items 0 code") == "200", "\(stopped.text)")
                try await eventually("the stop was told") {
                    try await client.seen().calls.count == 2
                }
                let calls = try await client.seen().calls
                let events = try calls.map {
                    try JSONDecoder().decode([Event].self, from: Data($0.body.utf8))
                }
                #expect(
                    events == [
                        [
                            Event(
                                message: sent, event: "delivered", status: "delivered"
                            )
                        ],
                        [Event(message: later, event: "delivered", status: "unsent")],
                    ])
                let login = Data("me:it is".utf8).base64EncodedString()
                #expect(calls.allSatisfy { $0.headers["authorization"] == "Basic \(login)" })
                #expect(Set(calls.compactMap { $0.headers["idempotency-key"] }).count == 2)
                #expect(try await webhook.seen().texts == ["Your results are there."])
            }
            try await client.end()
        }

        private static var tomorrow: String {
            Date(timeIntervalSinceNow: 86_400).text("yyyy-MM-dd HH:mm:ss", in: "Europe/Moscow")
        }
    }
}
