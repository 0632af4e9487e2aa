/// What a client asks of the caller's labels.
public enum LabelOperation: Sendable {
    /// The caller's labels.
    case listLabels
    /// Make a label.
    case createLabel(name: String)
    /// Name a label anew.
    case renameLabel(LabelGUID?, name: String)
    /// Delete a label; messages that wore it stay.
    case deleteLabel(LabelGUID?)
    /// Put a label on a message.
    case addLabel(LabelGUID?, MessageGUID?)
    /// Take a label off a message.
    case removeLabel(LabelGUID?, MessageGUID?)

    /// Whether it changes nothing but what is known of who read what.
    var isReading: Bool {
        switch self {
        case .listLabels: true
        default: false
        }
    }

    /// Its name in logs, metrics and audit entries.
    var name: StaticString {
        switch self {
        case .listLabels: "listLabels"
        case .createLabel: "createLabel"
        case .renameLabel: "renameLabel"
        case .deleteLabel: "deleteLabel"
        case .addLabel: "addLabel"
        case .removeLabel: "removeLabel"
        }
    }
}
