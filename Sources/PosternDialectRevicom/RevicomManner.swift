import PosternDialectKit
import PosternModel

/// What an answer depends on besides the outcome.
struct RevicomManner: ResponseManner {
    /// A message as the client knows it.
    struct Sent: Sendable {
        var guid: MessageGUID
        var externalID: String?
    }

    /// There was an `Authorization` field, good or bad: no credentials and wrong ones have different answers.
    var showsCredential = true
    /// Refusals are wanted as problem documents.
    var wantsProblem = false
    /// The messages of a send, in order.
    var sent: [Sent] = []
    /// The uuids of a stop, in order.
    var stopped: [StopOrder.Item] = []
}
