import PosternModel
import PosternPipeline
import PosternSealing

/// A message on its way into the ledger, sealed before the writer's turn.
struct NewMessage: Sendable {
    private let draft: NewDraft
    private let keys: MessageKeys
    private let content: SealedContent
    private let wish: CallbackWish?

    init(
        _ composition: Composition, of owner: AccountID, at now: Instant,
        sealedBy vault: KeyVault
    ) throws(Fault) {
        let guid = composition.guid
        draft = NewDraft(
            guid: guid, owner: owner, action: .new, parent: nil, conversation: guid,
            externalID: composition.externalID, at: now)
        let (keys, cover, content) = try vault.makeKeys(for: guid)
        self.keys = keys
        self.content = try SealedContent(
            composition.content, of: guid, under: cover, content)
        wish = try composition.callback.map { callback throws(Fault) in
            try CallbackWish(callback, of: guid, under: cover)
        }
    }

    /// Writes it as a draft.
    ///
    /// - Returns: Its row; nil when its name is taken.
    func insert(sealedBy vault: KeyVault, _ statements: Statements) throws -> Int64? {
        guard try statements.row(of: .guid(draft.guid)) == nil else { return nil }
        let message = try DraftRows.insert(
            draft, content, vault.renew(keys, of: draft.guid), statements)
        try wish?.insert(for: message, statements)
        return message
    }
}
