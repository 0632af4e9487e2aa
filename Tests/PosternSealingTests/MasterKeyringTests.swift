import PosternModel
import PosternSealing
import Testing

@Suite struct MasterKeyringTests {
    static let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    static let line = "postern-master-key-1 9915b80a \(key)"

    @Test func `a key's id is four bytes of a hash`() throws {
        // SHA-256 by Python's `hashlib`.
        #expect("\(try Fixtures.master().id)" == "9915b80a")
        #expect(MasterKey(bytes: Array(0..<31)) == nil)
        #expect(MasterKey(bytes: Array(0..<33)) == nil)
        for text in ["", "9915b80", "9915b80a0", "9915B80A", "9915b80g", " 915b80a"] {
            #expect(MasterKeyID(text) == nil)
        }
        #expect(MasterKeyID("9915b80a") == (try Fixtures.master().id))
    }

    @Test func `a ring comes back from its text, newest first`() throws {
        var ring = MasterKeyring(try Fixtures.master())
        #expect(ring.text() == Secret(Self.line + "\n"))
        for _ in 0..<3 { ring = ring.adding(.generate()) }
        #expect(ring.ids.count == 4)
        #expect(ring.older.last == (try Fixtures.master()))
        #expect(try MasterKeyring(text: ring.text()) == ring)
        #expect(try MasterKeyring(environment: ring.text()) == ring)
    }

    @Test func `a key that is added again becomes current and stays one`() throws {
        let (first, second) = (MasterKey.generate(), MasterKey.generate())
        let ring = MasterKeyring(first).adding(second).adding(first)
        #expect(ring.current == first)
        #expect(ring.older == [second])
        #expect(ring.removing(olderThanCurrent: [first.id, second.id]).ids == [first.id])
        #expect(ring.removing(olderThanCurrent: []) == ring)
    }

    @Test func `comments and blank lines are passed over`() throws {
        let text = "\n# the key of 2024\n  \t\n\(Self.line)\n\n# the end"
        #expect(try MasterKeyring(text: Secret(text)) == MasterKeyring(Fixtures.master()))
        #expect(try MasterKeyring(text: Secret(Self.line)) == MasterKeyring(Fixtures.master()))
    }

    @Test func `every fault is told at once, with its line, and none tells a key`() throws {
        let other = MasterKeyring(.generate()).text().withExposed { $0.dropLast() }
        let text = """
            # keys
            \(Self.line)
            \(other)
            postern-master-key-1 9915b80b \(Self.key)
            postern-master-key-1 9915b80a AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==
            postern-master-key-1 9915b80a AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=
            postern-master-key-1 9915b80a canary!
            postern-master-key-2 9915b80a \(Self.key)
            \(Self.key)
             \(Self.line)
            postern-master-key-1  9915b80a \(Self.key)
            postern-master-key-1 \(Self.key) 9915b80a
            \(Self.line)\r
            postern-master-key-1 9915B80A canary
            """
        let faults = try #require(
            #expect(throws: MasterKeyFaults.self) { try MasterKeyring(text: Secret(text)) })
        let shape =
            "The line is not `postern-master-key-1`, an id and a key in base64, with one space between them."
        #expect(
            faults.description.split(separator: "\n") == [
                "line 4: The id is `9915b80b`, and the key's own is `9915b80a`: one of the two was changed.",
                "line 4: The key is that of line 2 again.",
                "line 5: The key is 31 bytes long, and keys are 32.",
                "line 6: The key is not base64.",
                "line 7: The key is not base64.",
                "line 8: The line is not of version 1, the only one that this build reads.",
                "line 9: \(shape)", "line 10: \(shape)", "line 11: \(shape)",
                "line 12: The id is not 8 lower-case hexadecimal digits.",
                "line 12: The key is 6 bytes long, and keys are 32.",
                "line 13: The key is not base64.",
                "line 14: The id is not 8 lower-case hexadecimal digits.",
                "line 14: The key is not base64.",
            ])
        var dumped = ""
        dump(faults, to: &dumped)
        for secret in [Self.key, "canary", "AAECAwQF", String(other.suffix(44))] {
            #expect(!dumped.contains(secret))
        }
    }

    @Test(arguments: ["", "\n", "# nothing\n\n", "   "])
    func `a text without a key is a fault`(text: String) {
        for read in [{ try MasterKeyring(text: $0) }, { try MasterKeyring(environment: $0) }] {
            let faults = #expect(throws: MasterKeyFaults.self) { _ = try read(Secret(text)) }
            #expect(faults?.description == "There is no key in it.")
        }
    }

    @Test func `a text too long is not read`() {
        let text = Secret(Self.line + "\n" + String(repeating: "#", count: 65_536))
        let faults = #expect(throws: MasterKeyFaults.self) { try MasterKeyring(text: text) }
        #expect(faults?.description == "It is longer than 65536 bytes.")
    }

    @Test func `the environment may hold one bare key`() throws {
        let ring = MasterKeyring(try Fixtures.master())
        for text in [Self.key, Self.key + "\n", " \(Self.key)\r\n"] {
            #expect(try MasterKeyring(environment: Secret(text)) == ring)
        }
        for text in ["canary", String(Self.key.dropLast()), Self.key + Self.key, "AAAA"] {
            let faults = #expect(throws: MasterKeyFaults.self) {
                try MasterKeyring(environment: Secret(text))
            }
            #expect(faults?.description.contains("neither lines") == true)
            #expect(faults?.description.contains(text) == false)
        }
    }

    @Test func `every cut of a text is refused, or is the text without its last line feed`() throws
    {
        let ring = MasterKeyring(.generate()).adding(.generate())
        let text = ring.text().withExposed { $0 }
        let oneKey = MasterKeyring(ring.current).text().withExposed(\.utf8.count)
        for length in 0..<text.utf8.count {
            let cut = Secret(String(decoding: text.utf8.prefix(length), as: UTF8.self))
            switch length {
            case text.utf8.count - 1: #expect(try MasterKeyring(text: cut) == ring)
            case oneKey, oneKey - 1:
                #expect(try MasterKeyring(text: cut) == MasterKeyring(ring.current))
            default: #expect(throws: MasterKeyFaults.self) { try MasterKeyring(text: cut) }
            }
        }
    }
}
