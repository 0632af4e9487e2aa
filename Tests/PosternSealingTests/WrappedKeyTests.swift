import Crypto
import Foundation
import PosternCredentials
import PosternModel
import Testing

@testable import PosternSealing

@Suite struct WrappedKeyTests {
    /// Made with Python's `cryptography` and `argon2-cffi` from the documented format.
    static let plain =
        "01009915b80a808182838485868788898a8b20e42c580557a7d6d6c25f7b0a3ee46af70fe7ac5ee55b5d75a4da93eaa163ab2fcf1dbd9477da1da646e47606daf8c3"
    static let locked =
        "01019915b80a000000400000000101000102030405060708090a0b0c0d0e0f808182838485868788898a8bc004ccb8e5b747363622bf9b799030a56118779b0bfce0c746777b863376c90cad9a4696acbb0a9b0072915feafb28b11318aa5cf91387a20e56d2d84ad3acb58047788ba1786d8eed796715"

    @Test func `a key comes back from under a master key, by its name`() throws {
        let key = ContentKey.generate()
        let ring = MasterKeyring(.generate())
        let wrapped = try WrappedKey(wrapping: key, for: Fixtures.name, under: ring.current)
        let stored = try WrappedKey(bytes: wrapped.bytes)
        #expect(stored == wrapped)
        #expect(stored.bytes.count == 66)
        #expect(stored.masterID == ring.current.id)
        #expect(stored.lock == nil)
        #expect(try stored.unwrap(for: Fixtures.name, by: ring) == key)
        #expect(throws: Fault(.contentUnreadable)) {
            try stored.unwrap(for: Fixtures.otherName, by: ring)
        }
    }

    @Test func `a locked key takes the password as well`() throws {
        let key = ContentKey.generate()
        let ring = MasterKeyring(.generate())
        let right = try Fixtures.passwordKey()
        let wrapped = try WrappedKey(
            wrapping: key, for: Fixtures.name, lockedBy: right, under: ring.current)
        let stored = try WrappedKey(bytes: wrapped.bytes)
        #expect(stored == wrapped)
        #expect(stored.bytes.count == 119)
        #expect(stored.lock == right.lock)
        #expect(try stored.unwrap(for: Fixtures.name, by: ring, with: right) == key)
        let wrong = try Fixtures.passwordKey(Secret("correct horse battery stable"))
        #expect(try stored.unwrap(for: Fixtures.name, by: ring, with: wrong) == nil)
        #expect(throws: Fault(.contentUnreadable)) {
            try stored.unwrap(for: Fixtures.otherName, by: ring, with: right)
        }
        #expect(throws: Fault(.contentUnreadable)) {
            try stored.unwrap(for: Fixtures.name, by: ring)
        }
    }

    @Test func `keys with and without a lock are padded to one length`() throws {
        let master = MasterKey.generate()
        let plain = try WrappedKey(wrapping: .generate(), for: Fixtures.name, under: master)
        let locked = try WrappedKey(
            wrapping: .generate(), for: Fixtures.name, lockedBy: Fixtures.passwordKey(),
            under: master)
        for key in [plain, locked] {
            #expect(key.padded.count == 119)
            #expect(try WrappedKey(padded: key.padded) == key)
            for malformed in [
                key.padded + [0], key.padded.dropLast(), key.bytes + [1], [],
                [UInt8](repeating: 0, count: 119),
            ] {
                #expect(throws: Fault(.contentUnreadable)) {
                    try WrappedKey(padded: Array(malformed))
                }
            }
        }
        var changed = plain.padded
        changed[118] = 1
        #expect(throws: Fault(.contentUnreadable)) { try WrappedKey(padded: changed) }
        #expect(throws: Fault(.contentUnreadable)) { try WrappedKey(padded: plain.bytes) }
    }

    @Test func `a key without a lock takes no password`() throws {
        let ring = MasterKeyring(.generate())
        let wrapped = try WrappedKey(
            wrapping: .generate(), for: Fixtures.name, under: ring.current)
        let password = try Fixtures.passwordKey()
        #expect(throws: Fault(.contentUnreadable)) {
            try wrapped.unwrap(for: Fixtures.name, by: ring, with: password)
        }
    }

    @Test func `what another program wrapped opens`() throws {
        let ring = MasterKeyring(try Fixtures.master())
        let key = ContentKey(.init(0x40..<0x60))
        let plain = try WrappedKey(bytes: Fixtures.bytes(Self.plain))
        #expect(try plain.unwrap(for: Fixtures.name, by: ring) == key)
        let locked = try WrappedKey(bytes: Fixtures.bytes(Self.locked))
        let lock = try #require(locked.lock)
        var hasher = PasswordHasher()
        let password = try hasher.derive(Fixtures.password, for: lock)
        #expect(try locked.unwrap(for: Fixtures.name, by: ring, with: password) == key)
    }

    @Test func `one changed bit is noticed, under a password too`() throws {
        let ring = MasterKeyring(try Fixtures.master())
        let password = try Fixtures.passwordKey()
        for text in [Self.plain, Self.locked] {
            for changed in Fixtures.flips(of: try Fixtures.bytes(text)) {
                #expect(throws: Fault(.contentUnreadable)) {
                    let wrapped = try WrappedKey(bytes: changed)
                    if wrapped.lock == nil {
                        _ = try wrapped.unwrap(for: Fixtures.name, by: ring)
                    } else {
                        _ = try wrapped.unwrap(for: Fixtures.name, by: ring, with: password)
                    }
                }
                #expect(throws: Fault(.contentUnreadable)) {
                    try WrappedKey(bytes: changed).rewrapped(for: Fixtures.name, by: ring)
                }
            }
        }
    }

    @Test func `every cut and every byte too many is refused`() throws {
        for text in [Self.plain, Self.locked] {
            let bytes = try Fixtures.bytes(text)
            for cut in bytes.indices {
                #expect(throws: Fault(.contentUnreadable)) {
                    try WrappedKey(bytes: Array(bytes.prefix(cut)))
                }
            }
            #expect(throws: Fault(.contentUnreadable)) { try WrappedKey(bytes: bytes + [0]) }
        }
    }

    @Test(arguments: [
        // Memory below 8 KiB a lane and over 4 GiB; passes 0 and 65; lanes 0 and 17.
        "000000070000000101", "ffffffff0000000101", "004000010000000101", "000000400000000001",
        "000000400000004101", "000000400000000100", "000010000000000111",
    ])
    func `a lock out of range is refused before any work`(parameters: String) throws {
        var bytes = try Fixtures.bytes(Self.locked)
        bytes.replaceSubrange(6..<15, with: try Fixtures.bytes(parameters))
        #expect(throws: Fault(.contentUnreadable)) { try WrappedKey(bytes: bytes) }
    }

    @Test func `a missing or another master key is a fault that names what is known`() throws {
        let ring = MasterKeyring(.generate())
        let wrapped = try WrappedKey(
            wrapping: .generate(), for: Fixtures.name, under: ring.current)
        let other = MasterKeyring(.generate())
        let fault = #expect(throws: Fault.self) {
            try wrapped.unwrap(for: Fixtures.name, by: other)
        }
        #expect(fault?.code == .contentUnreadable)
        #expect(fault?.note.contains("\(ring.current.id)") == true)
        #expect(fault?.note.contains("\(other.current.id)") == true)

        // Said to be under a key that is there, and is not the one.
        var bytes = wrapped.bytes
        bytes.replaceSubrange(2..<6, with: try Fixtures.bytes("\(other.current.id)"))
        #expect(throws: Fault(.contentUnreadable)) {
            try WrappedKey(bytes: bytes).unwrap(for: Fixtures.name, by: other)
        }
    }

    @Test func `a name has 16 bytes`() throws {
        let ring = MasterKeyring(.generate())
        let password = try Fixtures.passwordKey()
        let wrapped = try WrappedKey(
            wrapping: .generate(), for: Fixtures.name, under: ring.current)
        for name in [[], Array(Fixtures.name.dropLast()), Fixtures.name + [0]] {
            #expect(throws: Fault(.contentUnreadable)) {
                try WrappedKey(wrapping: .generate(), for: name, under: ring.current)
            }
            #expect(throws: Fault(.contentUnreadable)) {
                try WrappedKey(
                    wrapping: .generate(), for: name, lockedBy: password, under: ring.current)
            }
            #expect(throws: Fault(.contentUnreadable)) { try wrapped.unwrap(for: name, by: ring) }
        }
    }

    @Test func `after rewrapping the old master key can go, and no password was needed`() throws {
        let key = ContentKey.generate()
        let old = MasterKeyring(.generate())
        let password = try Fixtures.passwordKey()
        let plain = try WrappedKey(wrapping: key, for: Fixtures.name, under: old.current)
        let locked = try WrappedKey(
            wrapping: key, for: Fixtures.name, lockedBy: password, under: old.current)

        let both = old.adding(.generate())
        #expect(try plain.unwrap(for: Fixtures.name, by: both) == key)
        let newPlain = try plain.rewrapped(for: Fixtures.name, by: both)
        let newLocked = try locked.rewrapped(for: Fixtures.name, by: both)
        #expect(newPlain.masterID == both.current.id)
        #expect(newLocked.lock == password.lock)

        let new = both.removing(olderThanCurrent: [old.current.id])
        #expect(new.ids == [both.current.id])
        #expect(try newPlain.unwrap(for: Fixtures.name, by: new) == key)
        #expect(try newLocked.unwrap(for: Fixtures.name, by: new, with: password) == key)
        #expect(throws: Fault(.contentUnreadable)) { try plain.unwrap(for: Fixtures.name, by: new) }
        #expect(throws: Fault(.contentUnreadable)) {
            try plain.rewrapped(for: Fixtures.name, by: new)
        }
        #expect(throws: Fault(.contentUnreadable)) {
            try locked.rewrapped(for: Fixtures.otherName, by: both)
        }
    }

    @Test func `the database and the master key do not open a locked key`() throws {
        // The master layer taken off shows a sealed key, not a key.
        let key = ContentKey.generate()
        let ring = MasterKeyring(try Fixtures.master())
        let wrapped = try WrappedKey(
            wrapping: key, for: Fixtures.name, lockedBy: Fixtures.passwordKey(),
            under: ring.current)
        let mark = Array(wrapped.bytes.prefix(31)) + Fixtures.name
        let inner = try #require(
            GaloisCounter.open(
                Array(wrapped.bytes.dropFirst(31)), under: ring.current.key, authenticating: mark))
        #expect(inner.count == 60)
        let bytes = key.key.withUnsafeBytes { Array($0) }
        #expect(inner.firstRange(of: bytes) == nil)
    }
}
