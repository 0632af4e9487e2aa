import PosternModel

/// How far a message has come, in this API's words.
enum MessageStatus: String, CaseIterable {
    case sending, sent, delivered, undelivered, unsent

    /// The words, for sentences.
    static let list = allCases.map(\.rawValue).joined(separator: ", ")

    /// The stages a list with this status is looked for in.
    var stages: [OutgoingSearch.Stage] {
        switch self {
        case .sending: [.scheduled, .sending]
        case .sent, .delivered, .undelivered: [.sent]
        case .unsent: [.stopped, .refused]
        }
    }

    /// The word for a message's progress.
    ///
    /// Messages of this API have one recipient. Those of others may have more, and are `delivered` when all have it, and
    /// `undelivered` when somebody never will.
    init(_ progress: DispatchProgress) {
        switch progress.state {
        case .draft, .scheduled, .sending: self = .sending
        case .sent:
            self =
                progress.failed > 0
                ? .undelivered : progress.delivered == progress.recipients ? .delivered : .sent
        case .stopped, .refused: self = .unsent
        }
    }
}
