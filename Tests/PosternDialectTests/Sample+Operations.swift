import PosternModel

extension Sample {
    static let message = MessageGUID("00112233445566778899aabbccddeeff")
    static let file = AttachmentGUID("a0000000000000000000000000000001")
    static let label = LabelGUID("b0000000000000000000000000000001").map {
        Label(guid: $0, name: "Tax & <law>", createdAt: noon)
    }

    static let alice = person("alice@example.com", "Ada Alice Example", 7)
    static let bob = person("bob@example.com", "Bob", 8)
    static let stranger = person("new@elsewhere.example", "", nil)

    private static func person(_ address: String, _ name: String, _ account: Int64?) -> Person {
        guard let address = EmailAddress(address) else { fatalError("\(address) is no address.") }
        return Person(
            address: address, name: name, account: account.map { AccountID(rawValue: $0) })
    }

    static let rights = GrantedRights(
        invite: true, reply: true, replyAll: false, forward: true, recall: true, fyeo: true,
        confidential: false, expiry: true, defaultExpiry: .seconds(30 * 86_400 + 1),
        retention: true, challenge: true, attach: true, largestFile: 1 << 30,
        deniedTypes: ["bat", "exe"])

    static let attachment = file.map {
        AttachmentView(
            guid: $0, name: "Scan 1.PDF", size: 700_000, chunks: 2, complete: true, since: noon,
            owner: alice.address)
    }

    /// Two chunks, of which the second has arrived.
    static let upload = file.map {
        Upload(
            guid: $0, name: "Scan 1.PDF", layout: ChunkLayout(size: 700_000, chunkSize: 524_288),
            arrived: [2])
    }

    static let events: [TrackingEvent] =
        message.map { message in
            [
                TrackingEvent(
                    message: message, attachment: nil, owner: alice, actor: bob, kind: .retrieved,
                    at: noon),
                TrackingEvent(
                    message: message, attachment: file, owner: alice, actor: stranger,
                    kind: .downloaded, at: midnight),
            ]
        } ?? []

    /// A message in the folder one of the words names, as its reader sees it.
    static func view(_ words: Set<String>) -> MessageView? {
        guard let guid = message,
            let conversation = MessageGUID("ffeeddccbbaa99887766554433221100")
        else { return nil }
        let folder = MessageFolder.allCases.first { words.contains($0.rawValue) } ?? .inbox
        let isRecalled = words.contains("recalled")
        return MessageView(
            guid: guid, parent: words.contains("reply") ? conversation : nil,
            conversation: conversation, folder: folder, date: noon,
            action: words.contains("reply") ? .replyAll : .new, sender: alice,
            to: [bob, stranger], cc: [], bcc: folder == .sent ? [bob] : [],
            subject: "Re: <quarter> & more", bodyFormat: .html,
            body: isRecalled ? nil : "<p>Numbers</p>",
            options: MessageOptions(allowForward: false, fyeoType: .uniquePassword),
            expiry: Expiry(group: words.contains("group") ? "month" : nil),
            expiresAt: words.contains("group") ? midnight : nil,
            recall: isRecalled ? .init(at: midnight, reason: "Wrong numbers") : nil,
            retrieved: words.contains("read"),
            attachments: isRecalled ? [] : attachment.map { [$0] } ?? [],
            tracking: folder == .sent
                ? TrackingSummary(recipients: 2, counts: [.retrieved: 1, .forwarded: 1]) : nil,
            labels: label.map { [$0] } ?? [])
    }
}
