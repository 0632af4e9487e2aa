public import PosternModel
public import PosternPipeline
import PosternTransparency

extension TileLog {
    /// Opens the log, and creates it at the first start.
    ///
    /// A log is created only when the ledger has no entries and no log was created before: whoever removes
    /// the log gets a refusal, not a new log. Opening reads the files at the right edge and looks at all
    /// others without reading them; ``AuditVerifier`` reads everything.
    ///
    /// - Parameters:
    ///   - settings: Where the log lies; the parent folder must be there.
    ///   - source: The ledger's entries.
    ///   - files: The file system.
    /// - Returns: The log, which this process alone has from now on.
    /// - Throws: ``PosternModel/FaultCode/auditTamperedWith`` when the log is gone, cut or changed, or the
    ///   ledger has fewer or other entries than the log; ``PosternModel/FaultCode/auditUnwritable`` when it
    ///   cannot be read or written, another process has it, or the key does not fit. The note says what to do.
    public static func open(
        _ settings: TileLogSettings, source: any AuditEntrySource,
        files: any FileOperations = SystemFiles()
    ) throws(Fault) -> TileLog {
        do {
            return try LogOpener(settings: settings, source: source, files: files).open()
        } catch let fault as Fault {
            throw fault
        } catch let failure as FileFailure {
            throw Fault(
                .auditUnwritable, note: "the audit log in \(settings.folder): \(failure)")
        } catch {
            throw Fault(.auditUnwritable, note: "the audit log cannot be opened")
        }
    }
}

/// Opens or creates a log.
struct LogOpener {
    let settings: TileLogSettings
    let source: any AuditEntrySource
    let files: any FileOperations

    private var key: LogKey { LogKey(settings: settings, files: files) }

    func open() throws -> TileLog {
        let committed = UInt64(max(0, try source.leafCount()))
        if try checkpointFile() == nil { try create(committed: committed) }
        guard let signer = try key.read() else {
            throw Fault(
                .auditUnwritable,
                note:
                    "\(settings.keyFile) is gone: put the log's key back, nobody can make it again")
        }
        let lock = try files.openFolder(settings.folder)
        do {
            return try open(signer, lock: lock, committed: committed)
        } catch {
            files.close(lock)
            throw error
        }
    }

    private func open(
        _ signer: NoteSigner, lock: Descriptor, committed: UInt64
    ) throws -> TileLog {
        do {
            try files.lock(lock)
        } catch {
            throw Fault(
                .auditUnwritable, note: "another process writes the log in \(settings.folder)")
        }
        let (tree, stamps) = try tree(verifier: signer.verifier, committed: committed)
        if try !key.wasPublished() { try key.publish(signer.verifier) }
        let watch = LogWatch(folder: settings.folder, files: files)
        try takeCensus(watch, size: tree.appender.size, read: stamps)
        watch.report(waiting: committed - tree.appender.size, at: nil)
        return TileLog(
            settings: settings, signer: signer, source: source, files: files, watch: watch,
            lock: lock, tree: tree)
    }

    private func checkpointFile() throws -> [UInt8]? {
        try files.read("\(settings.folder)/checkpoint", in: .anywhere, limit: 65_536)
    }

    /// Creates an empty log: the key, the folder, the checkpoint of size 0, then the public key.
    private func create(committed: UInt64) throws {
        let published = try key.wasPublished()
        guard committed == 0, !published else {
            throw Fault(
                .auditTamperedWith,
                note: "the audit log in \(settings.folder) was removed: the database holds "
                    + "\(committed) entries and there is no checkpoint; put the folder back")
        }
        let signer = if let signer = try key.read() { signer } else { try key.create() }
        let parent = TileLogSettings.parent(of: settings.folder)
        let above = try DurableBatch(parent.isEmpty ? "/" : parent, files)
        try files.makeFolder(TileLogSettings.name(of: settings.folder), in: above.root)
        let batch = try DurableBatch(settings.folder, files)
        guard
            let empty = Checkpoint(origin: settings.origin, size: 0, root: .empty),
            let note = try? empty.signed(by: [signer])
        else { throw Fault(.auditUnwritable, note: "the checkpoint cannot be signed") }
        try batch.write(note.bytes, to: "checkpoint")
        try batch.syncFolders()
        try above.syncFolders()
    }

    /// Reads the right edge and proves it against the checkpoint and the ledger.
    ///
    /// - Returns: The tree, and the stamps the files had before they were read.
    private func tree(
        verifier: NoteVerifier, committed: UInt64
    ) throws -> (TileLog.Tree, [LogFile: FileStamp]) {
        var stamps = [LogFile.checkpoint: try stamp(.checkpoint)]
        guard let bytes = try checkpointFile() else { throw broken("checkpoint", "is gone") }
        let checkpoint: Checkpoint
        do {
            checkpoint = try Checkpoint.open(
                bytes, origin: settings.origin, verifiers: [verifier])
        } catch {
            throw broken("checkpoint", "is not this log's, signed by its key (\(error))")
        }
        guard checkpoint.size <= committed else {
            throw TileLog.rolledBack(committed, checkpoint.size)
        }
        for file in LogFile.edge(size: checkpoint.size).dropFirst() {
            stamps[file] = try stamp(file)
        }
        let appender = try TileAppender(size: checkpoint.size) { (addresses) throws -> [HashTile] in
            try addresses.map { try tile($0) }
        }
        guard let appender, appender.root == checkpoint.root else {
            throw broken("tile", "does not lead to the checkpoint's root")
        }
        let bundle = try lastBundle(checkpoint.size, appender)
        return (TileLog.Tree(appender: appender, bundle: bundle, checkpoint: bytes), stamps)
    }

    private func stamp(_ file: LogFile) throws -> FileStamp {
        let stamp = try files.stamp("\(settings.folder)/\(file.path)", in: .anywhere)
        guard let stamp else { throw broken(file.path, "is gone") }
        return stamp
    }

    private func tile(_ address: TileAddress) throws -> HashTile {
        guard
            let bytes = try files.read(
                "\(settings.folder)/\(address.path)", in: .anywhere, limit: 8192)
        else { throw broken(address.path, "is gone") }
        guard let tile = HashTile(address, bytes: bytes) else {
            throw broken(address.path, "was changed")
        }
        return tile
    }

    /// The last bundle's bytes if it is unfinished, once they have been found to be the ledger's entries and
    /// the tile's hashes.
    private func lastBundle(_ size: UInt64, _ appender: TileAppender) throws -> [UInt8] {
        guard size > 0,
            let address = BundleAddress(containing: size - 1, treeSize: size)
        else { return [] }
        let bytes = try files.read(
            "\(settings.folder)/\(address.path)", in: .anywhere, limit: 256 * 65_537)
        guard let bytes else { throw broken(address.path, "is gone") }
        let leaves = try source.leaves(
            from: Int64(address.entries.lowerBound), limit: address.width)
        guard leaves.count == address.width, EntryBundle.encode(leaves) == bytes else {
            throw broken(
                address.path, "differs from the database: one of the two was changed or restored")
        }
        guard try tile(address.tile).hashes == leaves.map({ .leaf($0) }) else {
            throw broken(address.tile.path, "does not fit the entries")
        }
        return address.isPartial ? bytes : []
    }

    /// Takes the stamps of all other files; a missing one and a tile of the wrong size are found here.
    private func takeCensus(
        _ watch: LogWatch, size: UInt64, read: [LogFile: FileStamp]
    ) throws {
        do {
            try watch.begin(size: size, read: read)
        } catch  where error.number == FileFailure.noSuchFile {
            throw broken(error.path, "is gone")
        }
        if let file = watch.misshapenTile() { throw broken(file.path, "was cut") }
    }

    private func broken(_ path: String, _ what: String) -> Fault {
        Fault(
            .auditTamperedWith,
            note: "\(path) in \(settings.folder) \(what); put the log back as it was, and see what "
                + "`postern audit verify` says of it")
    }
}
