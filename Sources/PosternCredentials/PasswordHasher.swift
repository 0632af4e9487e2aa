import CArgon2
import Glibc
public import PosternModel

/// Makes and checks argon2id hashes on the calling thread (RFC 9106), through libargon2.
///
/// One hasher belongs to one thread at a time and keeps its working memory, which is why it cannot be
/// copied. A check takes tens of milliseconds: servers use ``PasswordChecker``.
///
/// Passwords are hashed as the UTF-8 bytes that the client sent.
///
/// WHY NOT: normalising to NFC first, as RFC 8265 advises for new systems. Hashes that operators bring with
/// them were made from bytes as sent; a password in another form would stop matching, and nobody could see
/// why. Clients on one system send the same form every time.
public struct PasswordHasher: ~Copyable {
    /// The length of the salts of new hashes, in bytes (RFC 9106 section 3.1 recommends 16).
    public static let saltLength = 16
    /// The length of the tags of new hashes, in bytes.
    public static let tagLength = 32

    private var memory = Argon2Memory()

    /// A hasher without memory; the first hash allocates it.
    public init() {}

    /// The memory held, in bytes: that of the largest hash so far.
    public var heldBytes: Int { memory.byteCount }

    /// Hashes a password with a new salt.
    ///
    /// - Throws: `FaultCode.passwordUncheckable` when the password is over ``PosternModel/Secret/longestPassword`` or libargon2
    ///   fails, above all for want of memory.
    public mutating func hash(
        _ password: Secret, parameters: Argon2Parameters
    ) throws(Fault) -> PasswordHash {
        guard let bytes = Self.bytes(of: password) else {
            throw Fault(.passwordUncheckable, note: "the password is too long to be hashed")
        }
        let salt = RandomBytes.make(Self.saltLength)
        let tag = try run(bytes, salt: salt, parameters: parameters, tagLength: Self.tagLength)
        return PasswordHash(parameters: parameters, salt: salt, tag: tag)
    }

    /// Whether a password is the one that was hashed.
    ///
    /// Takes the same time for a wrong password as for the right one, and for one that is too long to be
    /// right.
    ///
    /// - Throws: `FaultCode.passwordUncheckable` when the hash's salt or tag cannot be read or have odd
    ///   lengths, or libargon2 fails.
    public mutating func matches(_ password: Secret, _ hash: PasswordHash) throws(Fault) -> Bool {
        guard let (salt, tag) = hash.decoded else {
            throw Fault(.passwordUncheckable, note: "a stored hash has an unreadable salt or tag")
        }
        let bytes = Self.bytes(of: password)
        let made = try run(
            bytes ?? [], salt: salt, parameters: hash.parameters, tagLength: tag.count)
        return Self.areEqual(made, tag) && bytes != nil
    }

    /// Derives the key that a password makes for a lock.
    ///
    /// - Throws: `FaultCode.passwordUncheckable` when the password is over ``PosternModel/Secret/longestPassword`` or libargon2
    ///   fails, above all for want of memory.
    public mutating func derive(
        _ password: Secret, for lock: PasswordLock
    ) throws(Fault) -> PasswordKey {
        guard let bytes = Self.bytes(of: password) else {
            throw Fault(.passwordUncheckable, note: "the password is too long to make a key")
        }
        var tag = try run(
            bytes, salt: lock.salt, parameters: lock.parameters, tagLength: PasswordKey.length)
        // The key keeps a copy that is wiped when it is let go.
        defer { explicit_bzero(&tag, tag.count) }
        return PasswordKey(tag, lock: lock)
    }

    /// Works as long as a check with these parameters would, for nothing.
    ///
    /// - Throws: `FaultCode.passwordUncheckable` when libargon2 fails.
    public mutating func pretend(_ parameters: Argon2Parameters) throws(Fault) {
        let salt = [UInt8](repeating: 0, count: Self.saltLength)
        _ = try run([], salt: salt, parameters: parameters, tagLength: Self.tagLength)
    }

    /// libargon2's one call.
    ///
    /// It wipes the password's bytes as soon as it has read them. `secret` and `associated` exist for the RFC's test vector.
    mutating func run(
        _ password: consuming [UInt8], salt: [UInt8], parameters: Argon2Parameters, tagLength: Int,
        secret: [UInt8] = [], associated: [UInt8] = []
    ) throws(Fault) -> [UInt8] {
        var (password, salt, secret, associated) = (password, salt, secret, associated)
        var tag = [UInt8](repeating: 0, count: tagLength)
        let status = memory.lend(Int(parameters.memory) * 1024) {
            tag.withUnsafeMutableBufferPointer { tag in
                password.withUnsafeMutableBufferPointer { password in
                    salt.withUnsafeMutableBufferPointer { salt in
                        secret.withUnsafeMutableBufferPointer { secret in
                            associated.withUnsafeMutableBufferPointer { associated in
                                var context = argon2_context(
                                    out: tag.baseAddress, outlen: UInt32(tag.count),
                                    pwd: password.baseAddress, pwdlen: UInt32(password.count),
                                    salt: salt.baseAddress, saltlen: UInt32(salt.count),
                                    secret: secret.baseAddress, secretlen: UInt32(secret.count),
                                    ad: associated.baseAddress, adlen: UInt32(associated.count),
                                    t_cost: parameters.passes, m_cost: parameters.memory,
                                    lanes: parameters.lanes,
                                    // All lanes on this thread: the pool decides how many cores hash.
                                    threads: 1, version: ARGON2_VERSION_13.rawValue,
                                    allocate_cbk: Argon2Memory.allocate,
                                    free_cbk: Argon2Memory.free,
                                    flags: 1 << 0)  // ARGON2_FLAG_CLEAR_PASSWORD
                                return argon2id_ctx(&context)
                            }
                        }
                    }
                }
            }
        }
        guard status == ARGON2_OK.rawValue else {
            throw Fault(.passwordUncheckable, note: "libargon2 answered \(status) to \(parameters)")
        }
        return tag
    }

    /// The password's bytes; nil when there are too many.
    private static func bytes(of password: Secret) -> [UInt8]? {
        password.canBePassword ? password.withExposed { Array($0.utf8) } : nil
    }

    /// Compares without stopping at the first difference, so that time tells nothing.
    private static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
