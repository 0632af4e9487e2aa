public import Logging
public import PosternCoreContract
public import PosternModel
public import PosternSealing

/// What a core was entrusted with, in one SQLite file: deliveries until they end, and endings until they are told.
///
/// It is a work list for the delivery core's couriers (``Outbox``) and keeps the contract's promises to a gateway
/// (``DeliveryTrust``). Written as the ledger is: one writer makes everything durable in groups, readers never wait for it.
///
/// A delivery is sealed under a key of its own, which is destroyed when it ends; what it said can then be read nowhere.
public final class DeliverySpool: Sendable {
    /// What can be set; the same as of the ledger.
    public typealias Options = SQLiteStore.Options

    /// How long the name of a delivery is kept after its ending was acknowledged.
    public static let memory = Duration.seconds(7 * 86_400)

    /// The file's name, by which a gateway knows it again.
    public let id: SpoolID

    let readers: ReaderPool
    let writer: GroupCommitter
    let leases = Leases()
    let vault: KeyVault
    /// What tells deliveries apart without keeping what they say.
    let fingerprintKey: ContentKey

    /// Opens the spool in a folder, making folder and file when they are missing.
    ///
    /// - Parameters:
    ///   - folder: The data folder; made with mode 0700.
    ///   - mustExist: A missing file is a fault instead.
    ///   - keys: What deliveries are sealed under; nil for those of a file.
    ///   - keyFile: The file of master keys; nil for `master.keys` in the data folder. One that is not there is made with the
    ///     spool, and never for a spool that is there: it would open nothing in it.
    ///   - options: What can be set.
    ///   - logger: Where trouble is reported.
    /// - Throws: ``FaultCode/contentUnreadable`` when the keys are not those of the spool;
    ///   ``FaultCode/storageUnreadable`` for a file that is damaged, newer or no spool;
    ///   ``FaultCode/storageUnwritable`` when the folder or file cannot be made.
    public init(
        folder: String, mustExist: Bool = false, keys: KeyVault? = nil, keyFile: String? = nil,
        options: Options = Options(), logger: Logger = Logger(label: "postern.spool")
    ) throws(Fault) {
        let file = try DataFile(.spool, folder: folder, mayCreate: !mustExist)
        do {
            vault =
                try keys
                ?? KeyVault(
                    file: MasterKeyFile(path: keyFile ?? SQLiteStore.masterKeys(in: folder)),
                    mayCreate: try file.shape() == 0)
        } catch let faults as MasterKeyFaults {
            throw Fault(.contentUnreadable, note: "\(faults)")
        } catch { throw Fault(.storageUnreadable, error) }
        readers = ReaderPool(file)
        writer = try GroupCommitter(
            file: file, readers: readers, vault: vault, options: options, errands: TouchBook(),
            logger: logger)
        (id, fingerprintKey) = try Self.identity(readers, vault)
        try confirmKeys()
    }

    private static func identity(
        _ readers: ReaderPool, _ vault: KeyVault
    ) throws(Fault) -> (SpoolID, ContentKey) {
        let found = try readers.read { statements in
            try statements.first("SELECT id, fingerprint_key FROM spool") { row in
                let key = try WrappedKey(bytes: row.bytes(1))
                return (
                    try row.spoolID(0),
                    try key.unwrap(for: row.bytes(0), by: vault.keys(with: key.masterID))
                )
            }
        }
        guard let found else { throw unreadable("spool") }
        return found
    }

    /// Makes sure, before anything is carried, that no key is missing: what cannot be opened is given up.
    private func confirmKeys() throws(Fault) {
        try readers.read { statements in
            try statements.each("SELECT key FROM key_slots WHERE NOT is_free") { row in
                let master = try WrappedKey(bytes: row.bytes(0)).masterID
                guard vault.keys(with: master).contains(master) else {
                    throw Fault(
                        .contentUnreadable,
                        note: "deliveries are sealed under `\(master)`, which is not there")
                }
                return true
            }
        }
    }

    /// Names who is told that something was entrusted, and who knows how much more is coming.
    ///
    /// - Parameters:
    ///   - entrusted: Called on the writer's thread: must return at once.
    ///   - underWay: How many are on their way here, for whom it is worth keeping a transaction open; a glance will do.
    public func attach(
        entrusted: (@Sendable () -> Void)?, underWay: (@Sendable () -> Int)? = nil
    ) {
        writer.attach(guardian: nil, entriesAppended: entrusted, underWay: underWay)
    }

    /// Finishes what was accepted, then closes; later calls fail with ``FaultCode/shuttingDown``.
    public func close() async {
        readers.reset()
        await writer.close()
        readers.reset()
    }

    /// Empties the write-ahead log, where keys that were destroyed may linger: what a process left undone that was killed after
    /// deliveries had ended.
    public func emptyLog() async { await writer.emptyLog() }

    /// How the spool is doing; while it is in trouble, asking makes it try again, at most once a second.
    public func health() -> StoreHealth { writer.health() }

    /// How much there is.
    public struct Figures: Sendable, Equatable {
        /// Deliveries that have not ended.
        public var waiting: Int
        /// Endings that were not acknowledged.
        public var untold: Int

        /// Names both.
        public init(waiting: Int, untold: Int) {
            self.waiting = waiting
            self.untold = untold
        }
    }

    /// How much there is now.
    public func figures() throws(Fault) -> Figures {
        try readers.snapshot { statements in
            Figures(
                waiting: try statements.first(
                    "SELECT count(*) FROM outbox", read: { $0.count(0) }) ?? 0,
                untold: Int(
                    clamping: try Self.lastEnding(statements) - Self.acknowledged(statements)))
        }
    }

    static func lastEnding(_ statements: Statements) throws -> Int64 {
        try statements.first(
            "SELECT seq FROM sqlite_sequence WHERE name = 'endings'", read: { $0.integer(0) }) ?? 0
    }

    static func acknowledged(_ statements: Statements) throws -> Int64 {
        try statements.first("SELECT acknowledged FROM spool", read: { $0.integer(0) }) ?? 0
    }
}

extension Columns {
    func deliveryKey(_ index: Int32) throws -> DeliveryKey {
        guard let key = DeliveryKey(text(index)) else { throw unreadable("delivery key") }
        return key
    }

    func spoolID(_ index: Int32) throws -> SpoolID {
        guard let id = SpoolID(bytes: bytes(index)) else { throw unreadable("spool's name") }
        return id
    }
}
