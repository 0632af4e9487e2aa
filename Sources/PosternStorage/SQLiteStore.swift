import Foundation
public import Logging
public import PosternModel
public import PosternPipeline
public import PosternSealing
import Synchronization

/// The ledger in one SQLite file: accounts, drafts, quotas, outbox and audit entries.
///
/// One writer makes everything durable in groups (``SendLedger``, ``Outbox``); readers see committed
/// snapshots and never wait for it. The file is in WAL mode with `synchronous=FULL`: what was acknowledged
/// survives a power cut.
public final class SQLiteStore: Sendable {
    /// What can be set.
    public struct Options: Sendable {
        /// How long a session is kept that nobody uses and that is not lasting: longer than it lasts, so that one that has ended is
        /// told from one that never was.
        public var sessionMemory = Duration.seconds(400 * 86_400)
        /// Units of work that may wait before new ones are turned away with ``FaultCode/overloaded``.
        public var waitingLimit = 4096
        /// Units of work in one transaction at most.
        public var batchLimit = 512
        /// A transaction is not kept open for longer than this for units that are still on their way.
        public var longestOpen = Duration.milliseconds(4)
        /// Units on their way that must have come before the writer is woken while it waits for them.
        public var quorum = 4
        /// How long a transaction waits for another program that writes.
        public var patience = Duration.seconds(1)
        /// The file may not grow beyond this many pages of 4 KiB; nil for no limit but the disk's.
        public var maximumPages: Int?
        /// Units after which the log is copied back into the database, beside the writer.
        ///
        /// Many of them change the same pages, which are copied once.
        public var checkpointUnits = 2000
        /// Bytes the log may grow before it is copied back.
        public var checkpointBytes = 64 << 20
        /// Frames, of 4 KiB each, after which the log is to start anew.
        public var longestLog = 8000

        var interference: (@Sendable () -> CommitInterference)?

        /// The defaults.
        public init() {}

        /// Lets commits go wrong on purpose.
        @_spi(Testing) public mutating func interfereForTests(
            _ body: @escaping @Sendable () -> CommitInterference
        ) {
            interference = body
        }
    }

    let readers: ReaderPool
    let writer: GroupCommitter
    let touches = TouchBook()
    let leases = Leases()
    let chunkTurns = Turns<ChunkPlace>()
    let options: Options
    let vault: KeyVault
    let files: ContentFiles
    /// Told of messages that are due earlier than anybody knew.
    private let dueEarlier = Mutex<@Sendable (Instant) -> Void>({ _ in })

    /// Opens the ledger in a folder, making folder and file when they are missing.
    ///
    /// - Parameters:
    ///   - folder: The data folder; made with mode 0700.
    ///   - mustExist: A missing file is a fault instead.
    ///   - keys: What messages are sealed under; nil for those of a file.
    ///   - keyFile: The file of master keys; nil for `master.keys` in the data folder. A file that is not there is made only
    ///     before the first message is sealed: a key made later would open none of them.
    ///   - options: What can be set.
    ///   - logger: Where trouble is reported.
    /// - Throws: ``FaultCode/storageUnreadable`` for a file that is damaged, newer or not Postern's;
    ///   ``FaultCode/storageUnwritable`` when the folder or file cannot be made.
    public init(
        folder: String, mustExist: Bool = false, keys: KeyVault? = nil,
        keyFile: String? = nil, options: Options = Options(),
        logger: Logger = Logger(label: "postern.storage")
    ) throws(Fault) {
        let file = try DataFile(.ledger, folder: folder, mayCreate: !mustExist)
        self.options = options
        do {
            vault =
                try keys
                ?? KeyVault(
                    file: MasterKeyFile(path: keyFile ?? Self.masterKeys(in: folder)),
                    mayCreate: try file.shape() < Schema.firstSealed)
        } catch let faults as MasterKeyFaults {
            throw Fault(.contentUnreadable, note: "\(faults)")
        } catch { throw Fault(.storageUnreadable, error) }
        files = ContentFiles(folder: folder + "/files")
        readers = ReaderPool(file)
        writer = try GroupCommitter(
            file: file, readers: readers, vault: vault, options: options, errands: touches,
            logger: logger)
        try openNewestMessage()
    }

    /// Makes sure, before anything is served, that the keys are those of this ledger.
    private func openNewestMessage() throws(Fault) {
        _ = try readers.read { statements in
            try statements.first(
                """
                SELECT m.guid, k.cover FROM message_keys k JOIN messages m ON m.id = k.message
                WHERE m.state <> 2 ORDER BY k.message DESC LIMIT 1
                """,
                read: { try vault.unwrap(try WrappedKey(bytes: $0.bytes(1)), of: try $0.guid(0)) })
        }
    }

    /// Where a data folder's own master keys lie.
    public static func masterKeys(in folder: String) -> String { folder + "/master.keys" }

    /// Names who is asked before every commit, who is told after entries were appended, and who knows how many are coming.
    ///
    /// - Parameters:
    ///   - guardian: Its fault is every waiting caller's fault; nothing is written then.
    ///   - entriesAppended: Called on the writer's thread: must return at once.
    ///   - underWay: How many are on their way here, for whom it is worth keeping a transaction open; a glance will do.
    public func attach(
        guardian: (any LogGuard)?, entriesAppended: (@Sendable () -> Void)? = nil,
        underWay: (@Sendable () -> Int)? = nil
    ) {
        writer.attach(
            guardian: guardian, entriesAppended: entriesAppended, underWay: underWay)
    }

    /// Names who is told when a message is due earlier than anybody knew; they must return at once.
    public func attach(dueEarlier: @escaping @Sendable (Instant) -> Void) {
        self.dueEarlier.withLock { $0 = dueEarlier }
    }

    func announceDue(at instant: Instant) { dueEarlier.withLock { $0 }(instant) }

    /// Finishes what was accepted, then closes; later calls fail with ``FaultCode/shuttingDown``.
    ///
    /// The writer goes last: where nobody else has the file open, SQLite then copies the whole log back, and the data
    /// file alone is everything.
    public func close() async {
        readers.reset()
        await writer.close()
        readers.reset()
    }

    /// Writes something that changes nothing, to find out whether writing works.
    public func probe() async throws(Fault) { try await writer.probe() }

    /// For how long a write has not got further, the writer's or that of an attached file; never waits.
    public var standstill: Duration { max(writer.standstill, files.writes.standstill) }

    /// How the ledger is doing, for `/health`; never waits.
    ///
    /// While it is in trouble, asking makes it try again, at most once a second.
    public func health() -> StoreHealth {
        var health = writer.health()
        health.standstill = max(health.standstill, files.writes.standstill)
        return health
    }
}

/// How the ledger, or a spool, is doing.
public struct StoreHealth: Sendable, Equatable {
    /// What stands in the way of recording; nil when the last commit went well.
    public var trouble: Fault?
    /// Units of work that wait for the writer.
    public var waiting: Int
    /// For how long a write has not got further, though there is something to write.
    public var standstill: Duration

    /// What is wrong, in a sentence.
    ///
    /// - Parameter patience: How long a write may take for a step.
    /// - Returns: The sentence; nil when nothing is.
    public func complaint(after patience: Duration = .seconds(2)) -> String? {
        if let trouble { return trouble.description }
        guard standstill >= patience else { return nil }
        return "The disk has not answered for \(standstill.components.seconds) s."
    }
}
