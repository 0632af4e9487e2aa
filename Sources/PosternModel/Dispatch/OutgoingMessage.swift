/// How a message is named by its number or its GUID.
public enum MessageName: Sendable, Hashable {
    /// By GUID.
    case guid(MessageGUID)
    /// By the number the ledger gave it.
    case number(Int64)
    /// By something that can name no message.
    case malformed
}

/// A message as the one who composed it sees it, on its way from draft to delivered.
public struct OutgoingMessage: Sendable, Equatable {
    /// Its number: grows with every message of the ledger, and is never reused.
    public var number: Int64
    /// Its GUID.
    public var guid: MessageGUID
    /// The client's own name for it.
    public var externalID: String?
    /// What it says.
    ///
    /// To, Cc and Bcc are as its composer wrote them; whom targets stood for is not in them.
    public var content: DraftContent
    /// When it was begun.
    public var createdAt: Instant
    /// When it was last saved; once sent, when it was sent.
    public var changedAt: Instant
    /// How far it has come.
    public var progress: DispatchProgress
    /// Where it stands in its cascade, if it is part of one.
    public var cascade: CascadePlace?
    /// The dispatch it was added to, if any.
    public var dispatch: DispatchID?

    /// Makes a view.
    public init(
        number: Int64, guid: MessageGUID, externalID: String? = nil, content: DraftContent,
        createdAt: Instant, changedAt: Instant, progress: DispatchProgress,
        cascade: CascadePlace? = nil, dispatch: DispatchID? = nil
    ) {
        self.number = number
        self.guid = guid
        self.externalID = externalID
        self.content = content
        self.createdAt = createdAt
        self.changedAt = changedAt
        self.progress = progress
        self.cascade = cascade
        self.dispatch = dispatch
    }
}

/// How far a message has come.
public struct DispatchProgress: Sendable, Equatable {
    /// Where it stands.
    public enum State: Sendable, Hashable {
        /// Being composed.
        case draft
        /// Waiting for its time.
        case scheduled(Instant)
        /// Accepted, and on its way to some recipients still.
        case sending
        /// Out: nothing is on its way any more.
        case sent
        /// Stopped before all of it was out, and for good.
        case stopped
        /// Refused when its time came; the code its send would have got.
        case refused(RefusalCode)
    }

    /// Where it stands.
    public var state: State
    /// When its sending was accepted; nil while it was not.
    public var sentAt: Instant?
    /// Its distinct recipients; 0 before its targets are frozen.
    public var recipients: Int
    /// Recipients it is on its way to still.
    public var pending: Int
    /// Recipients it will never reach.
    public var failed: Int
    /// Recipients it was kept from by stopping it.
    public var stopped: Int

    /// Recipients who have it.
    public var delivered: Int { max(0, recipients - pending - failed - stopped) }

    /// Makes progress.
    public init(
        state: State = .draft, sentAt: Instant? = nil, recipients: Int = 0, pending: Int = 0,
        failed: Int = 0, stopped: Int = 0
    ) {
        self.state = state
        self.sentAt = sentAt
        self.recipients = recipients
        self.pending = pending
        self.failed = failed
        self.stopped = stopped
    }
}

/// Which of the caller's own messages are asked for, whatever their state; thrown away ones are left out.
public struct OutgoingSearch: Sendable, Equatable {
    /// A state without what belongs to it.
    public enum Stage: String, Sendable, Hashable, CaseIterable {
        case draft, scheduled, sending, sent, stopped, refused
    }

    /// Which part of the list.
    public var window: Window
    /// Only in these states; empty for any.
    public var stages: Set<Stage>
    /// Only these; empty for any.
    public var messages: [MessageGUID]
    /// Only begun at or after this instant.
    public var from: Instant?
    /// Only begun before this instant.
    public var until: Instant?
    /// Only with this address among their recipients.
    public var recipient: Address?
    /// Only those that make a request, or only those that make none; nil for both.
    public var isRequest: Bool?
    /// Only those of the cascade with this root.
    public var cascade: MessageGUID?
    /// Only those that begin a cascade, or only those that begin none; nil for both.
    public var isRoot: Bool?
    /// Only those of these dispatches; empty for any and none.
    public var dispatches: Set<DispatchID>
    /// Only those of a dispatch, or only those of none; nil for both.
    public var isOfDispatch: Bool?
    /// Only those whose subject is what each of these looks for.
    ///
    /// Of messages that are not named the newest alone are looked through, as many as the ledger opens for one list.
    public var subject: [TextMatch]
    /// The oldest first, in place of the newest.
    public var oldestFirst: Bool

    /// Asks for all, newest first.
    public init(
        window: Window = Window(), stages: Set<Stage> = [], messages: [MessageGUID] = [],
        from: Instant? = nil, until: Instant? = nil, recipient: Address? = nil,
        isRequest: Bool? = nil, cascade: MessageGUID? = nil, isRoot: Bool? = nil,
        dispatches: Set<DispatchID> = [], isOfDispatch: Bool? = nil, subject: [TextMatch] = [],
        oldestFirst: Bool = false
    ) {
        self.window = window
        self.stages = stages
        self.messages = messages
        self.from = from
        self.until = until
        self.recipient = recipient
        self.isRequest = isRequest
        self.cascade = cascade
        self.isRoot = isRoot
        self.dispatches = dispatches
        self.isOfDispatch = isOfDispatch
        self.subject = subject
        self.oldestFirst = oldestFirst
    }
}

extension DispatchProgress.State {
    /// The state without what belongs to it.
    public var stage: OutgoingSearch.Stage {
        switch self {
        case .draft: .draft
        case .scheduled: .scheduled
        case .sending: .sending
        case .sent: .sent
        case .stopped: .stopped
        case .refused: .refused
        }
    }
}
