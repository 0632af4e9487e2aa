/// What a client asks for when it sends a message, whatever language it asked in.
public struct SendIntent: Sendable {
    /// What is to be sent.
    public enum Subject: Sendable {
        /// A draft; nil when what the client named is not a GUID at all.
        case draft(MessageGUID?)
        /// A message that is composed and sent in one go.
        case composed(Composition)
        /// The same, with messages that may take its place.
        case cascade(Cascade)
    }

    /// What an API asks for before a message may be sent.
    public enum Requirement: String, Sendable, CaseIterable {
        /// At least one recipient.
        case recipients
        /// A subject.
        case subject
        /// A text.
        case body
    }

    /// The token the client showed, unchecked; nil when it showed none.
    public var credential: PresentedCredential?
    /// What is to be sent.
    public var subject: Subject
    /// When; nil for now.
    ///
    /// A message is judged now and again at its time, which must lie within a year.
    public var at: Instant?
    /// What it must have.
    public var requirements: Set<Requirement>
    /// The message or account password; an empty one counts as none.
    public var password: Secret?
    /// Unknown recipients may be invited.
    public var inviteNewUsers: Bool
    /// Recipients are to be told by email.
    public var sendEmailNotification: Bool
    /// The code an invited recipient must enter.
    public var challengeCode: Secret?
    /// The notification texts the client wants back.
    public var notificationFormats: Set<BodyFormat>
    /// Only say what a send would get now.
    public var dryRun: Bool

    /// Makes an intent.
    public init(
        credential: PresentedCredential?, subject: Subject, at instant: Instant? = nil,
        requirements: Set<Requirement> = [], password: Secret? = nil,
        inviteNewUsers: Bool = true, sendEmailNotification: Bool = true,
        challengeCode: Secret? = nil, notificationFormats: Set<BodyFormat> = [],
        dryRun: Bool = false
    ) {
        self.credential = credential
        self.subject = subject
        at = instant
        self.requirements = requirements
        self.password = password
        self.inviteNewUsers = inviteNewUsers
        self.sendEmailNotification = sendEmailNotification
        self.challengeCode = challengeCode
        self.notificationFormats = notificationFormats
        self.dryRun = dryRun
    }

    /// Makes an intent to send a draft now.
    public init(
        credential: PresentedCredential?, draft: MessageGUID?, password: Secret? = nil,
        inviteNewUsers: Bool = true, sendEmailNotification: Bool = true,
        challengeCode: Secret? = nil, notificationFormats: Set<BodyFormat> = [],
        dryRun: Bool = false
    ) {
        self.init(
            credential: credential, subject: .draft(draft), password: password,
            inviteNewUsers: inviteNewUsers, sendEmailNotification: sendEmailNotification,
            challengeCode: challengeCode, notificationFormats: notificationFormats,
            dryRun: dryRun)
    }

    /// The message's name; nil when what the client named is not a GUID at all.
    public var message: MessageGUID? {
        if case .draft(let guid) = subject { guid } else { composition?.guid }
    }

    /// What is composed, the first message of a cascade; nil for a draft.
    public var composition: Composition? {
        switch subject {
        case .draft: nil
        case .composed(let composition): composition
        case .cascade(let cascade): cascade.root
        }
    }
}

/// A session token as a client showed it; what it proves is for the corridor to find out.
///
/// It is one of Postern's own, or a JWT of an issuer that the operator trusts: no client API tells them apart.
public struct PresentedCredential: Sendable {
    /// The longest token worth looking at, in bytes: JWTs grow with what their issuers put in.
    public static let longestToken = 8192

    /// The token's text.
    public let token: Secret
    /// Whose token the client says it is: the account's address or handle; nil when it does not say.
    ///
    /// A name that is not the account's own makes the token good for nothing.
    public let claimedUser: String?

    /// Wraps a token's text.
    public init(token: Secret, claimedUser: String? = nil) {
        self.token = token
        self.claimedUser = claimedUser
    }
}
