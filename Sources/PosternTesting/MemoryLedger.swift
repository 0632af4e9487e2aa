public import PosternCredentials
public import PosternModel
public import PosternPipeline
public import PosternPolicy
import Synchronization

/// The ledger's ports kept in memory, with faults on demand.
public final class MemoryLedger: LedgerViews, LedgerView, SendLedger {
    /// What it holds.
    public struct State: Sendable {
        /// Sessions by token.
        public var sessions: [TokenDigest: SessionRecord] = [:]
        /// Drafts and their surroundings.
        public var drafts: [MessageGUID: LoadedDraft] = [:]
        /// Settled sends.
        public var settled: [MessageGUID: AcceptedSend] = [:]
        /// Messages recalled after they were sent.
        public var recalled: Set<MessageGUID> = []
        /// Use by account and day.
        public var used: [AccountID: [String: QuotaUse]] = [:]
        /// Wrong passwords by message and account.
        public var attempts: [MessageGUID: [AccountID: Int]] = [:]
        /// Passwords being looked at, by message and account.
        public var pending: [MessageGUID: [AccountID: Int]] = [:]
        /// Every audit entry, in order.
        public var entries: [SealedEntry] = []
        /// Hashes replaced, by account.
        public var upgrades: [AccountID: PasswordHash] = [:]
    }

    private let state = Mutex(State())
    /// How loads go.
    public let loads = FaultPlan()
    /// How commits go.
    public let commits = FaultPlan()

    /// An empty ledger.
    public init() {}

    /// What it holds now.
    public var snapshot: State { state.withLock { $0 } }

    /// Changes what it holds, as another request or an administrator would.
    public func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    /// Shows the present state.
    public func view<Value>(
        _ body: (any LedgerView) throws(Fault) -> Value
    ) throws(Fault) -> Value { try body(self) }

    /// Looks a session up.
    public func session(_ token: TokenDigest) throws(Fault) -> SessionRecord? {
        try loads.run { state.withLock { $0.sessions[token] } }
    }

    /// What an issuer's word for somebody who has a session stands for.
    public func session(of name: AccountName) throws(Fault) -> SessionRecord? {
        try loads.run {
            state.withLock { state in
                let record = state.sessions.values.first { record in
                    switch name {
                    case .address(let address): record.address == address
                    case .handle(let handle): record.handle == handle
                    }
                }
                return record.map {
                    SessionRecord(
                        account: $0.account, address: $0.address, group: $0.group,
                        accountDisabled: $0.accountDisabled, revoked: false,
                        lastSeen: Instant(milliseconds: 0), handle: $0.handle, lasting: true)
                }
            }
        }
    }

    /// Remembers the use of a session.
    public func touch(_ token: TokenDigest, at instant: Instant) {
        state.withLock { $0.sessions[token]?.lastSeen = instant }
    }

    /// Loads a draft with the present counts.
    public func load(
        _ guid: MessageGUID, for account: AccountID, on day: String
    ) throws(Fault) -> DraftLookup {
        try loads.run {
            state.withLock { state in
                let used = state.used[account]?[day] ?? QuotaUse(messages: 0, invites: 0)
                guard var loaded = state.drafts[guid] else { return .missing }
                guard loaded.draft.owner == account else { return .foreign }
                if state.recalled.contains(guid) {
                    loaded.recalled = true
                } else if let sent = state.settled[guid] {
                    return .sent(sent.answer, used)
                }
                loaded.used = used
                loaded.attempts = Self.attempts(state.attempts, guid, account)
                return .found(loaded)
            }
        }
    }

    /// The present count.
    public func used(by account: AccountID, on day: String) throws(Fault) -> QuotaUse {
        try loads.run {
            state.withLock { $0.used[account]?[day] ?? QuotaUse(messages: 0, invites: 0) }
        }
    }

    /// Settles one send or nothing.
    public func settle(
        _ permit: consuming Permit, _ send: AcceptedSend
    ) async throws(Fault) -> Settlement {
        let (guid, revision) = (permit.draft, permit.revision)
        return try commits.run {
            state.withLock { state in
                if let first = state.settled[guid] { return .alreadyAccepted(first.answer) }
                guard let loaded = state.drafts[guid], loaded.draft.revision == revision,
                    !loaded.recalled
                else { return .draftChanged }
                let account = send.principal.account
                var used = state.used[account]?[send.day] ?? QuotaUse(messages: 0, invites: 0)
                let invites = send.recipients.count { $0.standing == .unknown }
                guard used.messages < send.messageLimit,
                    used.invites + invites <= send.inviteLimit || invites == 0
                else { return .quotaChanged }
                used.messages += 1
                used.invites += invites
                state.used[account, default: [:]][send.day] = used
                state.settled[guid] = send
                state.entries.append(send.entry)
                return .accepted
            }
        }
    }

    /// Composing is for a ledger on disk.
    public func preview(
        _ composition: Composition, for account: AccountID, on day: String
    ) throws(Fault) -> DraftLookup { .taken }

    /// Scheduling is for a ledger on disk.
    public func schedule(
        _ permit: consuming Permit, _ send: AcceptedSend, at due: Instant, in dialect: String,
        for wishes: ScheduledWishes
    ) async throws(Fault) -> Settlement { .draftChanged }

    /// Cascades are for a ledger on disk.
    public func decideTurn(
        of step: MessageGUID, at now: Instant, recording entry: SealedEntry
    ) async throws(Fault) -> CascadeTurn.Verdict? { nil }

    /// Records the entry.
    public func refuseDue(
        _ message: MessageGUID, with code: RefusalCode, at now: Instant,
        recording entry: SealedEntry
    ) async throws(Fault) { try await record(entry) }

    /// Records an entry.
    public func record(_ entry: SealedEntry) async throws(Fault) {
        try commits.run { state.withLock { $0.entries.append(entry) } }
    }

    /// Reserves an attempt unless a limit is reached.
    public func reserveAttempt(
        _ message: MessageGUID, by account: AccountID, limits: AttemptLimits, at now: Instant
    ) async throws(Fault) -> AttemptFacts? {
        try commits.run { () throws(Fault) in
            try state.withLock { state throws(Fault) in
                let wrong = Self.attempts(state.attempts, message, account)
                let burnAfter = limits.burnAfter ?? .max
                // The account's attempts over all messages are never fewer than those against this one.
                if wrong.principal >= limits.lockAfter || wrong.message >= burnAfter { return nil }
                let pending = Self.attempts(state.pending, message, account)
                guard wrong.principal + pending.principal < limits.lockAfter,
                    wrong.message + pending.message < burnAfter
                else { throw Fault(.overloaded) }
                state.pending[message, default: [:]][account, default: 0] += 1
                return wrong
            }
        }
    }

    /// Gives an attempt back.
    public func returnAttempt(
        _ message: MessageGUID, by account: AccountID
    ) async throws(Fault) {
        try commits.run { state.withLock { $0.pending[message]?[account]? -= 1 } }
    }

    /// Counts a wrong password; nothing is destroyed here.
    public func countWrong(
        _ message: MessageGUID, by account: AccountID, limits: AttemptLimits,
        recording entry: @escaping @Sendable () throws(Fault) -> SealedEntry
    ) async throws(Fault) -> AttemptFacts {
        try commits.run {
            state.withLock { state in
                let before = Self.attempts(state.attempts, message, account)
                state.pending[message]?[account]? -= 1
                state.attempts[message, default: [:]][account, default: 0] += 1
                return before
            }
        }
    }

    /// Replaces a hash.
    public func upgrade(
        _ current: PasswordHash, to improved: PasswordHash, of account: AccountID
    ) async throws(Fault) {
        try commits.run { state.withLock { $0.upgrades[account] = improved } }
    }

    private static func attempts(
        _ counts: [MessageGUID: [AccountID: Int]], _ message: MessageGUID, _ account: AccountID
    ) -> AttemptFacts {
        AttemptFacts(
            message: counts[message]?.values.reduce(0, +) ?? 0,
            principal: counts.values.reduce(0) { $0 + ($1[account] ?? 0) })
    }
}
