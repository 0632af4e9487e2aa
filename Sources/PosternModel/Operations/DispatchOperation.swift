/// What a client asks of the caller's own messages, whatever their state.
public enum DispatchOperation: Sendable {
    /// Keep a new message as a draft.
    case compose(Composition)
    /// Change a draft.
    case amendDraft(MessageName, Amendment)
    /// One message.
    case readOutgoing(MessageName)
    /// Messages, a part at a time.
    case listOutgoing(OutgoingSearch)
    /// Make a draft of a message that waits for its time.
    case unschedule(MessageName)
    /// Stop messages, each for itself; the endings come in the order of the names.
    case stop([MessageName])
    /// Add messages to a dispatch; nil for one that cannot be there.
    case addToDispatch(DispatchID?, DispatchFilling)
    /// Let the messages of a dispatch leave.
    case startDispatch(DispatchID?)
    /// Keep those that have not left from leaving, for good.
    case stopDispatch(DispatchID?)

    /// Whether it changes nothing but what is known of who read what.
    var isReading: Bool {
        switch self {
        case .readOutgoing, .listOutgoing: true
        default: false
        }
    }

    /// Its name in logs, metrics and audit entries.
    var name: StaticString {
        switch self {
        case .compose: "compose"
        case .amendDraft: "amendDraft"
        case .readOutgoing: "readOutgoing"
        case .listOutgoing: "listOutgoing"
        case .unschedule: "unschedule"
        case .stop: "stop"
        case .addToDispatch: "addToDispatch"
        case .startDispatch: "startDispatch"
        case .stopDispatch: "stopDispatch"
        }
    }
}
