internal import PosternModel
internal import PosternPipeline

/// One notification as the bytes of a mail: `multipart/alternative`, text before HTML.
///
/// The same row always gives the same bytes, `Date` and `Message-ID` included: a copy sent again because
/// an answer was lost can be told from a new mail by every mail program on the way.
struct NotificationMail: Sendable, Equatable {
    /// Why a row cannot be written as a mail at all.
    enum Unwritable: Error, Equatable {
        /// The row carries nothing to say.
        case nothingToSay
        /// The recipient has no mail.
        case recipient
        /// The subject holds a control character or is too long.
        case subject
        /// The sender's name holds a control character or is too long.
        case senderName

        /// A sentence for the dead letter.
        var reason: String {
            switch self {
            case .nothingToSay: "The outbox row carries no notification."
            case .recipient: "The recipient is no email address."
            case .subject:
                "The notification's subject holds a control character or is longer than \(HeaderText.limit) bytes."
            case .senderName:
                "The relay setting for the sender's name holds a control character or is too long."
            }
        }
    }

    /// The envelope's sender.
    let sender: EmailAddress
    /// The envelope's only recipient.
    let recipient: EmailAddress
    /// Headers and body: lines of printable ASCII ending in CRLF, dots not doubled.
    let content: [UInt8]

    /// Writes the mail for a row.
    init(row: OutboxRow, sender: EmailAddress, senderName: String) throws(Unwritable) {
        guard let notification = row.notification else { throw .nothingToSay }
        guard let recipient = row.recipient.email else { throw .recipient }
        guard
            let subject = HeaderText.unstructured(
                notification.subject, indent: "Subject: ".utf8.count)
        else { throw .subject }
        guard let name = HeaderText.phrase(senderName, indent: "From: ".utf8.count) else {
            throw .senderName
        }
        // Quoted-printable never yields "=_", so no body can hold the boundary.
        let boundary = "=_\(row.message)"
        let head = [
            "Date: \(MailDate.format(row.acceptedAt))",
            senderName.isEmpty ? "From: <\(sender)>" : "From: \(name)\r\n <\(sender)>",
            "To: <\(recipient)>",
            "Subject: \(subject)",
            "Message-ID: \(Self.messageID(of: row, domain: sender.domain))",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: multipart/alternative;\r\n boundary=\"\(boundary)\"",
        ]
        var content = Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        for (type, text) in [("plain", notification.text), ("html", notification.html)] {
            let partHead = [
                "--\(boundary)", "Content-Type: text/\(type); charset=utf-8",
                "Content-Transfer-Encoding: quoted-printable", "", "",
            ]
            content.append(contentsOf: partHead.joined(separator: "\r\n").utf8)
            content.append(contentsOf: QuotedPrintable.encode(text))
            // The line end before a boundary belongs to the boundary (RFC 2046 section 5.1.1).
            content.append(contentsOf: "\r\n".utf8)
        }
        content.append(contentsOf: "--\(boundary)--\r\n".utf8)
        self.sender = sender
        self.recipient = recipient
        self.content = content
    }

    /// The row's name towards the outside, the same at every attempt.
    static func messageID(of row: OutboxRow, domain: some StringProtocol) -> String {
        "<\(row.outsideName)@\(domain)>"
    }

    /// The content as it follows `354`: leading dots doubled, ended by a line with a dot (RFC 5321 section 4.5.2).
    var transmission: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(content.count + 64)
        var atLineStart = true
        for byte in content {
            if atLineStart, byte == UInt8(ascii: ".") { bytes.append(byte) }
            bytes.append(byte)
            atLineStart = byte == UInt8(ascii: "\n")
        }
        bytes.append(contentsOf: ".\r\n".utf8)
        return bytes
    }
}
