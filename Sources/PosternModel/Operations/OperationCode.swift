/// A no to an operation.
public struct OperationRefusal: Sendable, Equatable {
    /// Why.
    public var code: OperationCode
    /// A whole sentence for the caller.
    public var sentence: String
    /// The contacts, lists and handles it is about, where it is about some.
    public var targets: [Target]

    /// Makes a no.
    ///
    /// - Parameters:
    ///   - code: Why.
    ///   - sentence: A whole sentence for the caller; the catalogue's, naming the targets, when none is given.
    ///   - targets: What it is about.
    public init(_ code: OperationCode, sentence: String? = nil, targets: [Target] = []) {
        self.code = code
        self.sentence = sentence ?? code.entry.example.naming(targets)
        self.targets = targets
    }
}

extension String {
    /// A whole sentence with the numbers of the contacts and lists it is about before its full stop.
    ///
    /// Numbers alone: whatever else names a target is a text of the client's, which answers do not repeat.
    public func naming(_ targets: [Target]) -> String {
        let numbers = targets.compactMap { target in
            switch target {
            case .contact(let id): "\(id.rawValue)"
            case .list(let id): "\(id.rawValue)"
            case .listNamed, .handle, .address: nil
            }
        }
        guard !numbers.isEmpty, hasSuffix(".") else { return self }
        return "\(dropLast()): \(numbers.joined(separator: ", "))."
    }
}

/// The documented answers to operations that may not be: those a send can get as well, and those only others get.
public enum OperationCode: Hashable, Sendable {
    /// An answer a send can get as well.
    case send(RefusalCode)
    /// An answer only other operations get.
    case own(OwnCode)

    /// The answers only operations other than a send get; the raw values keep their meaning for ever.
    public enum OwnCode: String, Sendable, Codable, CaseIterable {
        /// Nobody has this address.
        case userUnknown = "user.unknown"
        /// Too many wrong passwords in a row.
        case signInsUsedUp = "user.sign-ins-used-up"
        /// The password is too old.
        case passwordExpired = "user.password-expired"
        /// The account was invited and has not registered.
        case registrationPending = "user.registration-pending"
        /// The account was never given a password.
        case notRegistered = "user.not-registered"
        /// The password or token is wrong.
        case credentialsWrong = "user.credentials-wrong"
        /// The account is switched off.
        case userDisabled = "user.disabled"
        /// The policy keeps this address or domain out.
        case userRestricted = "user.restricted"
        /// The invited person has not answered the challenge.
        case challengeUnanswered = "user.challenge-unanswered"
        /// The parent is somebody else's.
        case parentForeign = "parent.foreign"
        /// The parent is not there.
        case parentMissing = "parent.missing"
        /// The request contradicts itself.
        case invalid = "request.invalid"
        /// The group may not take messages back.
        case recallForbidden = "recall.forbidden"
        /// The group may not attach files.
        case attachmentsForbidden = "attachment.forbidden"
        /// The file's type may not be attached.
        case attachmentType = "attachment.type"
        /// The file, or all of the message's files together, are too large.
        case attachmentSize = "attachment.size"
        /// The message has too many files.
        case attachmentCount = "attachment.count"
        /// There is no such file for this caller.
        case attachmentMissing = "attachment.missing"
        /// Not all of the file has arrived.
        case attachmentIncomplete = "attachment.incomplete"
        /// The chunk is not as long as it was announced, or there is none of that number.
        case chunkMismatch = "chunk.mismatch"
        /// Another content arrived under the chunk's number before.
        case chunkConflict = "chunk.conflict"
        /// There is no such label for this caller.
        case labelMissing = "label.missing"
        /// There is a label of that name already.
        case labelTaken = "label.taken"
        /// The token lets its owner look and nothing more.
        case accessForbidden = "token.reading-only"
        /// The token is not of the account the client named.
        case userMismatch = "token.of-another"
        /// There is no such entry in the caller's address book.
        case contactMissing = "contact.missing"
        /// The address book has an entry of that address already.
        case contactTaken = "contact.taken"
        /// There is no such list of this caller.
        case contactListMissing = "contact-list.missing"
        /// The caller has a list of that name already.
        case contactListTaken = "contact-list.taken"
        /// Nobody is on a list that is written to.
        case contactListEmpty = "contact-list.empty"
        /// Nobody has a handle that is written to.
        case handleUnknown = "target.unknown"
        /// The targets stand for more recipients than one message may have.
        case targetsTooMany = "target.too-many"
        /// No telephone can be reached from here.
        case phonesUnserved = "target.phones-unserved"
        /// A cell cannot be reached from here, or not with this message.
        case cellsUnserved = "target.cells-unserved"
        /// The message lacks something the client's API asks for before it is sent.
        case messageIncomplete = "message.incomplete"
        /// There is a message of that name already.
        case messageTaken = "message.taken"
        /// The message is no draft any more, or waits for its time.
        case messageClosed = "message.closed"
        /// The message does not wait for a time.
        case messageNotScheduled = "message.not-scheduled"
        /// The time to send at is past, or too far away.
        case scheduleOutOfReach = "schedule.out-of-reach"
        /// A message under a password cannot wait for a time: nobody keeps its password.
        case scheduleLocked = "schedule.locked"
        /// The request the message makes was answered, or it makes none.
        case messageAnswered = "message.answered"
        /// The message makes a request: it is answered, and not marked as read.
        case messageRequest = "message.request"
        /// A request asks for something that is not of this place.
        case requestUnanswerable = "message.request-unanswerable"
        /// Whom a request would put on a list is on it already.
        case contactListLinked = "contact-list.linked"
        /// Whom a request would take off a list is not on it.
        case contactListUnlinked = "contact-list.unlinked"
        /// There is no such dispatch of this caller.
        case dispatchMissing = "dispatch.missing"
        /// The dispatch has not come far enough for what is asked of it, or too far.
        case dispatchClosed = "dispatch.closed"
        /// What was asked for at once holds more text than one answer may.
        case answerTooLarge = "answer.too-large"
    }

    /// The code as audit entries and metrics name it: a documented number, or a name.
    public var name: String {
        switch self {
        case .send(let code): "\(code.rawValue)"
        case .own(let code): code.rawValue
        }
    }

    /// Reads ``name``.
    public init?(name: String) {
        if let code = Int(name).flatMap(RefusalCode.init(rawValue:)) {
            self = .send(code)
        } else if let code = OwnCode(rawValue: name) {
            self = .own(code)
        } else {
            return nil
        }
    }

    /// The code's entry in the catalogue.
    public var entry: RefusalEntry {
        switch self {
        case .send(let code): code.entry
        case .own(let code): code.entry
        }
    }
}
