/// The master keys that are known: the current one wraps, and older ones unwrap what they once wrapped.
public struct MasterKeyring: Sendable, Equatable {
    /// The key that wraps.
    public let current: MasterKey
    /// The keys that only unwrap, newest first; none twice.
    public let older: [MasterKey]

    /// A ring of one key.
    public init(_ current: MasterKey) { self.init(current: current, older: []) }

    init(current: MasterKey, older: [MasterKey]) {
        self.current = current
        self.older = older
    }

    /// Every key's name, newest first.
    public var ids: [MasterKeyID] { keys.map(\.id) }

    /// The ring with a key that becomes the current one; the one before it becomes the newest of the older.
    public func adding(_ key: MasterKey) -> MasterKeyring {
        MasterKeyring(current: key, older: keys.filter { $0 != key })
    }

    /// The ring without those of its older keys; the current key stays, whatever is named.
    ///
    /// What a removed key had wrapped can never be opened again: rewrap it first, with
    /// ``WrappedKey/rewrapped(for:by:)``.
    public func removing(olderThanCurrent ids: Set<MasterKeyID>) -> MasterKeyring {
        MasterKeyring(current: current, older: older.filter { !ids.contains($0.id) })
    }

    /// Every key, newest first.
    var keys: [MasterKey] { [current] + older }

    /// Whether there is a key of this name.
    public func contains(_ id: MasterKeyID) -> Bool {
        current.id == id || older.contains { $0.id == id }
    }

    /// What the first of the keys of one name opens: with 32 bits, two keys could share it, and each is tried then.
    func open<Opened>(named id: MasterKeyID, _ body: (MasterKey) -> Opened?) -> Opened? {
        if current.id == id, let opened = body(current) { return opened }
        for key in older where key.id == id {
            if let opened = body(key) { return opened }
        }
        return nil
    }
}
