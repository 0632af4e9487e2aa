public import PosternCredentials
public import PosternModel
public import PosternPolicy

/// Shows and keeps all of a message's life but its sending.
///
/// Every method that writes returns only after its transaction is on disk, or throws after nothing of it is.
public protocol MailLedger: SendLedger, AddressBook, Dispatching, Inbox {
    /// Reads as much as it likes as of one instant, not before the call.
    ///
    /// May block on a disk: never from an event loop.
    func mailView<Value>(_ body: (any MailView) throws(Fault) -> Value) throws(Fault) -> Value

    // MARK: sessions

    /// Commits as reserving a sign-in does, or as ending one does with the entry it would have, about nobody: an address without
    /// an account takes as long as one with it.
    ///
    /// The entry is in no log, and nobody can read what was written of it.
    func pretendSignIn(recording entry: SealedEntry?) async throws(Fault)

    /// Reserves a sign-in before its password is looked at, so that no race evaluates one too many.
    ///
    /// What comes of it is told by one of the next three; one of which nothing is heard for a minute counts as a wrong
    /// password.
    func reserveSignIn(
        _ account: AccountID, limits: LoginRules, at now: Instant
    ) async throws(Fault) -> SignInReservation

    /// Gives a reserved sign-in back whose password nobody looked at.
    func returnSignIn(_ account: AccountID) async throws(Fault)

    /// Ends a reserved sign-in that opens no session.
    ///
    /// - Parameters:
    ///   - account: Whose it was.
    ///   - isWrong: The password is wrong; false for a right one that opens nothing.
    ///   - now: When.
    ///   - entry: The audit entry.
    /// - Throws: ``PosternModel/FaultCode/storageUnwritable``; the sign-in stays reserved then.
    func endSignIn(
        of account: AccountID, wrongly isWrong: Bool, at now: Instant, recording entry: SealedEntry
    ) async throws(Fault)

    /// Opens a session, and forgets the wrong passwords before it.
    func openSession(
        _ token: TokenDigest, of account: AccountID, at now: Instant, recording entry: SealedEntry
    ) async throws(Fault)

    /// Ends a session.
    func closeSession(_ token: TokenDigest, recording entry: SealedEntry) async throws(Fault)

    /// Keeps a token that opens sessions.
    func addAuthenticationToken(
        _ token: TokenDigest, of account: AccountID, until end: Instant, at now: Instant,
        recording entry: SealedEntry
    ) async throws(Fault)

    /// Withdraws one of an account's authentication tokens, or all of them.
    func revokeAuthenticationTokens(
        _ token: TokenDigest?, of account: AccountID, recording entry: SealedEntry
    ) async throws(Fault)

    // MARK: drafts

    /// Begins a draft.
    func createDraft(_ draft: NewDraft) async throws(Fault)

    /// Replaces what a draft says; attached files stay.
    ///
    /// - Returns: Whether there is such a draft of this account that has not been sent, stopped or scheduled.
    func saveDraft(
        _ guid: MessageGUID, by account: AccountID, _ content: DraftContent, at now: Instant
    ) async throws(Fault) -> Bool

    /// Adds recipients to the newest draft of that name; those it has already stay once.
    ///
    /// - Parameters:
    ///   - externalID: The name.
    ///   - account: Whose draft: one that has not been sent, stopped or scheduled.
    ///   - to: Recipients.
    ///   - cc: Copies.
    ///   - bcc: Blind copies.
    ///   - limit: How many the draft may have in all.
    ///   - now: When.
    /// - Returns: What came of it; nothing is added where the draft would have too many.
    /// - Throws: ``PosternModel/FaultCode/storageUnwritable``; nothing is added then.
    func addRecipients(
        externalID: String, by account: AccountID, to: [EmailAddress], cc: [EmailAddress],
        bcc: [EmailAddress], atMost limit: Int, at now: Instant
    ) async throws(Fault) -> AddingEnding

    // MARK: attachments

    /// Attaches files that will arrive in chunks.
    func reserveAttachments(
        _ plans: [FilePlan], to guid: MessageGUID, by account: AccountID, limits: AttachmentRules,
        at now: Instant
    ) async throws(Fault) -> Reservation

    /// Takes one chunk of a file that belongs to a draft of this account.
    func storeChunk(
        _ number: Int, of guid: AttachmentGUID, by account: AccountID, _ bytes: [UInt8],
        at now: Instant
    ) async throws(Fault) -> ChunkEnding

    /// Takes a file off a draft.
    ///
    /// - Returns: Whether there was such a file on such a draft.
    func removeAttachment(
        _ attachment: AttachmentGUID, from guid: MessageGUID, by account: AccountID,
        at now: Instant
    ) async throws(Fault) -> Bool

    /// Attaches a file the account can reach already; attached before, it stays as it is.
    func linkAttachment(
        _ record: AttachmentRecord, openedBy key: PasswordKey?, to guid: MessageGUID,
        by account: AccountID, limits: AttachmentRules, at now: Instant
    ) async throws(Fault) -> Reservation

    // MARK: reading

    /// Records that a reader read, and gives the attempt back where a password was proved.
    ///
    /// - Returns: Whether the message can still be read: it may have been recalled, or have expired, since it was looked
    ///   at. Nothing is recorded then.
    func recordReading(_ reading: Reading) async throws(Fault) -> Bool

    /// Moves a message to its reader's trash; what is there already, and every draft, is deleted.
    ///
    /// - Returns: Whether there was such a message for this reader.
    func delete(
        _ guid: MessageGUID, by account: AccountID, at now: Instant, recording entry: SealedEntry
    ) async throws(Fault) -> Bool

    /// Takes a sent message back.
    ///
    /// - Returns: Whether there is such a message that this account sent.
    func recall(
        _ guid: MessageGUID, by account: AccountID, _ recalling: Recalling, at now: Instant,
        recording entry: SealedEntry
    ) async throws(Fault) -> Bool

    // MARK: labels

    /// Makes a label; nil when the account has one of that name.
    func createLabel(
        _ name: String, of account: AccountID, at now: Instant
    ) async throws(Fault) -> Label?

    /// Names a label anew.
    func renameLabel(
        _ label: LabelGUID, of account: AccountID, to name: String
    ) async throws(Fault) -> LabelEnding

    /// Deletes a label.
    func deleteLabel(
        _ label: LabelGUID, of account: AccountID
    ) async throws(Fault) -> LabelEnding

    /// Puts a label on a message the account can see, or takes it off.
    func setLabel(
        _ label: LabelGUID, on guid: MessageGUID, of account: AccountID, worn: Bool
    ) async throws(Fault) -> LabelEnding

    // MARK: time

    /// Erases messages whose time has come, oldest first; at most `limit`.
    ///
    /// - Parameters:
    ///   - now: Those due by then are erased.
    ///   - limit: How many at most.
    ///   - entry: Makes the audit entry for a number of them; not called for none.
    /// - Returns: How many were erased.
    /// - Throws: ``PosternModel/FaultCode/storageUnwritable``, and what `entry` throws; nothing is erased then.
    func eraseExpired(
        at now: Instant, limit: Int,
        recording entry: @escaping @Sendable (Int) throws(Fault) -> SealedEntry
    ) async throws(Fault) -> Int

    /// When the next message's time comes; nil when none's does.
    func nextErasure() throws(Fault) -> Instant?
}

/// A draft to be made.
public struct NewDraft: Sendable {
    /// Its name.
    public var guid: MessageGUID
    /// Who composes it.
    public var owner: AccountID
    /// New, or an answer.
    public var action: MessageAction
    /// The message it answers.
    public var parent: MessageGUID?
    /// The first message of the conversation; its own name for a message of its own.
    public var conversation: MessageGUID
    /// The client's own name for it.
    public var externalID: String?
    /// When it was begun.
    public var at: Instant

    /// Describes one.
    public init(
        guid: MessageGUID, owner: AccountID, action: MessageAction, parent: MessageGUID?,
        conversation: MessageGUID, externalID: String?, at instant: Instant
    ) {
        self.guid = guid
        self.owner = owner
        self.action = action
        self.parent = parent
        self.conversation = conversation
        self.externalID = externalID
        at = instant
    }
}

/// Whether a sign-in's password may be looked at.
public enum SignInReservation: Sendable, Equatable {
    /// It may.
    case reserved
    /// Too many were wrong; the next one may be looked at then.
    case usedUp(until: Instant)
    /// As many are being looked at as may be wrong.
    case crowded
}

/// How attaching files ended.
public enum Reservation: Sendable, Equatable {
    /// They are attached, and can be uploaded.
    case reserved([Upload])
    /// There is no such draft of this account.
    case draftMissing
    /// There would be too many files.
    case tooMany
    /// All files together would be too large.
    case tooLarge
}

/// What adding recipients to a draft came to.
public enum AddingEnding: Sendable, Equatable {
    /// They are there.
    case done
    /// There is no such draft of this account that may be changed.
    case missing
    /// It would have too many; none was added.
    case tooMany
}

/// How taking a chunk ended.
public enum ChunkEnding: Sendable, Equatable {
    /// It is on disk, now or since an earlier upload of the same bytes.
    case stored
    /// There is no such file on a draft of this account.
    case missing
    /// There is no chunk of that number, or it has another length.
    case mismatch
    /// Other bytes arrived under that number before.
    case conflict
}

/// How changing a label ended.
public enum LabelEnding: Sendable, Equatable {
    /// It is changed.
    case done(Label)
    /// There is no such label of this account.
    case labelMissing
    /// There is no such message for this account.
    case messageMissing
    /// The name is taken.
    case taken
}

/// One reading, to be recorded.
public struct Reading: Sendable {
    /// The message.
    public var message: MessageGUID
    /// Who read it.
    public var account: AccountID
    /// The file, where one was downloaded and not the body read.
    public var attachment: AttachmentGUID?
    /// The body or the file is shown; false when a password was proved for something else, which is no reading.
    public var isShown = true
    /// When.
    public var at: Instant
    /// The audit entry.
    public var entry: SealedEntry
}
