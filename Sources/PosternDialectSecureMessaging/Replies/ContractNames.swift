import PosternModel

// The contract's words for what the model has words of its own for, both ways: reading ignores case.

extension MessageAction {
    /// The contract's `actionCode`.
    var contractName: String {
        switch self {
        case .new: "New"
        case .reply: "Reply"
        case .replyAll: "ReplyAll"
        case .forward: "Forward"
        }
    }
}

extension FYEOType {
    /// The contract's `fyeoType`.
    var contractName: String {
        switch self {
        case .disabled: "Disabled"
        case .accountPassword: "AccountPassword"
        case .uniquePassword: "UniquePassword"
        }
    }
}

extension BodyFormat {
    /// The contract's `bodyFormat`.
    var contractName: String {
        switch self {
        case .text: "Text"
        case .html: "Html"
        }
    }
}

extension MessageFolder {
    /// The contract's name of a folder, in `filter.types`.
    var contractName: String {
        switch self {
        case .draft: "Draft"
        case .inbox: "Inbox"
        case .sent: "Sent"
        case .trash: "Trash"
        }
    }
}

extension TrackingEvent.Kind {
    /// The contract's `trackingType`.
    var contractName: String {
        switch self {
        case .retrieved: "Retrieved"
        case .replied: "Replied"
        case .forwarded: "Forwarded"
        case .deleted: "Deleted"
        case .downloaded: "Downloaded"
        }
    }
}
