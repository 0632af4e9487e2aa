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

/// One value that holds for a group, and where it was written.
public struct EffectiveValue: Sendable, Equatable {
    /// The key, with a dot between levels: `expiry.maximum`.
    public let name: String
    /// The value as a policy file would write it.
    public let value: String
    /// The file it is written in; nil for what holds where nothing is written.
    public let file: String?
    /// The line, from 1.
    public let line: Int?
    /// The group it is inherited from; nil when written in the group itself, or nowhere.
    public let inheritedFrom: String?

    /// `policy.yaml:12`, with the group it comes from; `built in` where nothing is written.
    public var provenance: String {
        guard let file, let line else { return "built in" }
        return "\(file):\(line)" + (inheritedFrom.map { ", inherited from \($0)" } ?? "")
    }
}
