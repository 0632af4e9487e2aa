public import PosternCredentials
public import PosternModel

/// Shows what the ledger holds.
///
/// Calls may block on a disk: never from an event loop.
public protocol LedgerViews: Sendable {
    /// Reads as much as it likes as of one instant, not before the call.
    ///
    /// A send asks once for who sends and what they send. Each view costs as much as several look-ups, because what was
    /// read before the last commit has to be read again.
    ///
    /// - Throws: What `body` throws, or ``PosternModel/FaultCode/storageUnreadable``.
    func view<Value>(_ body: (any LedgerView) throws(Fault) -> Value) throws(Fault) -> Value

    /// Remembers that a session was used, durably within a minute; never waits.
    func touch(_ token: TokenDigest, at instant: Instant)
}

/// The ledger as of one instant; good only within ``LedgerViews/view(_:)``.
public protocol LedgerView {
    /// The session a token digest names, with its account's status; nil when there is none.
    func session(_ token: TokenDigest) throws(Fault) -> SessionRecord?

    /// The session that an issuer's word for an account stands for, with the account's status now; nil when there is no
    /// such account, or it was invited and is not registered yet.
    ///
    /// It is lasting: when it ends is the issuer's to say.
    func session(of name: AccountName) throws(Fault) -> SessionRecord?

    /// A draft and all that surrounds it.
    ///
    /// - Parameters:
    ///   - guid: The draft.
    ///   - account: Who asks.
    ///   - day: The policy's day, as ``PosternPolicy/CalendarDay/key``.
    /// - Returns: What was found.
    /// - Throws: ``PosternModel/FaultCode/storageUnreadable``.
    func load(_ guid: MessageGUID, for account: AccountID, on day: String) throws(Fault)
        -> DraftLookup

    /// A message that is not there yet, and all that will surround it.
    ///
    /// - Returns: ``DraftLookup/found(_:)`` at revision 0, or ``DraftLookup/taken``; for a repeat that may be one
    ///   ``DraftLookup/sent(_:_:)``.
    func preview(
        _ composition: Composition, for account: AccountID, on day: String
    ) throws(Fault) -> DraftLookup

    /// What a sender has used of a day: for replies about drafts that are not there to be loaded.
    func used(by account: AccountID, on day: String) throws(Fault) -> QuotaUse
}
