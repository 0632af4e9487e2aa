import HTTPTypes
import PosternDialectKit
import PosternModel

extension RefusalCode {
    /// The status of a send's refusal; a new code stops the build here.
    ///
    /// 401 and 404 where the 2022 edition has them, its 429 for a day that is used up, and 403 for all other rules.
    var status: HTTPResponse.Status {
        switch self {
        case .sessionInvalid: .unauthorized
        case .messageNotFound: .notFound
        case .quotaExhausted: .tooManyRequests
        case .messageRecalled, .replyForbidden, .replyAllForbidden, .forwardForbidden,
            .fyeoForbidden, .confidentialForbidden, .expiryDisabled, .expiryInvalid,
            .passwordMissing, .recipientLimit, .recipientDisabled, .recipientNotAllowed,
            .invitationRefused, .challengeRequired, .challengeRequiredForSeveral, .bannedContent,
            .passwordWrong:
            .forbidden
        }
    }

    /// The words for the refusal, with its number in `code` where a rule made it.
    func problem(_ sentence: String) -> Problem {
        switch self {
        case .sessionInvalid: return .unauthorized
        case .messageNotFound: return .notFound(.message)
        default:
            var problem = Problem(status, sentence)
            problem.code = "\(rawValue)"
            problem.moreInfo = "/errors/\(rawValue)"
            return problem
        }
    }
}

extension Refusal {
    /// The words for a refused send.
    var problem: Problem {
        var problem = code.problem(objections.first?.sentence ?? code.entry.example)
        if code == .quotaExhausted {
            problem.error = "Too Many Requests"
            if let end = retryAt ?? stamp.quota?.resetsAt {
                problem.timeLeft = Self.clock(at.duration(to: end))
            }
        }
        return problem
    }

    /// Hours, minutes and seconds, the seconds rounded up.
    private static func clock(_ duration: Duration) -> String {
        let seconds = max(0, (duration.wholeMilliseconds.clampedForClock + 999) / 1000)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(seconds / 3600):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    }
}

extension Int64 {
    /// At most a year, so that rounding up cannot overflow.
    fileprivate var clampedForClock: Int64 { Swift.min(self, 366 * 86_400_000) }
}

extension Obstruction {
    /// The words for a send something stands in the way of.
    var problem: Problem {
        if refusal.code == .own(.messageIncomplete) {
            return missing.contains(.recipients) ? .noRecipients : .noText
        }
        return refusal.problem(.sending)
    }
}

extension OperationRefusal {
    /// The words for a refused operation on something, with the numbers of the contacts or groups it is about.
    func problem(_ topic: SendHubManner.Topic) -> Problem {
        switch code {
        case .send(let code): code.problem(sentence)
        case .own(let code): code.problem(self, topic)
        }
    }
}

extension OperationCode.OwnCode {
    /// The status, where what is missing is what the path names; a new code stops the build here.
    var status: HTTPResponse.Status {
        switch self {
        case .userUnknown, .credentialsWrong, .userMismatch: .unauthorized
        case .signInsUsedUp, .passwordExpired, .registrationPending, .notRegistered, .userDisabled,
            .userRestricted, .challengeUnanswered, .parentForeign, .recallForbidden,
            .attachmentsForbidden, .accessForbidden, .phonesUnserved,
            .cellsUnserved:
            .forbidden
        case .parentMissing, .attachmentMissing, .labelMissing, .contactMissing,
            .contactListMissing, .dispatchMissing:
            .notFound
        case .invalid, .attachmentType, .attachmentSize, .attachmentCount, .chunkMismatch,
            .contactTaken, .contactListTaken, .contactListEmpty, .handleUnknown, .targetsTooMany,
            .messageIncomplete, .scheduleOutOfReach, .scheduleLocked, .answerTooLarge:
            .badRequest
        case .attachmentIncomplete, .chunkConflict, .labelTaken, .messageTaken, .messageClosed,
            .messageNotScheduled, .messageAnswered, .messageRequest, .requestUnanswerable,
            .contactListLinked, .contactListUnlinked, .dispatchClosed:
            .conflict
        }
    }

    fileprivate func problem(
        _ refusal: OperationRefusal, _ topic: SendHubManner.Topic
    ) -> Problem {
        let (sentence, targets) = (refusal.sentence, refusal.targets)
        return switch (self, topic) {
        case (.userMismatch, _): .unauthorized
        case (.contactMissing, .contact): .notFound(.contact)
        // A send, or a change of members, names contacts and groups in its body: the request is wrong, the path is not.
        case (.contactMissing, _): .invalid("contacts", sentence)
        case (.contactListMissing, .sending):
            .invalid(
                "groups", "There is no group of yours under this number.".naming(targets))
        case (.contactListMissing, _): .notFound(.group)
        case (.contactTaken, _):
            .fields([.init("number", "That number is already in your contacts.")], of: .contact)
        case (.contactListTaken, _):
            .fields([.init("name", "Duplicate group name.")], of: .group)
        case (.contactListEmpty, _):
            .invalid("groups", "Nobody is in the group you are writing to.".naming(targets))
        case (.scheduleOutOfReach, _): .invalid("scheduled_at", sentence)
        case (.answerTooLarge, _): .invalid("limit", sentence)
        case (.handleUnknown, _), (.targetsTooMany, _): .invalid("contacts", sentence)
        default: Problem(status, sentence)
        }
    }
}

extension FaultCode {
    /// The words for a fault: only what the client may know.
    var problem: Problem { Problem(status, entry.clientSentence) }
}

extension RequestProblem {
    /// The words for what went wrong before the request was read.
    var problem: Problem {
        switch self {
        case .bodyTooLarge(let limit):
            Problem(.contentTooLarge, "The request is larger than \(limit) bytes.")
        case .tooSlow: Problem(.requestTimeout, "The request did not arrive in time.")
        case .unknownRoute: Problem(.notFound, "There is nothing under this path.")
        case .methodNotAllowed:
            Problem(.methodNotAllowed, "This path does not take the request's method.")
        case .fault(let fault, _): fault.code.problem
        }
    }
}
