import HTTPTypes
import PosternDialectKit
import PosternModel

// Postern's own answers are in a group of their own, `PO`, so that no client takes one for an answer of Personium's.

extension RefusalCode {
    /// How the code is worded; `sentence` is what the first objection says.
    func problem(_ sentence: String) -> PersoniumProblem {
        switch self {
        case .sessionInvalid: .tokenExpired
        case .messageNotFound: .entityMissing
        case .messageRecalled, .replyForbidden, .replyAllForbidden, .forwardForbidden,
            .fyeoForbidden, .confidentialForbidden, .expiryDisabled, .expiryInvalid,
            .passwordMissing, .recipientLimit, .recipientDisabled, .recipientNotAllowed,
            .invitationRefused, .challengeRequired, .challengeRequiredForSeveral, .bannedContent,
            .quotaExhausted, .passwordWrong:
            PersoniumProblem(403, "PO-" + fourDigits, sentence)
        }
    }

    private var fourDigits: String {
        let digits = "\(rawValue)"
        return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }
}

extension OperationRefusal {
    /// How the refusal is worded; `relation` is the one the message is for, where it is for one.
    func problem(relation: String? = nil) -> PersoniumProblem {
        switch code {
        case .send(let code): code.problem(sentence)
        case .own(let code):
            switch code {
            case .userMismatch, .accessForbidden: .lackingPrivilege
            case .contactListMissing: .missingRelation(relation ?? "")
            case .contactListEmpty: .emptyRelation(relation ?? "")
            case .targetsTooMany: .tooManyDestinations
            case .messageTaken:
                PersoniumProblem(409, "OD-0003", "The entity already exists.")
            case .messageAnswered, .messageRequest: .field("Command")
            case .answerTooLarge: PersoniumProblem(400, "PO-0000", sentence)
            // A cell that `To` names is checked when it is read: what is left are members of a relation.
            case .cellsUnserved where relation != nil: .field("ToRelation")
            // Answers to what this dialect never asks for, and to what no client can help.
            case .userUnknown, .signInsUsedUp, .passwordExpired, .registrationPending,
                .notRegistered, .credentialsWrong, .userDisabled, .userRestricted,
                .challengeUnanswered, .parentForeign, .parentMissing, .invalid, .recallForbidden,
                .attachmentsForbidden, .attachmentType, .attachmentSize, .attachmentCount,
                .attachmentMissing, .attachmentIncomplete, .chunkMismatch, .chunkConflict,
                .labelMissing, .labelTaken, .contactMissing, .contactTaken, .contactListTaken,
                .handleUnknown, .messageIncomplete, .messageClosed, .messageNotScheduled,
                .scheduleOutOfReach, .scheduleLocked, .phonesUnserved, .cellsUnserved,
                .requestUnanswerable, .contactListLinked, .contactListUnlinked,
                .dispatchMissing, .dispatchClosed:
                PersoniumProblem(403, "PO-0000", sentence)
            }
        }
    }
}

extension FaultCode {
    /// How the fault is worded.
    var problem: PersoniumProblem {
        switch self {
        case .overloaded, .passwordQueueFull:
            PersoniumProblem(status.code, "SV-0001", "Too many concurrent requests.")
        default: PersoniumProblem(status.code, "PO-0000", entry.clientSentence)
        }
    }
}

extension RequestProblem {
    /// How the problem is worded.
    var problem: PersoniumProblem {
        switch self {
        case .bodyTooLarge(let limit):
            PersoniumProblem(413, "PO-0000", "The request is larger than \(limit) bytes.")
        case .tooSlow: PersoniumProblem(408, "MC-0001", "Request timeout in server.")
        case .unknownRoute: .unknownPath
        case .methodNotAllowed: .methodNotAllowed
        case .fault(let fault, _): fault.code.problem
        }
    }
}

extension CellTokenProblem {
    /// How the problem is worded.
    ///
    /// What is wrong with a good token of somebody else's is nothing that another token of theirs would mend, and 403.
    var problem: PersoniumProblem {
        switch self {
        case .unreadable: .unreadableToken
        case .expired: .tokenExpired
        case .wrongSignature: .wronglySignedToken
        case .wrongAudience, .unknownUnit, .ownToken, .accountUnusable: .lackingPrivilege
        }
    }
}
