import PosternModel
import PosternPipeline
import Testing

/// Rows and addresses that tests share.
enum Samples {
    static let start = Instant(milliseconds: 1_795_234_526_000)

    static func address(_ text: String) throws -> EmailAddress {
        try #require(EmailAddress(text))
    }

    static func row(
        _ id: Int64, _ courier: OutboxRow.Courier = .smtp,
        to recipient: String = "pat@there.example",
        subject: String = "A message waits for you", text: String = "Read it in Postern.\n",
        html: String = "<p>Read it in <b>Postern</b>.</p>\n", attempts: Int = 0,
        acceptedAt: Instant = start
    ) throws -> OutboxRow {
        OutboxRow(
            id: id, message: try #require(MessageGUID("0123456789abcdef0123456789abcdef")),
            courier: courier, recipient: .email(try address(recipient)),
            notification: courier == .smtp
                ? Notification(subject: subject, text: text, html: html) : nil,
            attempts: attempts, acceptedAt: acceptedAt)
    }
}
