internal import Foundation
internal import PosternModel
internal import PosternPipeline

/// One row as what is posted to the webhook.
struct WebhookCall: Sendable {
    /// Why a row cannot be posted at all; the raw value is a sentence for the dead letter.
    enum Unwritable: Error, Equatable {
        /// The ledger does not give the text out, for the reason it says.
        case withheld(String)
        /// The row carries no text or no sender.
        case nothingToSay
        /// The recipient is no telephone.
        case recipient

        /// A sentence for the dead letter.
        var reason: String {
            switch self {
            case .withheld(let reason): reason
            case .nothingToSay: "The outbox row carries no text."
            case .recipient: "The recipient is no telephone number."
            }
        }
    }

    /// The body, as JSON.
    private struct Content: Encodable {
        let id: String
        let message: String
        let to: String
        let text: String
        let from: String
        let acceptedAt: String
        let attempt: Int
    }

    /// The row's name to the outside: the same in every attempt.
    let id: String
    /// The body's bytes.
    let body: [UInt8]

    /// Writes the call for a row.
    init(row: OutboxRow) throws(Unwritable) {
        if let reason = row.withheld { throw .withheld(reason) }
        guard let text = row.text, let sender = row.sender else { throw .nothingToSay }
        guard case .phone(let phone) = row.recipient else { throw .recipient }
        id = row.outsideName
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            body = Array(
                try encoder.encode(
                    Content(
                        id: id, message: row.message.description, to: phone.description,
                        text: text, from: sender.description, acceptedAt: row.acceptedAt.rfc3339,
                        attempt: row.attempts + 1)))
        } catch { throw .nothingToSay }
    }
}
