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
    /// The dispatch the request is about; nil for none.
    var dispatch: NamedDispatch?
    /// Whom the request adds to it, in order.
    var added: [DispatchEntries.Entry] = []

    /// A dispatch as the client named it.
    struct NamedDispatch: Sendable {
        /// What answers call it: by what the client wrote where that is a number.
        var text: String
        /// Its number, where what the client wrote can be one.
        var number: Int?
        var action: Route.DispatchAction

        init(_ name: String?, _ action: Route.DispatchAction) {
            let isNumber =
                name.map { (1...20).contains($0.utf8.count) && $0.utf8.allSatisfy(\.isASCIIDigit) }
                ?? false
            text = isNumber ? "Dispatch \(name ?? "")" : "Dispatch"
            number = name.flatMap { DispatchID($0) }.map { Int($0.rawValue) }
            self.action = action
        }
    }

    /// What answers call the dispatch.
    var dispatchName: String { dispatch?.text ?? "Dispatch" }
}
