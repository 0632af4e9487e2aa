/// A message as it is carried to a cell of another unit.
public struct CellMessage: Sendable, Equatable {
    /// Its GUID.
    public var guid: MessageGUID
    /// The account that sent it.
    public var sender: AccountID
    /// The sender's handle, without which they have no cell.
    public var senderHandle: Handle
    /// The subject line.
    public var subject: String
    /// The text; HTML as a reader sees it.
    public var body: String
    /// What the sender's dialect keeps with it.
    public var annex: Annex?

    /// Makes a message.
    public init(
        guid: MessageGUID, sender: AccountID, senderHandle: Handle, subject: String, body: String,
        annex: Annex? = nil
    ) {
        self.guid = guid
        self.sender = sender
        self.senderHandle = senderHandle
        self.subject = subject
        self.body = body
        self.annex = annex
    }
}
