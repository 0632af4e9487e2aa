import HTTPTypes
import PosternModel

extension RefusalCode {
    /// The status of a send's refusal; a new code stops the build here.
    ///
    /// A used-up quota is 403 and not 429: common clients sleep through a 429's `Retry-After`, here until the next day.
    var osdiStatus: HTTPResponse.Status {
        switch self {
        case .sessionInvalid: .unauthorized
        case .messageNotFound: .notFound
        case .messageRecalled, .replyForbidden, .replyAllForbidden, .forwardForbidden,
            .fyeoForbidden, .confidentialForbidden, .expiryDisabled, .expiryInvalid,
            .passwordMissing, .recipientLimit, .recipientDisabled, .recipientNotAllowed,
            .invitationRefused, .challengeRequired, .challengeRequiredForSeveral, .bannedContent,
            .quotaExhausted, .passwordWrong:
            .forbidden
        }
    }
}

extension OperationCode {
    /// The status of a no to an operation on a kind of resource, or of what stands in the way of a send.
    func osdiStatus(of resource: String) -> HTTPResponse.Status {
        switch self {
        case .send(let code): code.osdiStatus
        // The path names the message; whom it is for stands in the body, or in the message.
        case .own(.contactMissing), .own(.contactListMissing):
            resource == "osdi:message" ? .badRequest : .notFound
        case .own(let code): code.osdiStatus
        }
    }
}

extension OperationCode.OwnCode {
    /// The status; a new code stops the build here.
    fileprivate var osdiStatus: HTTPResponse.Status {
        switch self {
        case .credentialsWrong: .unauthorized
        case .userUnknown, .signInsUsedUp, .passwordExpired, .registrationPending, .notRegistered,
            .userDisabled, .userRestricted, .challengeUnanswered, .parentForeign, .recallForbidden,
            .attachmentsForbidden, .attachmentType, .attachmentSize, .attachmentCount,
            .accessForbidden, .userMismatch, .phonesUnserved, .cellsUnserved:
            .forbidden
        case .invalid, .chunkMismatch, .contactListEmpty, .handleUnknown, .targetsTooMany,
            .messageIncomplete, .scheduleOutOfReach, .scheduleLocked, .answerTooLarge:
            .badRequest
        case .parentMissing, .attachmentMissing, .labelMissing, .contactMissing,
            .contactListMissing, .dispatchMissing:
            .notFound
        case .attachmentIncomplete, .chunkConflict, .labelTaken, .contactTaken, .contactListTaken,
            .messageTaken, .messageClosed, .messageNotScheduled, .messageAnswered, .messageRequest,
            .requestUnanswerable, .contactListLinked, .contactListUnlinked, .dispatchClosed:
            .conflict
        }
    }
}
