public import PosternModel

/// The rules, in the order they are checked: that of `RefusalCode`.
enum Rule: Int, CaseIterable, Sendable {
    case sessionValid
    case draftVisible
    case messageRecalled
    case replyAllowed
    case replyAllAllowed
    case forwardAllowed
    case fyeoRight
    case confidentialRight
    case expiryAllowed
    case expiryRange
    case passwordGiven
    case recipientsPresent
    case recipientsLimit
    case recipientsDisabled
    case recipientsAllowed
    case invitationsAllowed
    case challengeSingle
    case challengeSeveral
    case contentBanned
    case quotaDaily
    case passwordRight

    /// The rule's stable name and the code it answers with.
    var entry: (id: RuleID, code: RefusalCode) {
        switch self {
        case .sessionValid: ("session.valid", .sessionInvalid)
        case .draftVisible: ("draft.visible", .messageNotFound)
        case .messageRecalled: ("message.recalled", .messageRecalled)
        case .replyAllowed: ("reply.allowed", .replyForbidden)
        case .replyAllAllowed: ("reply-all.allowed", .replyAllForbidden)
        case .forwardAllowed: ("forward.allowed", .forwardForbidden)
        case .fyeoRight: ("fyeo.right", .fyeoForbidden)
        case .confidentialRight: ("confidential.right", .confidentialForbidden)
        case .expiryAllowed: ("expiry.allowed", .expiryDisabled)
        case .expiryRange: ("expiry.range", .expiryInvalid)
        case .passwordGiven: ("password.given", .passwordMissing)
        // The contract has no code for a message to nobody. 74 is the code of a wrong number of
        // recipients, and a client that shows its text points its user at the right field.
        case .recipientsPresent: ("recipients.present", .recipientLimit)
        case .recipientsLimit: ("recipients.limit", .recipientLimit)
        case .recipientsDisabled: ("recipients.disabled", .recipientDisabled)
        case .recipientsAllowed: ("recipients.allowed", .recipientNotAllowed)
        case .invitationsAllowed: ("invitations.allowed", .invitationRefused)
        case .challengeSingle: ("challenge.single", .challengeRequired)
        case .challengeSeveral: ("challenge.several", .challengeRequiredForSeveral)
        case .contentBanned: ("content.banned", .bannedContent)
        case .quotaDaily: ("quota.daily", .quotaExhausted)
        case .passwordRight: ("password.right", .passwordWrong)
        }
    }

    /// Whether a policy may put the rule in shadow mode or make exceptions to it.
    ///
    /// The others do not depend on a policy's judgement: without them a send has no sender, no draft, nobody
    /// to go to, or no proof of the password it promises.
    var mayBeRelaxed: Bool {
        switch self {
        case .sessionValid, .draftVisible, .messageRecalled, .passwordGiven, .recipientsPresent,
            .passwordRight:
            false
        default: true
        }
    }

    /// The group settings the rule reads, as ``EffectiveValue/name`` has them.
    var settings: [String] {
        switch self {
        case .replyAllowed: ["reply"]
        case .replyAllAllowed: ["replyAll"]
        case .forwardAllowed: ["forward"]
        case .fyeoRight: ["fyeo"]
        case .confidentialRight: ["confidential"]
        case .expiryAllowed: ["expiry.allowed"]
        case .expiryRange: ["expiry.minimum", "expiry.maximum"]
        case .recipientsLimit: ["recipientLimit"]
        case .recipientsAllowed:
            [
                "mayWriteTo", "phones.allowed", "phones.prefixes", "cells.allowed", "cells.units",
            ]
        case .invitationsAllowed: ["inviting.allowed", "dailyInvites", "mayWriteTo"]
        case .challengeSingle, .challengeSeveral: ["challenge.required"]
        case .contentBanned: ["keywordLists"]
        case .quotaDaily: ["dailyMessages"]
        case .sessionValid, .draftVisible, .messageRecalled, .passwordGiven, .recipientsPresent,
            .recipientsDisabled, .passwordRight:
            []
        }
    }

    /// The id a content rule has for one list.
    static func contentBanned(_ list: String) -> RuleID {
        RuleID(rawValue: "content.banned.\(list)")
    }
}

/// Whether a rule's no counts.
public enum RuleMode: String, Sendable, Codable, CaseIterable {
    /// It refuses.
    case enforce
    /// It is only reported.
    case shadow
}

/// A rule switched off for some groups until a date, and who answers for that.
public struct RuleException: Sendable, Equatable {
    /// The groups it is for.
    public let groups: Set<String>
    /// The first instant at which the rule applies again.
    public let until: Instant
    /// Who answers for it.
    public let owner: String
    /// Where it was agreed.
    public let ticket: String
    /// The file it is written in.
    public let file: String
    /// The line it begins on, from 1.
    public let line: Int
}

/// What a policy says about one rule as a whole.
struct RuleSetting: Sendable {
    var mode = RuleMode.enforce
    var exceptions: [RuleException] = []

    /// Whether its no counts for a group at an instant.
    func refuses(_ group: String, at instant: Instant) -> Bool {
        mode == .enforce && exception(for: group, at: instant) == nil
    }

    /// The exception that spares a group at an instant.
    func exception(for group: String, at instant: Instant) -> RuleException? {
        exceptions.first { instant < $0.until && $0.groups.contains(group) }
    }
}
