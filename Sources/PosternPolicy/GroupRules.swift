import PosternModel

/// What a group's members may do, every value settled.
struct GroupRules: Sendable {
    var name: String
    var dailyMessages: Int
    var dailyInvites: Int
    var recipientLimit: Int
    var fyeo: Bool
    var confidential: Bool
    var reply: Bool
    var replyAll: Bool
    var forward: Bool
    var mayWriteTo: Reach
    var phones: PhoneRules
    var cells: CellRules
    var expiryAllowed: Bool
    var expiryMinimum: Duration
    var expiryMaximum: Duration?
    var expiryDefault: Duration?
    var inviting: Bool
    var invitedDomains: DomainSet?
    var deniedDomains: DomainSet
    var challenge: Bool
    var unchallengedDomains: DomainSet
    var unchallengedAddresses: Set<EmailAddress>
    var keywordLists: Set<String>
    var recall: Bool
    var retention: Duration?
    var attachments: AttachmentRules
}

/// Whom a group may write to.
enum Reach: Sendable, Equatable {
    /// Anyone.
    case anyone
    /// The sender's contacts, members of some groups, or both.
    case some(contacts: Bool, groups: Set<String>)
}

/// Domains by name, and with `*.` all that lies under a name.
struct DomainSet: Sendable, Equatable {
    private var exact: Set<String> = []
    private var parents: Set<String> = []

    /// Reads patterns; each must have passed ``isPattern(_:)``.
    init(_ patterns: [String]) {
        for pattern in patterns.map({ $0.lowercased() }) {
            if pattern.hasPrefix("*.") {
                parents.insert(String(pattern.dropFirst(2)))
            } else {
                exact.insert(pattern)
            }
        }
    }

    /// Whether a text is `example.org` or `*.example.org`.
    static func isPattern(_ text: String) -> Bool {
        let domain = text.hasPrefix("*.") ? text.dropFirst(2) : text[...]
        return EmailAddress("a@\(domain)") != nil
    }

    /// Whether a domain, in lower case, is named or lies under a named parent.
    func contains(_ domain: Substring) -> Bool {
        if exact.contains(String(domain)) { return true }
        guard !parents.isEmpty else { return false }
        var rest = domain
        while let dot = rest.firstIndex(of: ".") {
            rest = rest[rest.index(after: dot)...]
            if parents.contains(String(rest)) { return true }
        }
        return false
    }
}
