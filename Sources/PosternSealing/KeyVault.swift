import Synchronization

/// The master keys in force, and where they are read again when they have changed.
///
/// Rotation happens in another program: it adds a key to the file and then seals every message's keys under it, in
/// transactions of the ledger.
///
/// INVARIANT: whoever asks for ``current`` within a transaction of their own seals under a key no older than the newest that
/// was in the file when that transaction began. Rows written before a rotation's transactions are sealed anew by them, rows
/// written after it are sealed under its key: none is left behind.
public final class KeyVault: Sendable {
    private struct State {
        var ring: MasterKeyring
        /// What the file looked like when it was read.
        var mark: MasterKeyFile.Mark?
    }

    private let state: Mutex<State>
    private let file: MasterKeyFile?

    /// Takes keys that nothing can change: those of an environment variable.
    public init(_ ring: MasterKeyring) {
        state = Mutex(State(ring: ring))
        file = nil
    }

    /// Reads keys from a file, or makes the file with one new key where `mayCreate` allows it.
    ///
    /// - Throws: What is wrong with the file.
    public init(file: MasterKeyFile, mayCreate: Bool) throws(MasterKeyFaults) {
        // Looked at before it is read: what changes in between is noticed the next time.
        let mark = file.mark
        if let ring = try file.read() {
            state = Mutex(State(ring: ring, mark: mark))
        } else if mayCreate {
            let ring = MasterKeyring(.generate())
            try file.create(ring)
            state = Mutex(State(ring: ring))
        } else {
            throw MasterKeyFaults(file: file.path, "There is no such file.")
        }
        self.file = file
    }

    /// The key that seals, as of now: one system call to see whether the file has changed.
    public var current: MasterKey { latest().current }

    /// The keys, the one named among them where that can be had.
    public func keys(with id: MasterKeyID) -> MasterKeyring {
        let present = state.withLock { $0.ring }
        return present.contains(id) ? present : latest()
    }

    /// The keys of the file as it is; one that cannot be read leaves what is known.
    private func latest() -> MasterKeyring {
        guard let file else { return state.withLock { $0.ring } }
        let mark = file.mark
        return state.withLock { state in
            guard mark != state.mark, let read = try? file.read() else { return state.ring }
            // Keys that were retired are kept in memory: somebody may be about to open what they have just looked up.
            state.ring = MasterKeyring(
                current: read.current,
                older: read.older + state.ring.keys.filter { !read.keys.contains($0) })
            state.mark = mark
            return state.ring
        }
    }
}
