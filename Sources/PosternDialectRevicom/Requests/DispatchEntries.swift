import PosternDialectKit
import PosternModel

/// Whom a request adds to a dispatch, and how the answer names them.
struct DispatchEntries {
    /// The longest text that may stand for a destination, in bytes: what is no telephone is repeated in the answer.
    static let longest = 64

    /// One entry of the request.
    struct Entry: Sendable, Equatable {
        /// What the client wrote.
        var destination: String
        var externalID: String?
        /// The telephone, and the name its message gets; nil where it is none.
        var message: Message?

        struct Message: Sendable, Equatable {
            var guid: MessageGUID
            var phone: PhoneNumber
        }
    }

    /// An entry for each of the request's, in order.
    let entries: [Entry]

    /// Reads a request: a list of 1 to 1,000 objects with a `destination` each.
    ///
    /// A text that is no telephone is an entry all the same, and gets a code of its own in the answer.
    init(_ request: DialectRequest) throws(BadRequest) {
        var entries: [Entry] = []
        for (index, value) in try RequestBody.messages(request).enumerated() {
            let fields = try MessageFields(value, place: "[\(index)]")
            guard let destination = try fields.line("destination", 1...Self.longest) else {
                throw fields.bad("destination", "is required.")
            }
            let externalID = try fields.line("externalMessageId", 0...100)
            entries.append(
                Entry(
                    destination: destination,
                    externalID: externalID?.isEmpty == true ? nil : externalID,
                    message: PhoneNumber("+\(destination)").map {
                        Entry.Message(guid: .random(), phone: $0)
                    }))
        }
        self.entries = entries
    }

    /// What the messages become, from what their dispatch says; nil for a channel that this API has not.
    func compositions(of dispatch: Dispatch) -> [Composition]? {
        guard let channel = Channel(rawValue: dispatch.template.channel) else { return nil }
        let annex = MessageAnnex(
            channel: channel, senderName: dispatch.template.sender,
            contentIsObject: channel.shapes == .object
        ).annex
        return entries.compactMap { entry in
            entry.message.map {
                Composition(
                    guid: $0.guid, externalID: entry.externalID,
                    content: DraftContent(
                        body: dispatch.template.text, targets: [.address(.phone($0.phone))],
                        annex: annex))
            }
        }
    }
}
