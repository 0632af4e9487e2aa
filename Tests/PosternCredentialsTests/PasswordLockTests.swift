import PosternModel
import Testing

@testable import PosternCredentials

@Suite struct PasswordLockTests {
    /// Made by `argon2-cffi`: `hash_secret_raw` of type ID with the salt 0, 1, 2 … 15.
    static let reference: [(String, Argon2Parameters, String)] = [
        (
            "correct horse battery staple", .standard,
            "818259b6310026a8e0dbac5d2e6927abcfdb07b32258fac4f61b18b80f929085"
        ),
        (
            "pässwörd→🔑", Argon2Parameters(unchecked: 64, 3, 4),
            "b0205008f284937f3d34955e57052b4e7c1aa0ce195e1276043a856c7298ee38"
        ),
        (
            "\0", Argon2Parameters(unchecked: 8, 1, 1),
            "88cc49fd408e4a20f9d971459ca4cc932dc234e009195539d13b07ac19461d9c"
        ),
    ]
    static let salt = Array(0..<16) as [UInt8]

    @Test(arguments: reference)
    func `a key is what another program derives`(
        password: String, parameters: Argon2Parameters, key: String
    ) async throws {
        let lock = try #require(PasswordLock(parameters: parameters, salt: Self.salt))
        let made = try await makeChecker().derive(Secret(password), for: lock)
        #expect(made.withExposed { Hexadecimal.encode($0) } == key)
        #expect(made.lock == lock)
        var hasher = PasswordHasher()
        #expect(try hasher.derive(Secret(password), for: lock) == made)
    }

    @Test func `another password, salt or amount of work makes another key`() async throws {
        let checker = makeChecker()
        let locks = try [
            #require(PasswordLock(parameters: cheap, salt: Self.salt)),
            #require(PasswordLock(parameters: cheap, salt: Self.salt.reversed())),
            #require(
                PasswordLock(parameters: Argon2Parameters(unchecked: 64, 2, 1), salt: Self.salt)),
            #require(
                PasswordLock(parameters: Argon2Parameters(unchecked: 72, 1, 1), salt: Self.salt)),
        ]
        var seen: Set<[UInt8]> = []
        for lock in locks {
            for password in ["one", "One", ""] {
                let key = try await checker.derive(Secret(password), for: lock)
                seen.insert(key.withExposed { Array($0) })
            }
        }
        #expect(seen.count == 12)
        #expect(PasswordLock.new() != PasswordLock.new())
        #expect(PasswordLock.new().parameters == .standard)
    }

    @Test func `a lock comes back from its bytes, and from no others`() throws {
        let lock = PasswordLock.new(parameters: Argon2Parameters(unchecked: 65_536, 3, 4))
        #expect(lock.bytes.count == PasswordLock.byteCount)
        #expect(Hexadecimal.encode(lock.bytes.prefix(9)) == "000100000000000304")
        #expect(PasswordLock(bytes: lock.bytes) == lock)
        for count in 0..<PasswordLock.byteCount {
            #expect(PasswordLock(bytes: lock.bytes.prefix(count)) == nil)
            #expect(
                PasswordLock(parameters: cheap, salt: Array(repeating: 0, count: count)) == nil
                    || count == 16)
        }
        #expect(PasswordLock(bytes: lock.bytes + [0]) == nil)
        for parameters in ["000000070000000101", "ffffffff0000000101", "000000400000000001"] {
            let bytes = try #require(Hexadecimal.decode(parameters)) + lock.salt
            #expect(PasswordLock(bytes: bytes) == nil)
        }
    }

    @Test func `a lock over the ceiling is a fault before any work`() async throws {
        let gate = Gate()
        let checker = makeChecker(beforeEach: gate.pass)
        for parameters in [
            Argon2Parameters(unchecked: 65_544, 1, 1), Argon2Parameters(unchecked: 64, 11, 1),
        ] {
            await #expect(throws: Fault(.passwordUncheckable)) {
                try await checker.derive(Secret("x"), for: .new(parameters: parameters))
            }
        }
        #expect(gate.arrivalCount == 0)
    }

    @Test func `a password too long makes no key`() async throws {
        let checker = makeChecker()
        let lock = PasswordLock.new(parameters: cheap)
        _ = try await checker.derive(Secret(String(repeating: "x", count: 1024)), for: lock)
        await #expect(throws: Fault(.passwordUncheckable)) {
            try await checker.derive(Secret(String(repeating: "x", count: 1025)), for: lock)
        }
    }

    @Test func `keys wait in the same queue as checks`() async throws {
        let gate = Gate()
        let checker = makeChecker(threads: 1, queueLimit: 0, beforeEach: gate.pass)
        let lock = PasswordLock.new(parameters: cheap)
        let running = Task { try await checker.derive(PasswordCheckerTests.password, for: lock) }
        await gate.arrival()
        await #expect(throws: Fault(.passwordQueueFull)) {
            try await checker.derive(PasswordCheckerTests.password, for: lock)
        }
        await #expect(throws: Fault(.passwordQueueFull)) {
            try await checker.check(PasswordCheckerTests.password, against: nil)
        }
        gate.open(1)
        _ = try await running.value
        await checker.shutdown()
        await #expect(throws: Fault(.shuttingDown)) {
            try await checker.derive(PasswordCheckerTests.password, for: lock)
        }
    }

    @Test func `a key prints as nothing and has no coded form`() async throws {
        let lock = PasswordLock.new(parameters: cheap)
        let key = try await makeChecker().derive(Secret("canary"), for: lock)
        let printed = SecrecyTests.prints(key) + SecrecyTests.prints([key])
        #expect(printed.contains("‹hidden›"))
        #expect(!printed.contains("SymmetricKey"))
        #expect(Mirror(reflecting: key).children.isEmpty)
        #expect(!(key is any Encodable))
    }
}
