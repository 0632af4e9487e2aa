import HTTPTypes
import PosternModel

/// Where a request goes, read from its path alone; names are compared letter by letter.
///
/// All of `message`, `dispatch`, `balance` and `ping` under `/api/v1` is this API's, at a shared place too: no other has
/// these names there.
enum Route: Equatable {
    /// Send, and list.
    case messages
    /// One message.
    case message(MessageName)
    case stop
    case balance
    case ping
    case cascade
    /// All dispatches, and the making of one.
    case dispatches
    /// What is done with one dispatch; nil where its name cannot be read.
    case dispatch(String?, DispatchAction)
    /// A path nothing is under, among those that are this API's.
    case unknown

    /// What can be done with a dispatch.
    enum DispatchAction: String {
        case messages, start, stop
    }

    /// Finds the route; nil when the path is none of this API's.
    init?(_ segments: [String?]) {
        guard segments.count >= 3, segments[0] == "api", segments[1] == "v1" else { return nil }
        let rest = segments.dropFirst(3)
        switch (segments[2], rest.count) {
        case ("message", 0): self = .messages
        case ("message", 1):
            switch segments[3] {
            case "stop": self = .stop
            case "cascade": self = .cascade
            case let name:
                self = .message(name.flatMap { MessageGUID($0) }.map { .guid($0) } ?? .malformed)
            }
        case ("balance", 0): self = .balance
        case ("ping", 0): self = .ping
        case ("dispatch", 0): self = .dispatches
        case ("dispatch", 2):
            let action = segments[4].flatMap(DispatchAction.init(rawValue:))
            self = action.map { .dispatch(segments[3], $0) } ?? .unknown
        case ("message", _), ("balance", _), ("ping", _), ("dispatch", _): self = .unknown
        default: return nil
        }
    }

    /// The methods it takes; empty for any.
    var methods: [HTTPRequest.Method] {
        switch self {
        case .messages: [.get, .post]
        case .message, .balance, .ping: [.get]
        case .stop, .cascade, .dispatch: [.post]
        case .dispatches, .unknown: []
        }
    }
}
