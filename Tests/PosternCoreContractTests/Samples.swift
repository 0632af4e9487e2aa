import PosternCoreContract
import PosternModel
import Testing

/// Deliveries as a gateway would entrust them.
enum Samples {
    static let noon = Instant(milliseconds: 1_773_144_000_123)

    static func guid() throws -> MessageGUID {
        try #require(MessageGUID("0123456789abcdef0123456789abcdef"))
    }

    static func mail() throws -> EntrustedDelivery {
        EntrustedDelivery(
            message: try guid(), acceptedAt: noon,
            content: .mail(
                EntrustedMail(subject: "A message", text: "It waits.", html: "<p>It waits.</p>"),
                to: try #require(EmailAddress("bob@hospital.example"))))
    }

    static func text(_ text: String = "See you at nine.") throws -> EntrustedDelivery {
        EntrustedDelivery(
            message: try guid(), acceptedAt: noon,
            content: .text(
                text, to: try #require(PhoneNumber("+41791234567")),
                from: try #require(EmailAddress("ann@hospital.example"))))
    }

    static func key(_ text: String = "0123456789abcdef0123456789abcdef.7") throws -> DeliveryKey {
        try #require(DeliveryKey(text))
    }
}
