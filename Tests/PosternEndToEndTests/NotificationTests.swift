import Foundation
import Testing

extension EndToEndTests {
    /// Notifications, through a real mail server.
    @Suite struct Notifications {
        @Test func `recipients are told by mail, and the caller gets the texts asked for`()
            async throws
        {
            let server = try await MailServer()
            let world = try await World(
                settings: server.settings.merging([
                    "portal.address": "https://portal.house.example/"
                ]) { $1 })
            try await world.load(
                People.file(
                    [People.account("ann"), People.account("bob"), People.account("eve")],
                    [
                        People.draft(1, subject: "Only in Postern", "cc: [eve@house.example]"),
                        People.draft(2),
                    ]))
            try await world.serving { gateway in
                let answer = try await gateway.ask(
                    .ann(
                        1, #"{"sendEmailNotification":true,"notificationFormats":["Text","Html"]}"#)
                )
                let reply = try answer.json()
                #expect(answer.status == 200)
                #expect(reply["notificationSent"] as? Bool == true)
                let text = try #require(reply["notificationBodyText"] as? String)
                let html = try #require(reply["notificationBodyHtml"] as? String)
                let link = "https://portal.house.example/messages/\(People.guid(1))"
                #expect(text.contains(link) && html.contains(link))
                try await eventually("both mails arrived") { try server.mails().count == 2 }
                let mails = try server.mails()
                for name in ["bob", "eve"] {
                    #expect(mails.contains { $0.contains("<\(name)@house.example>") })
                }
                #expect(mails.allSatisfy { $0.contains("text/plain") && $0.contains("text/html") })
                #expect(mails.allSatisfy { !$0.contains("Only in Postern") })
                let quiet = try await gateway.ask(.ann(2, #"{"sendEmailNotification":false}"#))
                #expect(quiet.text == #"{"notificationSent":false}"#)
                try await eventually("the outbox is empty") {
                    try await world.postern("delivery", "counts").output.contains(#""outbox":0"#)
                }
                #expect(try server.mails().count == 2)
            }
            try await server.end()
        }
    }
}
