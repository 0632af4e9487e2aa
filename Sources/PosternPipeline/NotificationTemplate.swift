public import PosternModel

/// The words of the email that says a message waits.
///
/// It names the sender and where to read, and nothing of the message: mail is not what Postern protects.
public struct NotificationTemplate: Sendable {
    /// Where recipients read their messages; ends in a slash.
    private let portal: String

    /// Makes a template.
    ///
    /// - Parameter portal: The https address recipients read at.
    public init(portal: String) {
        self.portal = portal.hasSuffix("/") ? portal : portal + "/"
    }

    /// Words one message's notification.
    public func notification(from sender: EmailAddress, of message: MessageGUID) -> Notification {
        let address = "\(portal)messages/\(message)"
        let text = """
            \(sender) has sent you a secure message.

            Read it here:
            \(address)

            The message itself is not in this email. If you did not expect it, ask the sender
            before you open it.

            """
        let html = """
            <!DOCTYPE html>
            <html lang="en"><body>
            <p>\(sender.description.escapedForHTML) has sent you a secure message.</p>
            <p><a href="\(address.escapedForHTML)">Read it here</a></p>
            <p>The message itself is not in this email. If you did not expect it, ask the sender before you open it.</p>
            </body></html>

            """
        return Notification(
            subject: "A secure message from \(sender)", text: text, html: html)
    }
}
