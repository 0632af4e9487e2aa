import PosternModel
import Testing

@testable import PosternCredentials

@Suite struct PasswordHasherTests {
    /// Made by the reference program: `argon2 somesalt12345678 -id -t … -k … -p … -e`.
    static let reference = [
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQxMjM0NTY3OA$iqbHhgtqJMWWf23kIatRWniYNRyhFWif/l6I+m/2Exw",
        "$argon2id$v=19$m=47104,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA$gIhSFywOHCvkUEMrYg9O4RKhdD0chGiDlZl5KzYV34o",
        "$argon2id$v=19$m=12288,t=3,p=1$c29tZXNhbHQxMjM0NTY3OA$MZIj6SiNUedZpDGWp2IeeAvFYtO3Xwd6fhsiR60D4uc",
        "$argon2id$v=19$m=8192,t=2,p=4$c29tZXNhbHQxMjM0NTY3OA$N3f5rxZDV4hCYVwNPzAHdhABVbUr/kbeye4jltjcW0c",
        "$argon2id$v=19$m=64,t=1,p=2$c29tZXNhbHQxMjM0NTY3OA$BjQAhHQDYKQSGeR+JW0NYuO9EZUgP3ktgrAV1vPsQc4",
    ]
    static let password = Secret("correct horse battery staple")

    @Test func `the vector of RFC 9106 section 5,3 comes out`() throws {
        var hasher = PasswordHasher()
        let tag = try hasher.run(
            [UInt8](repeating: 1, count: 32), salt: [UInt8](repeating: 2, count: 16),
            parameters: Argon2Parameters(unchecked: 32, 3, 4), tagLength: 32,
            secret: [UInt8](repeating: 3, count: 8), associated: [UInt8](repeating: 4, count: 12))
        #expect(
            Hexadecimal.encode(tag)
                == "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659")
    }

    @Test(arguments: reference)
    func `a hash of the reference program matches its password alone`(phc: String) throws {
        let hash = try #require(PasswordHash(phc: phc))
        var hasher = PasswordHasher()
        #expect(try hasher.matches(Self.password, hash))
        for other in ["", "correct horse battery stapl", "Correct horse battery staple"] {
            #expect(try !hasher.matches(Secret(other), hash))
        }
        let tag = try hasher.run(
            Array("correct horse battery staple".utf8), salt: Array("somesalt12345678".utf8),
            parameters: hash.parameters, tagLength: 32)
        #expect(
            PasswordHash(
                parameters: hash.parameters, salt: Array("somesalt12345678".utf8), tag: tag) == hash
        )
    }

    @Test func `a short salt and tag of the reference program match, in UTF-8`() throws {
        let hash = try #require(
            PasswordHash(phc: "$argon2id$v=19$m=256,t=2,p=1$c2FsdHNhbHQ$eYPFc50dL/hSAoHb9+JyyA"))
        var hasher = PasswordHasher()
        #expect(try hasher.matches(Secret("pässwörd→🔑"), hash))
    }

    @Test func `a password is its bytes: another normal form is another password`() throws {
        // Made from 0x63 61 66 C3 A9.
        let hash = try #require(
            PasswordHash(
                phc:
                    "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$xN8PKBTGR77B0PAVd/99Wx3mXJGejqMnkTqpQ/d6N8k"
            ))
        var hasher = PasswordHasher()
        #expect(try hasher.matches(Secret("caf\u{E9}"), hash))
        #expect(try !hasher.matches(Secret("cafe\u{301}"), hash))
    }

    @Test func `a new hash has a new salt and matches after storing`() throws {
        var hasher = PasswordHasher()
        let first = try hasher.hash(Self.password, parameters: cheap)
        let second = try hasher.hash(Self.password, parameters: cheap)
        #expect(first != second)
        let stored = try #require(PasswordHash(phc: first.phc))
        #expect(stored.parameters == cheap)
        #expect(stored.decoded?.salt.count == 16)
        #expect(stored.decoded?.tag.count == 32)
        #expect(try hasher.matches(Self.password, stored))
    }

    @Test func `no bit of a salt or a tag can change`() throws {
        var hasher = PasswordHasher()
        let hash = try hasher.hash(Self.password, parameters: cheap)
        let (salt, tag) = try #require(hash.decoded)
        for bit in 0..<256 {
            var other = tag
            other[bit / 8] ^= 1 << UInt8(bit % 8)
            let forged = PasswordHash(parameters: cheap, salt: salt, tag: other)
            #expect(try !hasher.matches(Self.password, forged))
        }
        for bit in 0..<128 {
            var other = salt
            other[bit / 8] ^= 1 << UInt8(bit % 8)
            let forged = PasswordHash(parameters: cheap, salt: other, tag: tag)
            #expect(try !hasher.matches(Self.password, forged))
        }
    }

    @Test(arguments: [
        "c2FsdHNhbHRzYWx0$", "$x", "c2Fsd!NhbHRz$ZCIKhaUDAXqwf5/761MirA",
        "c2FsdHNhbA$ZCIKhaUDAXqwf5/761MirClFQf82LAUcDujtfJIDGxc", "c2FsdHNhbHRzYWx0$ZCIKhaUDAXo",
        "c2FsdHNhbHRzYWx0$ZCIKhaUDAXqwf5/761MirClFQf82LAUcDujtfJIDGxd",
        "c2FsdHNhbHRzYWx0$ZCIKhaUDAXqwf5/761MirClFQf82LAUcDujtfJIDGxc=",
        "c2FsdHNhbHRzYWx0$\(String(repeating: "AAAA", count: 22))",
    ])
    func `a salt or tag that is no base64 or of an odd length cannot be checked`(ending: String) {
        var hasher = PasswordHasher()
        let hash = PasswordHash(phc: "$argon2id$v=19$m=64,t=1,p=1$\(ending)")
        guard let hash else {
            #expect(ending.hasPrefix("$") || ending.hasSuffix("$"))
            return
        }
        #expect(throws: Fault(.passwordUncheckable)) { try hasher.matches(Self.password, hash) }
    }

    @Test(arguments: [
        "", "$", "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ",
        "x$argon2id$v=19$m=64,t=1,p=1$c2Fs$eYPF",
        "$argon2i$v=19$m=256,t=2,p=1$c2FsdHNhbHRzYWx0$ojmphewKXi3M/Ydo09eyCm1qWZygsIbtvCdhNx9v7Cs",
        "$argon2id$v=16$m=256,t=2,p=1$c2FsdHNhbHRzYWx0$ZCIKhaUDAXqwf5/761MirClFQf82LAUcDujtfJIDGxc",
        "$argon2id$m=256,t=2,p=1$c2FsdHNhbHRzYWx0$ZCIKhaUDAXqwf5", "$argon2id$v=19$m=7,t=1,p=1$a$b",
        "$argon2id$v=19$m=64,t=0,p=1$a$b", "$argon2id$v=19$m=64,t=1,p=0$a$b",
        "$argon2id$v=19$m=64,t=65,p=1$a$b", "$argon2id$v=19$m=999,t=1,p=17$a$b",
        "$argon2id$v=19$m=4194305,t=1,p=1$a$b", "$argon2id$v=19$m=99999999999,t=1,p=1$a$b",
        "$argon2id$v=19$m=64,t=1$a$b", "$argon2id$v=19$m=64,t=1,p=1,m=64$a$b",
        "$argon2id$v=19$m=64,t=1,p=1,keyid=AA$a$b", "$2b$12$abcdefghijklmnopqrstuv", "plain",
    ])
    func `another form is no hash`(phc: String) {
        #expect(PasswordHash(phc: phc) == nil)
    }

    @Test(
        arguments: [
            ((64, 1), (64, 1), false), ((63, 9), (64, 1), true), ((64, 1), (64, 2), true),
            ((65, 1), (64, 2), false), ((64, 2), (64, 1), false), ((47_104, 1), (19_456, 2), false),
            ((12_288, 3), (19_456, 2), true),
        ] as [((UInt32, UInt32), (UInt32, UInt32), Bool)])
    func `parameters are weaker by memory, then by passes`(
        stored: (UInt32, UInt32), configured: (UInt32, UInt32), isWeaker: Bool
    ) {
        let stored = Argon2Parameters(unchecked: stored.0, stored.1, 1)
        let configured = Argon2Parameters(unchecked: configured.0, configured.1, 1)
        #expect(stored.isWeaker(than: configured) == isWeaker)
    }

    @Test func `a password too long matches nothing and is not hashed`() throws {
        var hasher = PasswordHasher()
        let longest = Secret(String(repeating: "x", count: 1024))
        let hash = try hasher.hash(longest, parameters: cheap)
        #expect(try hasher.matches(longest, hash))
        let over = Secret(String(repeating: "x", count: 1025))
        #expect(try !hasher.matches(over, hash))
        #expect(throws: Fault(.passwordUncheckable)) { try hasher.hash(over, parameters: cheap) }
        // Its place is taken by the empty password, which must not make it match.
        let empty = try hasher.hash(Secret(""), parameters: cheap)
        #expect(try hasher.matches(Secret(""), empty))
        #expect(try !hasher.matches(over, empty))
    }

    @Test func `working for nothing takes as long as checking, and so does a password too long`()
        throws
    {
        let parameters = Argon2Parameters(unchecked: 4096, 1, 1)
        var hasher = PasswordHasher()
        let hash = try hasher.hash(Self.password, parameters: parameters)
        let over = Secret(String(repeating: "x", count: 100_000))
        var times = [0.0, 0.0, 0.0, 0.0]
        // Turns about, so that a change of the machine's speed meets all alike.
        for _ in 0..<12 {
            var start = threadTime()
            func lap(_ index: Int) {
                let now = threadTime()
                times[index] += now - start
                start = now
            }
            _ = try hasher.matches(Self.password, hash)
            lap(0)
            _ = try hasher.matches(Secret("wrong"), hash)
            lap(1)
            _ = try hasher.matches(over, hash)
            lap(2)
            try hasher.pretend(parameters)
            lap(3)
        }
        for time in times { #expect((0.6...1.6).contains(time / times[0])) }
    }

    @Test func `one memory serves every hash, grown once for the largest`() throws {
        var hasher = PasswordHasher()
        #expect(hasher.heldBytes == 0)
        try hasher.pretend(cheap)
        let small = hasher.heldBytes
        #expect(small >= 64 << 10)
        let large = Argon2Parameters(unchecked: 19_456, 1, 1)
        let hash = try hasher.hash(Self.password, parameters: large)
        let held = hasher.heldBytes
        #expect(held >= 19_456 << 10)
        #expect(held < 19_456 << 10 + 2 << 20)
        for _ in 0..<4 {
            #expect(try hasher.matches(Self.password, hash))
            try hasher.pretend(cheap)
            #expect(hasher.heldBytes == held)
        }
    }

    @Test(arguments: 1...16)
    func `memory that is no multiple of four blocks a lane is enough`(lanes: Int) throws {
        var hasher = PasswordHasher()
        for extra in 0..<9 {
            let parameters = try #require(
                Argon2Parameters(
                    memory: UInt32(lanes * 8 + extra), passes: 1, lanes: UInt32(lanes)))
            let hash = try hasher.hash(Self.password, parameters: parameters)
            #expect(try hasher.matches(Self.password, hash))
        }
    }
}
