import PosternCredentials
import PosternModel
import PosternSealing
import Testing

/// Values that every suite uses.
enum Fixtures {
    static let name = Array(0x00...0x0E) + [0xFF] as [UInt8]
    static let otherName = [UInt8](repeating: 7, count: 16)
    static let password = Secret("correct horse battery staple")

    /// The master key of 0, 1, 2 … 31.
    static func master() throws -> MasterKey {
        try #require(MasterKey(bytes: Array(0..<32)))
    }

    /// A cheap lock with the salt 0, 1, 2 … 15.
    static func lock() throws -> PasswordLock {
        let parameters = try #require(Argon2Parameters(memory: 64, passes: 1, lanes: 1))
        return try #require(PasswordLock(parameters: parameters, salt: Array(0..<16)))
    }

    static func passwordKey(_ password: Secret = password) throws -> PasswordKey {
        var hasher = PasswordHasher()
        return try hasher.derive(password, for: lock())
    }

    static func bytes(_ hexadecimal: String) throws -> [UInt8] {
        try #require(Hexadecimal.decode(hexadecimal))
    }

    /// Every way to change one bit.
    static func flips(of bytes: [UInt8]) -> [[UInt8]] {
        bytes.indices.flatMap { index in
            (0..<8).map { bit in
                var changed = bytes
                changed[index] ^= 1 << bit
                return changed
            }
        }
    }
}
