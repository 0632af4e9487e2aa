import PosternModel

/// How a password becomes a key: argon2id's parameters and a salt.
///
/// Nothing of it is secret. It is stored beside what the key seals.
public struct PasswordLock: Hashable, Sendable {
    /// How many bytes ``bytes`` are.
    public static let byteCount = 9 + PasswordHasher.saltLength

    /// How much work a key takes.
    public let parameters: Argon2Parameters
    /// ``PasswordHasher/saltLength`` bytes, drawn anew for each lock: one password makes a different key for each.
    public let salt: [UInt8]

    /// Makes a lock with a new salt.
    public static func new(parameters: Argon2Parameters = .standard) -> PasswordLock {
        PasswordLock(unchecked: parameters, salt: RandomBytes.make(PasswordHasher.saltLength))
    }

    /// Names a lock; nil when the salt is of another length.
    public init?(parameters: Argon2Parameters, salt: [UInt8]) {
        guard salt.count == PasswordHasher.saltLength else { return nil }
        self.init(unchecked: parameters, salt: salt)
    }

    /// Reads ``bytes``; nil for another length, and for parameters that ``Argon2Parameters`` refuses.
    ///
    /// A lock that was read may still take more than a ``PasswordChecker`` grants.
    public init?(bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count == Self.byteCount,
            let parameters = Argon2Parameters(
                memory: Self.number(bytes[0..<4]), passes: Self.number(bytes[4..<8]),
                lanes: UInt32(bytes[8]))
        else { return nil }
        self.init(unchecked: parameters, salt: Array(bytes[9...]))
    }

    private init(unchecked parameters: Argon2Parameters, salt: [UInt8]) {
        self.parameters = parameters
        self.salt = salt
    }

    /// Memory and passes as four bytes each, most significant first, lanes as one, then the salt.
    public var bytes: [UInt8] {
        Self.digits(parameters.memory) + Self.digits(parameters.passes)
            + [UInt8(truncatingIfNeeded: parameters.lanes)] + salt
    }

    private static func number(_ bytes: some Sequence<UInt8>) -> UInt32 {
        bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }

    private static func digits(_ number: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }
}
