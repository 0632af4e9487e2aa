import PosternModel
import PosternTransparency

/// The log's signing key on disk.
struct LogKey {
    let settings: TileLogSettings
    let files: any FileOperations

    /// Reads the key; nil when there is none.
    func read() throws(Fault) -> NoteSigner? {
        let bytes: [UInt8]?
        do {
            bytes = try files.read(settings.keyFile, in: .anywhere, limit: 4096)
            if let stamp = try files.stamp(settings.keyFile, in: .anywhere),
                stamp.permissions & 0o077 != 0
            {
                throw Fault(
                    .auditUnwritable,
                    note: "\(settings.keyFile) can be read by others; run chmod 600 on it")
            }
        } catch let failure as FileFailure {
            throw Fault(.auditUnwritable, note: "the log's key: \(failure)")
        } catch let fault as Fault {
            throw fault
        } catch {
            throw Fault(.auditUnwritable, note: "the log's key cannot be read")
        }
        guard let bytes else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        guard
            let signer = NoteSigner(
                exposedText: text.hasSuffix("\n") ? String(text.dropLast()) : text)
        else {
            throw Fault(
                .auditUnwritable, note: "\(settings.keyFile) is no Ed25519 note signing key")
        }
        guard signer.verifier.name == settings.origin else {
            throw Fault(
                .auditUnwritable,
                note: "\(settings.keyFile) is the key of `\(signer.verifier.name)`, and the "
                    + "settings call this log `\(settings.origin)`")
        }
        return signer
    }

    /// Makes a new key, durably, before anything is signed with it.
    func create() throws(Fault) -> NoteSigner {
        guard let signer = NoteSigner(generating: settings.origin) else {
            throw Fault(
                .auditUnwritable,
                note: "`\(settings.origin)` cannot be a log's name: spaces and + are not allowed")
        }
        try write(signer.exposedText, to: settings.keyFile, permissions: 0o600)
        return signer
    }

    /// Whether a log with this key was created before.
    func wasPublished() throws(Fault) -> Bool {
        do {
            return try files.stamp(settings.verifierFile, in: .anywhere) != nil
        } catch {
            throw Fault(.auditUnwritable, note: "the log's public key: \(error)")
        }
    }

    /// Writes the public key: the last step of creating a log.
    func publish(_ verifier: NoteVerifier) throws(Fault) {
        try write(verifier.text, to: settings.verifierFile, permissions: 0o644)
    }

    private func write(_ text: String, to path: String, permissions: UInt32) throws(Fault) {
        do {
            let folder = TileLogSettings.parent(of: path)
            let batch = try DurableBatch(folder.isEmpty ? "/" : folder, files)
            try batch.write(
                Array((text + "\n").utf8), to: TileLogSettings.name(of: path),
                permissions: permissions)
            try batch.syncFolders()
        } catch {
            throw Fault(.auditUnwritable, note: "the log's key cannot be written: \(error)")
        }
    }
}
