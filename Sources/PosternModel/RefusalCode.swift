/// The twenty documented answers to a send that may not leave, in the order they are checked.
///
/// The raw value is the number clients compare with; `CaseIterable` order is the check order of the
/// design's table, chosen so that a refusal tells an outsider nothing and a refused message costs nothing.
public enum RefusalCode: Int, Sendable, Codable, CaseIterable, Comparable {
    /// The session token is absent, unknown, expired or revoked, or its account is disabled.
    case sessionInvalid = 811
    /// There is no such draft for this caller.
    case messageNotFound = 929
    /// The message, or the parent it answers, has been recalled.
    case messageRecalled = 915
    /// The parent or the group forbids a reply.
    case replyForbidden = 908
    /// The parent or the group forbids reaching everyone the parent reached.
    case replyAllForbidden = 77
    /// The parent or the group forbids forwarding.
    case forwardForbidden = 909
    /// A message password was asked for without the FYEO right.
    case fyeoForbidden = 922
    /// The account password was asked for without the Confidential right.
    case confidentialForbidden = 930
    /// An expiry is set where the policy turns expiry off.
    case expiryDisabled = 75
    /// The expiry is past, too soon, too far, or names an unusable group.
    case expiryInvalid = 76
    /// The message asks for a password and none came.
    case passwordMissing = 51
    /// There are more distinct recipients than the limit.
    case recipientLimit = 74
    /// A recipient's account is disabled.
    case recipientDisabled = 8871
    /// The group may not write to one of the recipients.
    case recipientNotAllowed = 49
    /// A recipient is unknown and cannot be invited.
    case invitationRefused = 30
    /// One recipient must be challenged and no code came.
    case challengeRequired = 44
    /// Several recipients would have to be challenged.
    case challengeRequiredForSeveral = 45
    /// The subject, body or an attachment's name holds a banned word.
    case bannedContent = 17
    /// The day's messages are used up.
    case quotaExhausted = 28
    /// The account or message password is wrong, or its attempts are used up.
    case passwordWrong = 38

    /// The place in the check order, from 0.
    public var order: Int { Self.places[self] ?? Self.allCases.count }

    private static let places = Dictionary(
        uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })

    /// Orders by the check order, not by number.
    public static func < (left: RefusalCode, right: RefusalCode) -> Bool {
        left.order < right.order
    }
}
