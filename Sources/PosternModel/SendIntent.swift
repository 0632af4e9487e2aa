/// What a client asks for when it sends a draft, whatever language it asked in.
public struct SendIntent: Sendable {
    /// The token the client showed, unchecked; nil when it showed none.
    public var credential: PresentedCredential?
    /// The draft to send; nil when what the client named is not a GUID at all.
    public var draft: MessageGUID?
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
        credential: PresentedCredential?, draft: MessageGUID?, password: Secret? = nil,
        inviteNewUsers: Bool = true, sendEmailNotification: Bool = true,
        challengeCode: Secret? = nil, notificationFormats: Set<BodyFormat> = [],
        dryRun: Bool = false
    ) {
        self.credential = credential
        self.draft = draft
        self.password = password
        self.inviteNewUsers = inviteNewUsers
        self.sendEmailNotification = sendEmailNotification
        self.challengeCode = challengeCode
        self.notificationFormats = notificationFormats
        self.dryRun = dryRun
    }
}

/// A session token as a client showed it; what it proves is for the corridor to find out.
public struct PresentedCredential: Sendable {
    /// The token's text.
    public let token: Secret
    /// Wraps a token's text.
    public init(token: Secret) { self.token = token }
}
