/// What a client asks of messages that were delivered to the caller.
public enum IncomingOperation: Sendable {
    /// One message; without its body it is not read.
    case readIncoming(MessageName, withBody: Bool = true)
    /// One message as the caller composed it, or else as it was delivered to them.
    case readEither(MessageName)
    /// Messages, a part at a time.
    case listIncoming(IncomingSearch)
    /// Note something on a message.
    case markIncoming(MessageName, IncomingMark)

    /// Whether it changes nothing but what is known of who read what.
    var isReading: Bool {
        switch self {
        case .readIncoming, .readEither, .listIncoming: true
        default: false
        }
    }

    /// Its name in logs, metrics and audit entries.
    var name: StaticString {
        switch self {
        case .readIncoming: "readIncoming"
        case .readEither: "readEither"
        case .listIncoming: "listIncoming"
        case .markIncoming: "markIncoming"
        }
    }
}
