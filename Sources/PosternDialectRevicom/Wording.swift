import HTTPTypes
import PosternDialectKit
import PosternModel

/// How this API words one no.
struct Wording: Equatable {
    /// The HTTP status.
    var status: HTTPResponse.Status
    /// The `code`: documented ones have four digits that begin with the status; a policy's no has Postern's own number.
    var code: Int
    /// The `msg`.
    var text: String

    init(_ status: HTTPResponse.Status, _ code: Int, _ text: String) {
        self.status = status
        self.code = code
        self.text = text
    }

    static let credentialMissing = Wording(.unauthorized, 4010, "Not Authenticated")
    static let credentialWrong = Wording(.unauthorized, 4012, "Bad credentials")
    static let accessDenied = Wording(.forbidden, 4030, "Access Denied")
    static let dispatchStatus = Wording(.forbidden, 4031, "Inappropriate dispatch status")
    static let messageMissing = Wording(.notFound, 4040, "Message not found")
    /// The corridor gave back something that was not asked for.
    static let unwordable = Wording(.internalServerError, 5000, "The answer could not be worded.")

    func write(to json: inout JSONWriter) {
        json.member("code", code)
        json.member("msg", text)
    }
}

extension Refusal {
    /// The first objection, by its number and in its own sentence.
    func wording(in manner: RevicomManner) -> Wording {
        code.wording(objections.first?.sentence ?? code.entry.example, in: manner)
    }
}

extension OperationRefusal {
    func wording(in manner: RevicomManner) -> Wording {
        switch code {
        case .send(let code): code.wording(sentence, in: manner)
        case .own(let code): code.wording(sentence, in: manner)
        }
    }
}

extension RefusalCode {
    /// A new code stops the build here.
    fileprivate func wording(_ sentence: String, in manner: RevicomManner) -> Wording {
        switch self {
        case .sessionInvalid: manner.showsCredential ? .credentialWrong : .credentialMissing
        case .messageNotFound: .messageMissing
        case .messageRecalled, .replyForbidden, .replyAllForbidden, .forwardForbidden,
            .fyeoForbidden, .confidentialForbidden, .expiryDisabled, .expiryInvalid,
            .passwordMissing, .recipientLimit, .recipientDisabled, .recipientNotAllowed,
            .invitationRefused, .challengeRequired, .challengeRequiredForSeveral, .bannedContent,
            .quotaExhausted, .passwordWrong:
            Wording(.forbidden, rawValue, sentence)
        }
    }
}

extension OperationCode.OwnCode {
    /// Most cannot come out of this API's requests; a new code stops the build here all the same.
    fileprivate func wording(_ sentence: String, in manner: RevicomManner) -> Wording {
        switch self {
        case .accessForbidden: .accessDenied
        case .userUnknown, .signInsUsedUp, .passwordExpired, .registrationPending, .notRegistered,
            .credentialsWrong, .userDisabled, .userRestricted, .challengeUnanswered, .userMismatch:
            .credentialWrong
        case .invalid, .messageIncomplete, .scheduleOutOfReach, .scheduleLocked:
            Wording(.badRequest, 4001, sentence)
        case .targetsTooMany: Wording(.badRequest, 4002, sentence)
        case .answerTooLarge: Wording(.badRequest, 4003, sentence)
        case .parentForeign, .recallForbidden, .attachmentsForbidden, .attachmentType,
            .attachmentSize, .attachmentCount, .phonesUnserved, .cellsUnserved:
            Wording(.forbidden, 4032, sentence)
        case .parentMissing, .attachmentMissing, .labelMissing, .contactMissing,
            .contactListMissing, .handleUnknown:
            Wording(.notFound, 4041, sentence)
        case .attachmentIncomplete, .chunkMismatch, .chunkConflict, .labelTaken, .contactTaken,
            .contactListTaken, .contactListEmpty, .messageTaken, .messageClosed,
            .messageNotScheduled, .messageAnswered, .messageRequest, .requestUnanswerable,
            .contactListLinked, .contactListUnlinked:
            Wording(.conflict, 4090, sentence)
        case .dispatchMissing: Wording(.notFound, 4040, "\(manner.dispatchName) not found")
        case .dispatchClosed: .dispatchStatus
        }
    }
}

extension FaultCode {
    /// The contract has no answer for faults: HTTP's own meaning decides.
    var wording: Wording {
        Wording(status, status == .conflict ? 4091 : 5030, entry.clientSentence)
    }
}

extension RequestProblem {
    /// How this API words what went wrong before it was asked.
    var wording: Wording {
        switch self {
        case .bodyTooLarge(let limit):
            Wording(.contentTooLarge, 4130, "The request is larger than \(limit) bytes.")
        case .tooSlow: Wording(.requestTimeout, 4080, "The request did not arrive in time.")
        case .unknownRoute: BadRequest.unknownPath.wording
        case .methodNotAllowed:
            Wording(.methodNotAllowed, 4050, "This path does not take the request's method.")
        case .fault(let fault, _): fault.code.wording
        }
    }
}
