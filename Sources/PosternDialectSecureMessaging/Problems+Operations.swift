import PosternModel

extension OperationCode {
    /// How the code is worded, whatever the operation.
    var wording: Wording {
        switch self {
        case .send(let code): code.wording
        case .own(let code): code.wording
        }
    }

    /// How the code is worded for one operation: PreCreateMessage has texts of its own for two of a send's codes.
    func wording(for entry: RouteEntry) -> Wording {
        var wording = wording
        guard entry.name == "PreCreateMessage" else { return wording }
        switch self {
        case .send(.replyForbidden): wording.text = "User cannot reply to this message."
        case .send(.forwardForbidden): wording.text = "User cannot forward this message."
        default: break
        }
        return wording
    }
}

extension OperationCode.OwnCode {
    /// The vendor's pages, verbatim where they have a text (contract sections 2 and 6); a new code stops the build here.
    ///
    /// The pages of files, labels and recalls are lost: their codes are words, as ServiceStack names what went wrong.
    var wording: Wording {
        switch self {
        case .userUnknown: refused(404, "810", "User does not exist in the system.")
        case .signInsUsedUp: refused(403, "55", "Max failed login attempts reached.")
        case .passwordExpired: refused(403, "56", "Password has expired.")
        case .registrationPending: refused(403, "804", "User is pending registration.")
        case .notRegistered: refused(403, "920", "User is not registered.")
        case .credentialsWrong: refused(403, "803", "Invalid credentials.")
        case .userDisabled: refused(403, "918", "User is Disabled.")
        case .userRestricted:
            refused(403, "905", "User's email or domain is restricted from this Portal.")
        case .challengeUnanswered:
            refused(403, "46", "User cannot login because they have not validated with CRA.")
        case .parentForeign: refused(403, "907", "User does not have access to this Message.")
        case .parentMissing: refused(403, "929", "Parent Message not found")
        case .invalid: refused(403, "928", "Validation error")
        case .recallForbidden:
            refused(403, "RecallNotAllowed", "This user doesn't have access to message recall.")
        case .attachmentsForbidden:
            refused(403, "AttachmentsNotAllowed", "This user doesn't have access to attachments.")
        case .attachmentType:
            refused(403, "AttachmentTypeNotAllowed", "Files of this type cannot be attached.")
        case .attachmentSize:
            refused(403, "AttachmentTooLarge", "Attachment size limit reached.")
        case .attachmentCount:
            refused(403, "AttachmentLimitReached", "Message attachments limit reached.")
        case .attachmentMissing: refused(404, "AttachmentNotFound", "Attachment not found")
        case .attachmentIncomplete:
            refused(409, "AttachmentIncomplete", "The attachment has not been uploaded completely.")
        case .chunkMismatch:
            refused(400, "ChunkMismatch", "The chunk is not the one that was announced.")
        case .chunkConflict:
            refused(409, "ChunkConflict", "The chunk was uploaded before with another content.")
        case .labelMissing: refused(404, "LabelNotFound", "Label not found")
        case .labelTaken: refused(409, "LabelExists", "There is a label of this name already.")
        case .accessForbidden: refused(403, "ReadOnlyToken", "This token may only read.")
        case .userMismatch:
            refused(403, "TokenOfAnother", "The token belongs to another user.")
        case .contactMissing: refused(404, "ContactNotFound", "Contact not found")
        case .contactTaken:
            refused(409, "ContactExists", "There is a contact of this address already.")
        case .contactListMissing: refused(404, "ContactListNotFound", "Contact list not found")
        case .contactListTaken:
            refused(409, "ContactListExists", "There is a contact list of this name already.")
        case .contactListEmpty: refused(403, "ContactListEmpty", "The contact list is empty.")
        case .handleUnknown: refused(404, "HandleNotFound", "There is no account of this name.")
        case .targetsTooMany: refused(403, "TooManyTargets", "The message has too many recipients.")
        case .phonesUnserved:
            refused(403, "PhonesUnserved", "Telephones cannot be reached from here.")
        case .cellsUnserved:
            refused(403, "CellsUnserved", "The cell cannot be reached from here.")
        case .messageIncomplete: refused(403, "MessageIncomplete", "The message is not complete.")
        case .messageTaken:
            refused(409, "MessageExists", "There is a message of this name already.")
        case .messageClosed:
            refused(409, "MessageClosed", "The message cannot be changed any more.")
        case .messageNotScheduled:
            refused(409, "MessageNotScheduled", "The message is not scheduled.")
        case .scheduleOutOfReach:
            refused(403, "ScheduleOutOfReach", "The message cannot be sent at this time.")
        case .scheduleLocked:
            refused(403, "ScheduleLocked", "A message under a password cannot be scheduled.")
        case .messageAnswered: refused(409, "MessageAnswered", "The request was answered before.")
        case .messageRequest:
            refused(409, "MessageIsRequest", "A request is answered, not marked as read.")
        case .requestUnanswerable:
            refused(409, "RequestUnanswerable", "What the request asks for cannot be done here.")
        case .contactListLinked:
            refused(409, "ContactListLinked", "The contact is on the list already.")
        case .contactListUnlinked:
            refused(409, "ContactListUnlinked", "The contact is not on the list.")
        case .dispatchMissing: refused(404, "DispatchNotFound", "Dispatch not found")
        case .dispatchClosed:
            refused(409, "DispatchClosed", "The dispatch was started or stopped before.")
        case .answerTooLarge:
            refused(
                400, "AnswerTooLarge",
                "The messages hold too much text for one answer. Ask for fewer at a time.")
        }
    }

    private func refused(_ status: Int, _ errorCode: String, _ text: String) -> Wording {
        Wording(status: status, errorCode: errorCode, text: text)
    }
}
