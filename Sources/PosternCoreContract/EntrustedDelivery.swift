public import PosternModel

/// One delivery as a gateway hands it to a core: for whom, and all that is said.
public struct EntrustedDelivery: Sendable, Equatable {
    /// What is carried, and so by whom.
    public enum Content: Sendable, Equatable {
        /// A notification to an email address, through the core's mail relay.
        case mail(EntrustedMail, to: EmailAddress)
        /// A text to a telephone, through the core's webhook, with who sent it.
        case text(String, to: PhoneNumber, from: EmailAddress)
    }

    /// Who carries a delivery; the raw values are the contract's words.
    public enum Courier: String, Sendable, CaseIterable {
        /// Through the mail relay.
        case smtp
        /// Through the webhook.
        case webhook
    }

    /// The largest body that holds one, in bytes.
    ///
    /// A message is at most 1 MiB, and one written in nothing but signs that JSON escapes is six times as long.
    public static let largestBody = 8 << 20

    /// The message it belongs to.
    public var message: MessageGUID
    /// When the message was accepted, in whole milliseconds.
    public var acceptedAt: Instant
    /// What is carried.
    public var content: Content

    /// Makes a delivery.
    public init(message: MessageGUID, acceptedAt: Instant, content: Content) {
        self.message = message
        self.acceptedAt = acceptedAt
        self.content = content
    }

    /// Who carries it.
    public var courier: Courier {
        switch content {
        case .mail: .smtp
        case .text: .webhook
        }
    }
}

/// The mail that tells somebody a message waits.
public struct EntrustedMail: Sendable, Equatable {
    /// Its subject.
    public var subject: String
    /// Its plain text.
    public var text: String
    /// Its HTML.
    public var html: String

    /// Makes a mail.
    public init(subject: String, text: String, html: String) {
        self.subject = subject
        self.text = text
        self.html = html
    }
}
