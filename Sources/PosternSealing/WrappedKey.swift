import Crypto
import Foundation
public import PosternCredentials
public import PosternModel

/// A content key as it lies in the ledger: sealed under a master key, and within that under a password if there is one.
///
/// Every byte is authenticated together with the name of what the key is for. Destroying every copy of it destroys what
/// the key sealed.
///
/// Version 1 is `01`, a byte of flags (bit 0: there is a lock), the master key's id, the lock where there is one, and
/// AES-256-GCM's nonce, ciphertext and tag. The master layer authenticates all that stands before it and the name; what
/// it seals is the key, or the key sealed under the password's.
public struct WrappedKey: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The master key it was wrapped under.
    public let masterID: MasterKeyID
    /// How the password becomes the key that it also takes; nil when it takes none.
    public let lock: PasswordLock?
    /// The master layer.
    private let sealed: [UInt8]

    private static let version: UInt8 = 1
    private static let lockFlag: UInt8 = 1
    private static let shortHeader = 2 + MasterKeyID.byteCount

    /// Wraps a key that no password locks.
    ///
    /// - Parameters:
    ///   - key: What to wrap.
    ///   - name: The 16 bytes that name the message or attachment it is for.
    ///   - master: The current master key.
    /// - Throws: ``FaultCode/contentUnreadable`` for a name of another length.
    public init(
        wrapping key: ContentKey, for name: [UInt8], under master: MasterKey
    ) throws(Fault) {
        try self.init(Self.exposed(key), name, lock: nil, master)
    }

    /// Wraps a key that also takes a password.
    ///
    /// - Parameters:
    ///   - key: What to wrap.
    ///   - name: The 16 bytes that name the message or attachment it is for.
    ///   - passwordKey: Derived for a new lock: one lock is for one wrapped key.
    ///   - master: The current master key.
    /// - Throws: ``FaultCode/contentUnreadable`` for a name of another length.
    public init(
        wrapping key: ContentKey, for name: [UInt8], lockedBy passwordKey: PasswordKey,
        under master: MasterKey
    ) throws(Fault) {
        let inner = try GaloisCounter.seal(
            Self.exposed(key), under: Self.symmetric(passwordKey),
            authenticating: try Self.mark(name).bytes)
        try self.init(inner, name, lock: passwordKey.lock, master)
    }

    /// Reads ``bytes``.
    ///
    /// - Throws: ``FaultCode/contentUnreadable`` for another version, unknown flags, a lock whose parameters are out of
    ///   range, and any other length.
    public init(bytes: [UInt8]) throws(Fault) { try self.init(slice: bytes[...]) }

    private init(slice bytes: ArraySlice<UInt8>) throws(Fault) {
        guard bytes.first == Self.version else {
            throw Fault(.contentUnreadable, note: "a wrapped key is not of version 1")
        }
        guard bytes.count >= Self.shortHeader, bytes[1] & ~Self.lockFlag == 0,
            let masterID = MasterKeyID(bytes: bytes[2..<Self.shortHeader])
        else { throw Self.malformed() }
        var rest = bytes[Self.shortHeader...]
        var lock: PasswordLock?
        if bytes[1] & Self.lockFlag != 0 {
            lock = PasswordLock(bytes: rest.prefix(PasswordLock.byteCount))
            guard lock != nil else { throw Self.malformed() }
            rest = rest.dropFirst(PasswordLock.byteCount)
        }
        guard rest.count == Self.innerLength(lock) + GaloisCounter.overhead else {
            throw Self.malformed()
        }
        self.init(masterID: masterID, lock: lock, sealed: Array(rest))
    }

    /// Reads ``padded``.
    ///
    /// - Throws: As ``init(bytes:)``, and when anything but zeros follows.
    public init(padded: [UInt8]) throws(Fault) {
        let hasLock = padded.count > 1 && padded[1] & Self.lockFlag != 0
        let count =
            Self.shortHeader + (hasLock ? PasswordLock.byteCount : 0)
            + ContentKey.byteCount + (hasLock ? 2 : 1) * GaloisCounter.overhead
        guard padded.count == Self.longest, padded.dropFirst(count).allSatisfy({ $0 == 0 }) else {
            throw Self.malformed()
        }
        try self.init(slice: padded.prefix(count))
    }

    /// The master key that bytes say they were wrapped under, whatever else is wrong with them; nil where they say none.
    public static func masterID(in bytes: [UInt8]) -> MasterKeyID? {
        guard bytes.first == version else { return nil }
        return MasterKeyID(bytes: bytes.dropFirst(2).prefix(MasterKeyID.byteCount))
    }

    private init(
        _ inner: [UInt8], _ name: [UInt8], lock: PasswordLock?, _ master: MasterKey
    ) throws(Fault) {
        let header = Self.header(master.id, lock)
        let sealed = try GaloisCounter.seal(
            inner, under: master.key, authenticating: header + (try Self.checked(name)))
        self.init(masterID: master.id, lock: lock, sealed: sealed)
    }

    private init(masterID: MasterKeyID, lock: PasswordLock?, sealed: [UInt8]) {
        self.masterID = masterID
        self.lock = lock
        self.sealed = sealed
    }

    /// What to store: 66 bytes, or 119 with a lock.
    public var bytes: [UInt8] { Self.header(masterID, lock) + sealed }

    /// The same with zeros after it, as long as a key with a lock: a store in which every key has one length can
    /// overwrite any of them in its place.
    public var padded: [UInt8] {
        let bytes = bytes
        return bytes + [UInt8](repeating: 0, count: Self.longest - bytes.count)
    }

    /// How many bytes a key with a lock has.
    private static let longest =
        shortHeader + PasswordLock.byteCount + ContentKey.byteCount + 2 * GaloisCounter.overhead

    /// Opens a key that no password locks.
    ///
    /// - Throws: ``FaultCode/contentUnreadable`` when the ring lacks the master key, any byte was changed, it was
    ///   wrapped for another name, or it takes a password.
    public func unwrap(
        for name: [UInt8], by keyring: MasterKeyring
    ) throws(Fault) -> ContentKey {
        guard lock == nil else {
            throw Fault(.contentUnreadable, note: "a wrapped key takes a password, and none came")
        }
        guard let key = ContentKey(try inner(for: name, by: keyring)) else {
            throw Self.malformed()
        }
        return key
    }

    /// Opens a key that takes a password.
    ///
    /// The master layer comes first, so that an altered key is a fault and never looks like a wrong password.
    ///
    /// - Returns: nil when the password is wrong.
    /// - Throws: ``FaultCode/contentUnreadable`` when the ring lacks the master key, any byte was changed, it was
    ///   wrapped for another name, or it takes no password.
    public func unwrap(
        for name: [UInt8], by keyring: MasterKeyring, with passwordKey: PasswordKey
    ) throws(Fault) -> ContentKey? {
        guard lock != nil else {
            throw Fault(.contentUnreadable, note: "a wrapped key takes no password")
        }
        let mark = try Self.mark(name)
        let inner = try inner(for: name, by: keyring)
        return GaloisCounter.open(
            inner, under: Self.symmetric(passwordKey), authenticating: mark.bytes
        ).flatMap(ContentKey.init)
    }

    /// The same key under the ring's current master key; a password's layer stays as it is.
    ///
    /// - Throws: As ``unwrap(for:by:)``, save that a lock is no hindrance.
    public func rewrapped(
        for name: [UInt8], by keyring: MasterKeyring
    ) throws(Fault) -> WrappedKey {
        try WrappedKey(
            Array(inner(for: name, by: keyring)), name, lock: lock, keyring.current)
    }

    /// Takes the master layer off.
    private func inner(
        for name: [UInt8], by keyring: MasterKeyring
    ) throws(Fault) -> Data {
        let mark = Self.header(masterID, lock) + (try Self.checked(name))
        let inner = keyring.open(named: masterID) { key in
            GaloisCounter.open(sealed, under: key.key, authenticating: mark)
        }
        if let inner { return inner }
        guard keyring.contains(masterID) else {
            let ids = keyring.ids.map(\.description).joined(separator: ", ")
            throw Fault(
                .contentUnreadable,
                note: "there is no master key `\(masterID)`; known are \(ids)")
        }
        throw Fault(
            .contentUnreadable,
            note: "a key wrapped under `\(masterID)` was changed or is another message's")
    }

    private static func header(_ masterID: MasterKeyID, _ lock: PasswordLock?) -> [UInt8] {
        [version, lock == nil ? 0 : lockFlag] + masterID.bytes + (lock?.bytes ?? [])
    }

    private static func innerLength(_ lock: PasswordLock?) -> Int {
        ContentKey.byteCount + (lock == nil ? 0 : GaloisCounter.overhead)
    }

    private static func checked(_ name: [UInt8]) throws(Fault) -> [UInt8] {
        guard name.count == ObjectName.byteCount else {
            throw Fault(
                .contentUnreadable,
                note: "a name of \(name.count) bytes, and names have \(ObjectName.byteCount)")
        }
        return name
    }

    /// What the password's layer authenticates.
    ///
    /// The lock is not part of it: another lock makes another key.
    private static func mark(_ name: [UInt8]) throws(Fault) -> SealMark {
        guard let mark = SealMark(.key, of: try checked(name)) else { throw malformed() }
        return mark
    }

    private static func exposed(_ key: ContentKey) -> [UInt8] {
        key.key.withUnsafeBytes(Array.init)
    }

    private static func symmetric(_ key: PasswordKey) -> SymmetricKey {
        key.withExposed { SymmetricKey(data: $0) }
    }

    private static func malformed() -> Fault {
        Fault(.contentUnreadable, note: "a wrapped key is malformed")
    }

    /// The master key's id, without what is sealed: a copy in a log would outlive the message.
    public var description: String {
        "key wrapped under \(masterID)\(lock == nil ? "" : " and a password")"
    }

    /// The master key's id, without what is sealed.
    public var debugDescription: String { description }

    /// A mirror with the master key's id alone.
    public var customMirror: Mirror { Mirror(self, children: ["masterID": masterID]) }
}
