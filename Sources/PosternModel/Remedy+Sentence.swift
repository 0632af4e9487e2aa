extension Remedy {
    /// What to do, as one whole sentence for the sender.
    public var sentence: String {
        switch self {
        case .signIn: "Sign in again."
        case .removeRecipients(let count):
            "Remove \(count) \(count == 1 ? "recipient" : "recipients"), or send the message in parts."
        case .removeDisabledRecipients(let count):
            "Remove \(Self.recipients(count)) whose \(count == 1 ? "account is" : "accounts are") disabled."
        case .removeForbiddenRecipients(let count):
            "Remove \(Self.recipients(count)) whom your group may not write to."
        case .removeUninvitableRecipients(let count):
            "Remove \(Self.recipients(count)) who \(count == 1 ? "is" : "are") unknown and cannot be invited."
        case .removeChallengedRecipients(let count):
            "Remove \(Self.recipients(count)) who would need a challenge code."
        case .askToInvite: "Ask for new users to be invited."
        case .giveChallengeCode: "Give a challenge code that the new recipient knows."
        case .addressOnlyTheParentsSender:
            "Address the reply only to the sender of the message you are answering."
        case .startNewMessage: "Start a new message instead of answering this one."
        case .changeFYEO(let type):
            switch type {
            case .disabled: "Send the message without password protection."
            case .accountPassword:
                "Protect the message with account passwords (Confidential) instead."
            case .uniquePassword: "Protect the message with a password of its own (FYEO) instead."
            }
        case .clearExpiry: "Take the expiry away."
        case .setExpiry(let earliest, let latest):
            if let latest {
                "Set the expiry between \(earliest.rfc3339) and \(latest.rfc3339)."
            } else {
                "Set the expiry to \(earliest.rfc3339) or later."
            }
        case .givePassword: "Give the password with the request."
        case .correctPassword: "Give the right password."
        // The lists' names are for administrators: a sentence that named them would help feel them out.
        case .removeBannedText: "Take out the banned words."
        case .waitUntil(let instant): "Send it again at \(instant.rfc3339) or later."
        }
    }

    private static func recipients(_ count: Int) -> String {
        count == 1 ? "the 1 recipient" : "the \(count) recipients"
    }
}
