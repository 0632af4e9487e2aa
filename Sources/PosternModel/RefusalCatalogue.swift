/// What each refusal means to the people who meet it, whatever language they speak to Postern in.
public struct RefusalEntry: Sendable, Equatable {
    /// Who can do something about it.
    public enum Fixer: String, Sendable, Codable, CaseIterable {
        /// Whoever sends the message.
        case sender
        /// One of the recipients.
        case recipient
        /// Whoever edits the policy and the accounts.
        case administrator
        /// Whoever runs Postern.
        case `operator`
    }

    /// Whether the same send may pass later.
    public enum Retry: String, Sendable, Codable, CaseIterable {
        /// Not before the message, the request or the rules have changed.
        case afterChange
        /// Once signed in again.
        case afterSigningIn
        /// By itself, at the time the answer names.
        case whenTold
    }

    /// What happened, in one or two whole sentences.
    public let meaning: String
    /// Who can do something about it, the likeliest first.
    public let fixers: [Fixer]
    /// Whether the same send may pass later.
    public let retry: Retry
    /// When and how to retry, in a whole sentence.
    public let advice: String
    /// What a sender might read in one case.
    public let example: String
}

extension RefusalCode {
    /// The refusal's entry in the catalogue.
    public var entry: RefusalEntry {
        switch self {
        case .sessionInvalid:
            RefusalEntry(
                meaning:
                    "The request shows no session token, or one that is unknown, expired, revoked, or whose account is disabled.",
                fixers: [.sender, .administrator], retry: .afterSigningIn,
                advice: "Sign in again and repeat the request with the new token.",
                example: "Your session has ended. Sign in again.")
        case .messageNotFound:
            RefusalEntry(
                meaning:
                    "There is no such draft for this caller. A draft of somebody else and a malformed name get the same answer.",
                fixers: [.sender], retry: .afterChange,
                advice: "Check the message GUID, or save the draft again and send that one.",
                example: "There is no draft of yours under this name.")
        case .messageRecalled:
            RefusalEntry(
                meaning: "The message, or the parent it answers, has been recalled by its sender.",
                fixers: [.sender], retry: .afterChange,
                advice: "Start a new message; a recalled one never becomes sendable again.",
                example: "The message you are answering was recalled.")
        case .replyForbidden:
            RefusalEntry(
                meaning:
                    "The parent message, or the sender's group, does not allow replies at all. Code 77 is different: a reply is allowed there, to fewer people.",
                fixers: [.sender, .recipient, .administrator], retry: .afterChange,
                advice:
                    "Start a new message, or ask the parent's sender to send one that allows replies.",
                example: "The sender of the message you are answering does not allow replies.")
        case .replyAllForbidden:
            RefusalEntry(
                meaning:
                    "The reply reaches more people than the parent message, or the sender's group, allows. Code 908 is different: no reply is allowed there at all.",
                fixers: [.sender, .recipient, .administrator], retry: .afterChange,
                advice: "Address the reply to the parent's sender only, and send it again.",
                example:
                    "The sender of the original message allows replies to themselves only; this reply names 2 recipients besides."
            )
        case .forwardForbidden:
            RefusalEntry(
                meaning: "The parent message, or the sender's group, does not allow forwarding.",
                fixers: [.sender, .recipient, .administrator], retry: .afterChange,
                advice:
                    "Start a new message, or ask the parent's sender to send one that may be forwarded.",
                example: "The sender of this message does not allow it to be forwarded.")
        case .fyeoForbidden:
            RefusalEntry(
                meaning:
                    "The message asks for a password of its own (For Your Eyes Only), and the sender's group has no right to that.",
                fixers: [.sender, .administrator], retry: .afterChange,
                advice: "Save the draft without a message password, or ask for the right.",
                example: "Your group may not protect messages with a password of their own.")
        case .confidentialForbidden:
            RefusalEntry(
                meaning:
                    "The message asks each reader for their account password (Confidential), and the sender's group has no right to that.",
                fixers: [.sender, .administrator], retry: .afterChange,
                advice: "Save the draft without Confidential, or ask for the right.",
                example: "Your group may not send Confidential messages.")
        case .expiryDisabled:
            RefusalEntry(
                meaning: "The message has an expiry, and the policy turns expiry off.",
                fixers: [.sender, .administrator], retry: .afterChange,
                advice: "Save the draft without an expiry, and send it again.",
                example: "Your group may not set an expiry; messages expire as the policy says.")
        case .expiryInvalid:
            RefusalEntry(
                meaning:
                    "The expiry is past, sooner or later than the policy allows, or names a group that cannot be used.",
                fixers: [.sender, .administrator], retry: .afterChange,
                advice: "Save the draft with an expiry the answer allows, and send it again.",
                example: "The expiry is too far away: a message may last at most 365 days.")
        case .passwordMissing:
            RefusalEntry(
                meaning: "The message is protected by a password, and the request has none.",
                fixers: [.sender], retry: .afterChange,
                advice: "Repeat the request with the password.",
                example: "This message needs a password.")
        case .recipientLimit:
            RefusalEntry(
                meaning:
                    "To, cc and bcc together name more different recipients than the sender's group may reach at once, or none at all.",
                fixers: [.sender, .administrator], retry: .afterChange,
                advice:
                    "Remove recipients, or send the message in parts; name a recipient where there is none.",
                example: "The message has 120 recipients, and at most 100 are allowed.")
        case .recipientDisabled:
            RefusalEntry(
                meaning: "At least one recipient's account is disabled.",
                fixers: [.sender, .administrator], retry: .afterChange,
                advice: "Remove the disabled recipients, or ask for their accounts to be enabled.",
                example: "1 recipient has a disabled account.")
        case .recipientNotAllowed:
            RefusalEntry(
                meaning: "The sender's group may not write to at least one of the recipients.",
                fixers: [.sender, .administrator], retry: .afterChange,
                advice: "Remove those recipients, or ask for the right to write to them.",
                example: "Your group may not write to 2 of the recipients.")
        case .invitationRefused:
            RefusalEntry(
                meaning:
                    "A recipient is unknown and cannot be invited: inviting was not asked for, is not allowed, is used up for the day, or the domain is denied.",
                fixers: [.sender, .administrator], retry: .afterChange,
                advice:
                    "Ask for new users to be invited, remove the unknown recipients, or wait for the time in Retry-After where the answer has one.",
                example:
                    "1 recipient is not known here, and the message does not ask for them to be invited."
            )
        case .challengeRequired:
            RefusalEntry(
                meaning:
                    "One new recipient must be challenged with a code (CRA), and the request has none.",
                fixers: [.sender, .administrator], retry: .afterChange,
                advice: "Repeat the request with a code that the recipient knows.",
                example:
                    "1 recipient must be asked for a challenge code before reading, and none was given."
            )
        case .challengeRequiredForSeveral:
            RefusalEntry(
                meaning:
                    "More than one new recipient would have to be challenged with a code (CRA).",
                fixers: [.sender, .administrator], retry: .afterChange,
                advice: "Write to new recipients one at a time, each with a code of their own.",
                example:
                    "3 recipients must be asked for a challenge code, and a message may have only one such recipient."
            )
        case .bannedContent:
            RefusalEntry(
                meaning:
                    "The subject, the body or the name of an attachment holds a word or pattern that the policy bans.",
                fixers: [.sender, .administrator], retry: .afterChange,
                advice: "Take out what the answer names, and send the message again.",
                example:
                    "The subject, body or attachment names contain 2 banned terms, and none is allowed."
            )
        case .quotaExhausted:
            RefusalEntry(
                meaning:
                    "The sender has used up the messages of the day. Days begin at midnight in the policy's time zone.",
                fixers: [.administrator, .sender], retry: .whenTold,
                advice:
                    "Wait for the time in Retry-After where the answer has one, or ask for a larger allowance.",
                example: "All 50 messages your group may send in a day have been sent.")
        case .passwordWrong:
            RefusalEntry(
                meaning:
                    "The password is wrong, or so many were wrong that no more are checked until an administrator unlocks them.",
                fixers: [.sender, .administrator], retry: .afterChange,
                advice:
                    "Repeat the request with the right password; when attempts are used up, ask an administrator to unlock them.",
                example: "The password is wrong.")
        }
    }
}
