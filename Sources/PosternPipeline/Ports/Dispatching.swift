public import PosternModel

/// Shows messages on their way; good only within ``MailLedger/mailView(_:)``.
public protocol DispatchView {
    /// One of an account's own messages, whatever its state; nil when there is none, when it has expired and when its
    /// composer threw it away.
    func outgoing(
        _ name: MessageName, of account: AccountID, at now: Instant
    ) throws(Fault) -> OutgoingMessage?

    /// A part of an account's own messages.
    ///
    /// - Returns: Nil when the part holds more text than ``PosternModel/ListBound/textBytes``, and is more than one message.
    func outgoings(
        _ search: OutgoingSearch, of account: AccountID, at now: Instant
    ) throws(Fault) -> Excerpt<OutgoingMessage>?

    /// One of an account's own dispatches; nil when there is none.
    func dispatch(_ id: DispatchID, of account: AccountID) throws(Fault) -> Dispatch?
}

/// Keeps messages on their way.
///
/// Every method returns only after its transaction is on disk, or throws after nothing of it is.
public protocol Dispatching: Schedules {
    /// Keeps a new message as a draft.
    ///
    /// - Returns: Its number; nil when its name is taken.
    func compose(
        _ composition: Composition, by account: AccountID, at now: Instant
    ) async throws(Fault) -> Int64?

    /// Changes a draft that is neither sent, stopped nor waiting for its time.
    ///
    /// - Parameters:
    ///   - name: The draft.
    ///   - account: Whose it is.
    ///   - now: When.
    ///   - change: Changes what the draft says, or says why it may not be; then nothing is written. Pure: it is asked again
    ///     when somebody else saved the draft in between.
    /// - Returns: How it ended.
    /// - Throws: ``PosternModel/FaultCode/storageUnwritable``; nothing is changed then.
    func amend(
        _ name: MessageName, of account: AccountID, at now: Instant,
        by change: @escaping @Sendable (inout DraftContent) -> OperationCode?
    ) async throws(Fault) -> AmendEnding

    /// Makes a draft of a message that waits for its time; its targets are looked up anew when it is sent.
    func unschedule(
        _ name: MessageName, of account: AccountID, at now: Instant, recording entry: SealedEntry
    ) async throws(Fault) -> UnscheduleEnding

    /// Stops messages, each for itself; one of a cascade with all that would take its place.
    ///
    /// INVARIANT: decided against the couriers in one order. A delivery that was not begun is never begun after this; one that
    /// was may end well, and is not repeated should it fail.
    ///
    /// Many names are stopped a portion at a time, so that sends go on in between. Each portion is on disk, with its own
    /// audit entry, before the next one begins.
    ///
    /// - Parameters:
    ///   - names: The messages; those that are not this account's are missing.
    ///   - account: Whose they are.
    ///   - now: When.
    ///   - entry: Makes the audit entry of a portion, from the names that were stopped, wholly or in part; not called for none.
    /// - Returns: The endings, in the order of the names.
    /// - Throws: A fault, after which nothing of the portion it met, or of any later one, was stopped. Stopping all of them
    ///   again is the answer: what was stopped before ends the same.
    func stop(
        _ names: [MessageName], of account: AccountID, at now: Instant,
        recording entry: @escaping @Sendable ([MessageGUID]) throws(Fault) -> SealedEntry
    ) async throws(Fault) -> [StopEnding]

    /// Adds new messages to a dispatch, all or none; they wait until it is started, and leave as soon as it is.
    ///
    /// - Parameters:
    ///   - compositions: The messages.
    ///   - dispatch: The dispatch.
    ///   - account: Whose it is.
    ///   - dialect: The API they are added by.
    ///   - now: When.
    /// - Returns: How it ended.
    /// - Throws: ``PosternModel/FaultCode/storageUnwritable``; nothing is added then.
    func add(
        _ compositions: [Composition], to dispatch: DispatchID, of account: AccountID,
        in dialect: String, at now: Instant
    ) async throws(Fault) -> DispatchEnding

    /// Lets a dispatch's messages leave: they are due from now on, however many there are.
    func start(
        _ dispatch: DispatchID, of account: AccountID, at now: Instant,
        recording entry: SealedEntry
    ) async throws(Fault) -> DispatchEnding

    /// Stops a dispatch, for good.
    ///
    /// INVARIANT: in one order with the couriers, as stopping its messages is. None that waits leaves once the first
    /// transaction is on disk; those on their way are stopped a portion at a time.
    ///
    /// - Parameters:
    ///   - dispatch: The dispatch.
    ///   - account: Whose it is.
    ///   - now: When.
    ///   - entry: Makes the audit entry of a portion, from the names that were stopped; the first portion has one always.
    /// - Returns: How it ended; ``DispatchEnding/closed`` where it was not started, and where nothing of it was left to be
    ///   stopped after an earlier stop.
    /// - Throws: A fault, after which stopping it again does what is left.
    func stop(
        _ dispatch: DispatchID, of account: AccountID, at now: Instant,
        recording entry: @escaping @Sendable ([MessageGUID]) throws(Fault) -> SealedEntry
    ) async throws(Fault) -> DispatchEnding
}

/// Knows whose time has come.
///
/// Calls may block on a disk: never from an event loop.
public protocol Schedules: Sendable {
    /// Messages whose time has come, the longest overdue first, after a place in that order; nil for its beginning.
    func due(
        at now: Instant, after place: DueMessage.Place?, limit: Int
    ) throws(Fault) -> [DueMessage]

    /// When the next message's time comes, after a place in their order; nil when none waits.
    func nextDue(after place: DueMessage.Place?) throws(Fault) -> Instant?
}

/// How changing a draft ended.
public enum AmendEnding: Sendable, Equatable {
    /// It is changed.
    case done
    /// There is no such message of this account.
    case missing
    /// It is no draft any more, or waits for its time.
    case closed
    /// It may not be changed that way; nothing was written.
    case refused(OperationCode)
}

/// How something that was done with a dispatch ended.
public enum DispatchEnding: Sendable, Equatable {
    /// It is done.
    case done
    /// There is no such dispatch of this account.
    case missing
    /// It has not come far enough for it, or too far.
    case closed
    /// There is a message of a new one's name already; none was added.
    case nameTaken
}

/// How taking a message off the schedule ended.
public enum UnscheduleEnding: Sendable, Equatable {
    /// It is a draft again.
    case done
    /// There is no such message of this account.
    case missing
    /// It does not wait for a time, or leaves with its cascade or dispatch alone.
    case notScheduled
}

/// A message whose time has come.
public struct DueMessage: Sendable, Equatable {
    /// Its number.
    public var number: Int64
    /// The message.
    public var guid: MessageGUID
    /// Who composed it, as their account stands now.
    public var owner: SessionRecord
    /// When it was due.
    public var dueAt: Instant
    /// The dialect it was scheduled in.
    public var dialect: String
    /// Recipients are to be told by email.
    public var notifies: Bool
    /// Unknown recipients may be invited.
    public var invites: Bool

    /// Where it stands among those that wait.
    public var place: Place { Place(dueAt: dueAt, number: number) }

    /// A place in the order in which times come.
    public struct Place: Sendable, Hashable, Comparable {
        /// When the message is due.
        public var dueAt: Instant
        /// The message's number: it orders those due at once.
        public var number: Int64

        /// Names a place.
        public init(dueAt: Instant, number: Int64) {
            self.dueAt = dueAt
            self.number = number
        }

        /// Orders by time.
        public static func < (left: Place, right: Place) -> Bool {
            (left.dueAt, left.number) < (right.dueAt, right.number)
        }
    }

    /// Makes one.
    public init(
        number: Int64, guid: MessageGUID, owner: SessionRecord, dueAt: Instant, dialect: String,
        notifies: Bool, invites: Bool
    ) {
        self.number = number
        self.guid = guid
        self.owner = owner
        self.dueAt = dueAt
        self.dialect = dialect
        self.notifies = notifies
        self.invites = invites
    }
}
