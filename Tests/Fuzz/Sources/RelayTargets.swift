import PosternModel
import PosternPipeline

@testable import PosternDelivery

extension FuzzTarget {
    /// What a mail relay may answer: the session ends in order, and each mail has one fate.
    ///
    /// The first byte chooses the plan; a byte 0xFF divides what arrives in one read from the next.
    static let relay = FuzzTarget(name: "relay", longest: 4096) { bytes in
        var input = FuzzInput(bytes)
        let choice = Int(input.byte())
        let security = SMTPSettings.Security.allCases[choice % 3]
        var conversation = SMTPConversation(
            plan: SMTPConversation.Plan(
                security: security, helloName: "gateway.example",
                credentials: choice & 4 == 0
                    ? nil
                    : SMTPCredentials(
                        user: "postern", password: Secret(String(repeating: "s", count: choice)))))
        var fates = Fates()
        fates.take(conversation.connected())
        var reads = 0
        while !input.isEmpty, !fates.isClosed {
            fates.take(conversation.receive(input.upTo(0xFF)))
            if fates.wantsTLS || (reads == 0 && security == .implicitTLS) {
                fates.wantsTLS = false
                fates.take(conversation.secured())
            }
            if conversation.isIdle, fates.submitted < 3 {
                fates.submitted += 1
                fates.take(conversation.submit(sample))
            }
            reads += 1
        }
        switch choice >> 4 & 3 {
        case 0: fates.take(conversation.lost("The connection broke."))
        case 1: fates.take(conversation.timeOut())
        default: fates.take(conversation.quit())
        }
        if !fates.isClosed { fates.take(conversation.lost("The connection broke.")) }
        require(fates.isClosed, "a session ends")
        require(
            fates.settled == fates.submitted, "\(fates.submitted) mails, \(fates.settled) fates")
        require(conversation.receive(Array("220 x\r\n".utf8)).isEmpty, "and nothing follows")
    }

    /// A notification as a mail: whatever it says, the bytes are lines that any relay takes.
    static let mail = FuzzTarget(name: "mail", longest: 4096) { bytes in
        let parts = bytes.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        let notification = Notification(
            subject: parts[0], text: parts.count > 1 ? parts[1] : parts[0],
            html: parts[parts.count - 1])
        guard let mail = mail(notification, from: parts[parts.count - 1]) else { return }
        var column = 0
        var isStart = true
        let wire = mail.transmission
        for (index, byte) in wire.enumerated() {
            if byte == UInt8(ascii: "\n") {
                require(index > 0 && wire[index - 1] == UInt8(ascii: "\r"), "no bare line feed")
            } else if index > 0, wire[index - 1] == UInt8(ascii: "\r") {
                require(false, "no bare carriage return")
            }
            if isStart, byte == UInt8(ascii: "."), index < wire.count - 3 {
                require(wire[index + 1] == UInt8(ascii: "."), "a leading dot is doubled")
            }
            isStart = byte == UInt8(ascii: "\n")
            column = isStart ? 0 : column + 1
            require(column <= 79, "lines are short: \(column)")
            require(
                (0x20..<0x7F).contains(byte) || [0x09, 0x0A, 0x0D].contains(byte),
                "and of plain ASCII")
        }
        require(wire.suffix(5).elementsEqual("\r\n.\r\n".utf8), "the end is the end")
    }

    private static let sample: NotificationMail = {
        let notification = Notification(subject: "A message", text: "From.\r\n.dot", html: "<p>")
        guard let mail = mail(notification, from: "Postern") else { fatalError("no sample mail") }
        return mail
    }()

    private static func mail(_ notification: Notification, from name: String) -> NotificationMail? {
        guard let address = EmailAddress("a@example.com"),
            let guid = MessageGUID(bytes: [UInt8](repeating: 1, count: 16))
        else { return nil }
        let row = OutboxRow(
            id: 1, message: guid, courier: .smtp, recipient: .email(address),
            notification: notification,
            attempts: 0,
            acceptedAt: Instant(milliseconds: 0))
        return try? NotificationMail(row: row, sender: address, senderName: name)
    }
}

/// What a conversation has asked of its owner.
private struct Fates {
    var submitted = 0
    var settled = 0
    var isClosed = false
    var wantsTLS = false

    mutating func take(_ actions: [SMTPConversation.Action]) {
        for action in actions {
            require(!isClosed, "nothing follows the end: \(action)")
            switch action {
            case .send(let bytes):
                require(bytes.suffix(2).elementsEqual("\r\n".utf8), "whole lines are sent")
                require(bytes.allSatisfy { $0 < 0x7F }, "of plain ASCII")
            case .settled: settled += 1
            case .startTLS: wantsTLS = true
            case .failed(let reason):
                require(reason.utf8.allSatisfy { $0 >= 0x20 }, "reasons are one line")
            case .close: isClosed = true
            case .begin, .ready: break
            }
        }
    }
}
