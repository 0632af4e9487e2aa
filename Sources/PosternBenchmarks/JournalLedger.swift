import Dispatch
import PosternCredentials
import PosternModel
import PosternPipeline
import PosternPolicy
import Synchronization

/// The fastest durable ledger this machine could have: memory, and one hash-chained journal with group commit.
///
/// It keeps less than Postern promises (no mailboxes, no outbox to read back, no recovery): a ceiling, not a choice.
final class JournalLedger: LedgerViews, LedgerView, SendLedger {
    private struct Unit {
        let record: [UInt8]
        let done: CheckedContinuation<Result<Void, Fault>, Never>
    }

    private struct Inbox {
        var units: [Unit] = []
        var writing = false
    }

    private let sessions: [TokenDigest: SessionRecord]
    private let drafts: [MessageGUID: LoadedDraft]
    private let sent = Mutex<[MessageGUID: StoredAnswer]>([:])
    private let inbox = Mutex(Inbox())
    private let journal: Mutex<RawJournal>
    private let queue = DispatchQueue(label: "bench.journal")

    init(_ data: Dataset, journal path: String) throws {
        journal = Mutex(try RawJournal(path))
        let now = SystemClock().now()
        let body = Sample.body(bytes: data.bodyBytes)
        var (sessions, drafts): ([TokenDigest: SessionRecord], [MessageGUID: LoadedDraft]) = (
            [:], [:]
        )
        for number in 0..<data.drafts {
            let sender = data.sender(of: number)
            let account = AccountID(rawValue: Int64(sender + 1))
            let recipient = try Sample.address(max(sender - 1, 0))
            let guid = try Sample.guid(number)
            drafts[guid] = LoadedDraft(
                draft: Draft(
                    guid: guid, owner: account, to: [recipient],
                    subject: "About our meeting on Tuesday", body: body),
                recalled: false, parent: nil,
                recipients: [
                    RecipientRecord(
                        address: recipient, standing: .active, group: "staff", contact: true)
                ],
                used: QuotaUse(messages: 0, invites: 0),
                attempts: AttemptFacts(message: 0, principal: 0),
                passwordHash: nil)
            sessions[TokenDigest(of: Secret(Sample.token(sender)))] = SessionRecord(
                account: account, address: try Sample.address(sender), group: "staff",
                accountDisabled: false, revoked: false, lastSeen: now)
        }
        self.sessions = sessions
        self.drafts = drafts
    }

    func view<Value>(_ body: (any LedgerView) throws(Fault) -> Value) throws(Fault) -> Value {
        try body(self)
    }

    func session(_ token: TokenDigest) throws(Fault) -> SessionRecord? { sessions[token] }

    /// No issuer is trusted here.
    func session(of name: AccountName) throws(Fault) -> SessionRecord? { nil }

    func touch(_ token: TokenDigest, at instant: Instant) {}

    func load(_ guid: MessageGUID, for account: AccountID, on day: String) throws(Fault)
        -> DraftLookup
    {
        if let answer = sent.withLock({ $0[guid] }) {
            return .sent(answer, QuotaUse(messages: 0, invites: 0))
        }
        guard let draft = drafts[guid] else { return .missing }
        return draft.draft.owner == account ? .found(draft) : .foreign
    }

    func used(by account: AccountID, on day: String) throws(Fault) -> QuotaUse {
        QuotaUse(messages: 0, invites: 0)
    }

    func settle(_ permit: consuming Permit, _ send: AcceptedSend) async throws(Fault) -> Settlement
    {
        let guid = permit.draft
        let first = sent.withLock { sent in
            let first = sent[guid]
            if first == nil { sent[guid] = send.answer }
            return first
        }
        if let first { return .alreadyAccepted(first) }
        try await append(send.entry.leaf)
        return .accepted
    }

    func record(_ entry: SealedEntry) async throws(Fault) { try await append(entry.leaf) }

    func preview(
        _ composition: Composition, for account: AccountID, on day: String
    ) throws(Fault) -> DraftLookup { .taken }

    func schedule(
        _ permit: consuming Permit, _ send: AcceptedSend, at due: Instant, in dialect: String,
        for wishes: ScheduledWishes
    ) async throws(Fault) -> Settlement { .nameTaken }

    func decideTurn(
        of step: MessageGUID, at now: Instant, recording entry: SealedEntry
    ) async throws(Fault) -> CascadeTurn.Verdict? { nil }

    func refuseDue(
        _ message: MessageGUID, with code: RefusalCode, at now: Instant,
        recording entry: SealedEntry
    ) async throws(Fault) { try await append(entry.leaf) }

    func reserveAttempt(
        _ message: MessageGUID, by account: AccountID, limits: AttemptLimits, at now: Instant
    ) async throws(Fault) -> AttemptFacts? { nil }

    func returnAttempt(
        _ message: MessageGUID, by account: AccountID
    ) async throws(Fault) {}

    func countWrong(
        _ message: MessageGUID, by account: AccountID, limits: AttemptLimits,
        recording entry: @escaping @Sendable () throws(Fault) -> SealedEntry
    ) async throws(Fault) -> AttemptFacts { AttemptFacts(message: 0, principal: 0) }

    func upgrade(
        _ current: PasswordHash, to improved: PasswordHash, of account: AccountID
    ) async throws(Fault) {}

    private func append(_ record: [UInt8]) async throws(Fault) {
        let result = await withCheckedContinuation { done in
            let start = inbox.withLock { inbox in
                inbox.units.append(Unit(record: record, done: done))
                defer { inbox.writing = true }
                return !inbox.writing
            }
            if start { queue.async { self.write() } }
        }
        try result.get()
    }

    private func write() {
        while true {
            let units = inbox.withLock { inbox in
                defer { inbox.units = [] }
                inbox.writing = !inbox.units.isEmpty
                return inbox.units
            }
            guard !units.isEmpty else { return }
            let result = Result { () throws(Fault) in
                do {
                    try journal.withLock { journal in try journal.append(units.map(\.record)) }
                } catch {
                    throw Fault(.storageUnwritable, note: "\(error)")
                }
            }
            for unit in units { unit.done.resume(returning: result) }
        }
    }
}
