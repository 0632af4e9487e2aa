public import PosternModel

/// Shows messages to those they were delivered to; good only within ``MailLedger/mailView(_:)``.
public protocol InboxView {
    /// A message delivered to an account; nil when there is none, when it has expired and when its reader threw it away.
    ///
    /// Its body is there unless a password must be proved first or it was taken back. Nobody may be given the body before
    /// ``Inbox/recordReadings(of:by:at:recording:)`` has returned the message's name.
    func incoming(
        _ name: MessageName, for account: AccountID, at now: Instant
    ) throws(Fault) -> IncomingMessage?

    /// A part of the messages delivered to an account.
    ///
    /// One that cannot be opened is left out, and counted unless its subject or its name is looked for.
    ///
    /// - Returns: Nil when the part holds more text than ``PosternModel/ListBound/textBytes``, and is more than one message.
    func incomings(
        _ search: IncomingSearch, for account: AccountID, at now: Instant
    ) throws(Fault) -> Excerpt<IncomingMessage>?
}

/// Keeps what readers do with messages that were delivered to them.
///
/// Every method returns only after its transaction is on disk, or throws after nothing of it is.
public protocol Inbox: Sendable {
    /// Records that a reader is shown the bodies of messages; whether they count as read stays as it is.
    ///
    /// - Parameters:
    ///   - messages: Delivered messages that no password protects, each once.
    ///   - account: Who reads.
    ///   - now: When.
    ///   - entry: Makes the audit entry, from the names that can still be read; not called when none can.
    /// - Returns: Those that can still be read, in their order: the others were recalled, thrown away or have expired since
    ///   they were looked at, and nothing is recorded of them.
    /// - Throws: A fault, after which nothing was recorded and nothing may be shown.
    func recordReadings(
        of messages: [MessageGUID], by account: AccountID, at now: Instant,
        recording entry: @escaping @Sendable ([MessageGUID]) throws(Fault) -> SealedEntry
    ) async throws(Fault) -> [MessageGUID]

    /// Notes what a reader notes on a message delivered to them.
    ///
    /// - Parameters:
    ///   - name: The message.
    ///   - account: Whose note it is.
    ///   - note: What is noted.
    ///   - now: When.
    ///   - entry: Makes the audit entry from the message's GUID; called only when it is noted.
    /// - Returns: Whether it is noted; nothing is written otherwise.
    /// - Throws: A fault, after which nothing was noted.
    func mark(
        _ name: MessageName, for account: AccountID, _ note: InboxNote, at now: Instant,
        recording entry: @escaping @Sendable (MessageGUID) throws(Fault) -> SealedEntry
    ) async throws(Fault) -> MarkEnding
}

/// What is noted on a delivered message, its effect known.
public enum InboxNote: Sendable, Equatable {
    /// Read, or not read after all.
    case read(Bool)
    /// A request's answer, and the change to the reader's lists that goes with it.
    case answered(IncomingMessage.Answer, ListChange? = nil)
}

/// How noting something on a delivered message ended.
public enum MarkEnding: Sendable, Equatable {
    /// It is noted.
    case done
    /// There is no such message for this account.
    case missing
    /// Why it may not be noted, and the targets that are about; nothing was written.
    case refused(MessageGUID, OperationCode.OwnCode, targets: [Target] = [])
}
