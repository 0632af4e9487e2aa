import PosternModel
import PosternSealing

/// What an operator says of a dispatch, sealed before the writer's turn.
struct StoredDispatch: Sendable {
    private let plan: DispatchPlan
    private let guid: MessageGUID
    private let key: WrappedKey
    private let text: [UInt8]

    init(_ plan: DispatchPlan, sealedBy vault: KeyVault) throws(Fault) {
        self.plan = plan
        guid = .random()
        let key = ContentKey.generate()
        self.key = try WrappedKey(wrapping: key, for: guid.bytes, under: vault.current)
        text = try key.seal(plan.template.text, .dispatch, of: guid)
    }

    /// How writing a dispatch ended.
    enum Ending {
        case written
        /// It was started or stopped, and stays as it is.
        case untouched
        /// Its number is another account's.
        case taken
    }

    /// Makes it, or puts it in the place of one that collects still.
    func write(
        for owner: Int64, at now: Instant, sealedBy vault: KeyVault, _ statements: Statements
    ) throws -> Ending {
        let present = try statements.first(
            "SELECT owner, state FROM dispatches WHERE id = ?", plan.id.rawValue,
            read: { (owner: $0.integer(0), state: try $0.word(1) as Dispatch.State) })
        if let present {
            guard present.owner == owner else { return .taken }
            guard present.state == .collecting else { return .untouched }
        }
        // A master key may have come since it was sealed.
        let key =
            key.masterID == vault.current.id ? key : try vault.rewrap(key, of: guid)
        try statements.run(
            """
            INSERT INTO dispatches(id, guid, owner, name, channel, sender, key, text, created_at)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT(id) DO UPDATE
            SET guid = ?2, name = ?4, channel = ?5, sender = ?6, key = ?7, text = ?8
            """, plan.id.rawValue, guid.bytes, owner, plan.name, plan.template.channel,
            plan.template.sender, key.bytes, text, now.milliseconds)
        return .written
    }

    /// An account's dispatch; nil when it has none of this number.
    static func find(
        _ id: DispatchID, of account: AccountID, openedBy vault: KeyVault,
        _ statements: Statements
    ) throws -> Dispatch? {
        try statements.first(
            """
            SELECT guid, name, state, channel, sender, key, text FROM dispatches
            WHERE id = ? AND owner = ?
            """, id.rawValue, account.rawValue
        ) { row in
            let guid = try row.guid(0)
            let key = try vault.unwrap(WrappedKey(bytes: row.bytes(5)), of: guid)
            return Dispatch(
                id: id, name: row.text(1), state: try row.word(2),
                template: Dispatch.Template(
                    channel: row.text(3), sender: row.text(4),
                    text: try key.openText(row.bytes(6), .dispatch, of: guid)))
        }
    }

    /// How far an account's dispatch has come; nil when it has none of this number.
    static func state(
        _ id: DispatchID, of account: AccountID, _ statements: Statements
    ) throws -> Dispatch.State? {
        try statements.first(
            "SELECT state FROM dispatches WHERE id = ? AND owner = ?", id.rawValue,
            account.rawValue, read: { try $0.word(0) })
    }
}
