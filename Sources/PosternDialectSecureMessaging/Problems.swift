import HTTPTypes
import PosternDialectKit
import PosternModel

/// How this API words one code.
struct Wording: Equatable {
    /// The HTTP status.
    var status: Int
    /// The `errorCode`.
    var errorCode: String
    /// The documented text.
    var text: String

    /// The status with the reason phrase ServiceStack sends: the error code.
    var httpStatus: HTTPResponse.Status { .init(code: status, reasonPhrase: errorCode) }
}

extension RefusalCode {
    /// The vendor's page, verbatim (contract section 6); a new code stops the build here.
    var wording: Wording {
        switch self {
        case .sessionInvalid: refused(401, "The user session is no longer valid.")
        case .messageNotFound: refused(404, "Message not found")
        case .messageRecalled: refused(403, "The message has been recalled.")
        case .replyForbidden: refused(403, "You cannot reply to this message.")
        case .replyAllForbidden: refused(403, "You cannot reply to this message.")
        case .forwardForbidden: refused(403, "You cannot forward to this message.")
        case .fyeoForbidden: refused(403, "This user doesn't have access to FYEO.")
        case .confidentialForbidden: refused(403, "This user doesn't have access to Confidential.")
        case .expiryDisabled:
            refused(403, "Message Expiry is disabled. You cannot set an expiry date.")
        case .expiryInvalid: refused(403, "Message Expiry is invalid.")
        case .passwordMissing: refused(403, "You must pass FYEO message password.")
        case .recipientLimit: refused(403, "Message recipients limit reached.")
        case .recipientDisabled:
            refused(
                403,
                "You are trying to send a secure message to one or more Users that are disabled.")
        case .recipientNotAllowed:
            refused(
                403, "Your package does not allow you to send to members in your contact list.")
        case .invitationRefused:
            refused(403, "Error to invite new users to the Secure Messaging Platform")
        case .challengeRequired:
            refused(403, "CRA Input required to send this message to this user")
        case .challengeRequiredForSeveral:
            refused(403, "CRA Input required to send this message to multiple users")
        case .bannedContent:
            refused(
                403,
                "This secure message cannot be sent because it contains the keywords or strings that are banned."
            )
        case .quotaExhausted:
            refused(
                403,
                "You have sent all of your allowed daily secure messages. Please contact the administrator to upgrade your User Group profile."
            )
        case .passwordWrong: refused(403, "Incorrect For Your Eyes Only password.")
        }
    }

    private func refused(_ status: Int, _ text: String) -> Wording {
        Wording(status: status, errorCode: "\(rawValue)", text: text)
    }
}

extension FaultCode {
    /// The status a fault gets: the vendor's page has none, so HTTP's own meaning decides.
    var wording: Wording {
        Wording(
            status: status.code,
            errorCode: status == .conflict ? "Conflict" : "ServiceUnavailable",
            text: entry.clientSentence)
    }
}

extension RequestProblem {
    /// How this API words what went wrong before it was asked; error codes are .NET's status names.
    var wording: Wording {
        switch self {
        case .bodyTooLarge(let limit):
            Wording(
                status: 413, errorCode: "RequestEntityTooLarge",
                text: "The request is larger than \(limit) bytes.")
        case .tooSlow:
            Wording(
                status: 408, errorCode: "RequestTimeout",
                text: "The request did not arrive in time.")
        case .unknownRoute:
            Wording(status: 404, errorCode: "NotFound", text: "There is nothing under this path.")
        case .methodNotAllowed:
            Wording(
                status: 405, errorCode: "NotImplementedException",
                text: "This path does not take the request's method.")
        case .fault(let fault, _): fault.code.wording
        }
    }
}
