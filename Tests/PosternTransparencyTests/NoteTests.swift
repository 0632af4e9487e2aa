import PosternTransparency
import Testing

/// The vectors are those of Go's `golang.org/x/mod/sumdb/note` and of its public checksum database.
@Suite struct NoteTests {
    static let peter = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    static let peterPrivate =
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
    static let enoch = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
    static let text = """
        If you think cryptography is the answer to your problem,
        then you don't know what your problem is.

        """
    static let peterLine =
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    static let enochLine =
        "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"

    static func verifiers(_ texts: String...) throws -> [NoteVerifier] {
        try texts.map { try #require(NoteVerifier(text: $0)) }
    }

    static func open(_ note: String, _ verifiers: [NoteVerifier]) throws(NoteError) -> VerifiedNote
    {
        try SignedNote(Array(note.utf8)).verified(by: verifiers)
    }

    @Test func `a key signs as Go's does`() throws {
        let signer = try #require(NoteSigner(exposedText: Self.peterPrivate))
        #expect(signer.verifier.text == Self.peter)
        #expect(signer.exposedText == Self.peterPrivate)
        let note = try SignedNote(text: Self.text, signedBy: [signer])
        #expect(String(decoding: note.bytes, as: UTF8.self) == Self.text + "\n" + Self.peterLine)
    }

    @Test func `a note is verified by the keys that are known`() throws {
        let note = Self.text + "\n" + Self.peterLine + Self.enochLine
        let both = try Self.verifiers(Self.peter, Self.enoch)
        #expect(try Self.open(note, both).signers == both)
        #expect(try Self.open(note, [both[1]]).signers == [both[1]])
        #expect(try Self.open(note, both).text == Self.text)
        #expect(throws: NoteError.unsigned) { try Self.open(note, []) }
        #expect(try SignedNote(Array(note.utf8)).bytes == Array(note.utf8))
    }

    @Test func `a line that repeats a signature counts once`() throws {
        let note = Self.text + "\n" + Self.peterLine + Self.peterLine
        let known = try Self.verifiers(Self.peter, Self.peter)
        #expect(try Self.open(note, known).signers == [known[0]])
    }

    @Test func `a line of a known name with another id, or the other way round, is passed over`()
        throws
    {
        let known = try Self.verifiers(Self.peter)
        for stranger in [
            Self.peterLine.replacing("x08g", with: "xxxx"),
            Self.peterLine.replacing("PeterNeumann", with: "CarmenSandiego"),
        ] {
            let note = Self.text + "\n" + stranger
            #expect(throws: NoteError.unsigned) { try Self.open(note, known) }
            #expect(try Self.open(note + Self.peterLine, known).signers == known)
        }
    }

    @Test func `one wrong line of a known key spoils the note`() throws {
        let known = try Self.verifiers(Self.peter, Self.enoch)
        let wrong = Self.enochLine.replacing("2/5n2t", with: "2/5n3t")
        for lines in [Self.peterLine + wrong, wrong + Self.peterLine] {
            #expect(throws: NoteError.wronglySigned) {
                try Self.open(Self.text + "\n" + lines, known)
            }
        }
        let longer = Self.peterLine.prefix(60) + "ABCD" + Self.peterLine.dropFirst(60)
        #expect(throws: NoteError.wronglySigned) { try Self.open(Self.text + "\n" + longer, known) }
    }

    @Test(arguments: [
        "", "\n", "\n\n", text, text + "\n", text + "\n" + peterLine.dropLast(),
        "\u{1}" + text + "\n" + peterLine, text + "\r\n" + peterLine,
        "\t" + text + "\n" + peterLine,
        text + peterLine, text + "\n" + peterLine + "Unexpected line.\n",
        text + "\n" + peterLine + "\n", text + "\n" + "— Bad Name x08go/ZJkuA=\n",
        text + "\n" + "— Bad\u{2003}Name x08go/ZJkuA=\n", text + "\n" + "— Bad+Name x08go/ZJkuA=\n",
        text + "\n" + "—  x08go/ZJkuA=\n", text + "\n" + "- Name x08go/ZJkuA=\n",
        text + "\n" + "—Name x08go/ZJkuA=\n", text + "\n" + "— Name\n", text + "\n" + "— Name \n",
        text + "\n" + "— Name x08go/ZJkuA\n", text + "\n" + "— Name x08go/ZJkuB=\n",
        text + "\n" + "— Name x08gow==\n", text + "\n" + "— Name x08go_ZJkuA=\n",
        text + "\n" + "— Name x08go/ZJkuA= \n",
        text + "\n" + String(repeating: peterLine, count: 101),
    ])
    func `another form is no note`(note: String) {
        #expect(throws: NoteError.malformed) { try SignedNote(Array(note.utf8)) }
    }

    @Test func `a note that is not UTF-8 is none`() {
        let bytes = [0xFF] + Array((Self.text + "\n" + Self.peterLine).utf8)
        #expect(throws: NoteError.malformed) { try SignedNote(bytes) }
    }

    @Test func `sixteen signatures and more are read`() throws {
        let note = Self.text + "\n" + String(repeating: Self.enochLine, count: 99) + Self.peterLine
        #expect(try Self.open(note, Self.verifiers(Self.peter)).signers.count == 1)
    }

    @Test func `no bit of a note can change`() throws {
        let known = try Self.verifiers(Self.peter)
        let bytes = Array((Self.text + "\n" + Self.peterLine).utf8)
        for bit in 0..<bytes.count * 8 {
            #expect(throws: NoteError.self, "bit \(bit)") {
                try SignedNote(flipping(bit, of: bytes)).verified(by: known)
            }
        }
    }

    @Test func `no part of a key and no other spelling is a key`() {
        for key in [Self.peter, Self.peterPrivate] {
            let bytes = Array(key.utf8)
            for start in 0...bytes.count {
                for end in start...bytes.count where end - start < bytes.count {
                    let part = String(decoding: bytes[start..<end], as: UTF8.self)
                    #expect(NoteVerifier(text: part) == nil || part == Self.peter)
                    #expect(NoteSigner(exposedText: part) == nil)
                }
            }
            for index in bytes.indices {
                var other = bytes
                other[index] += 1
                let text = String(decoding: other, as: UTF8.self)
                #expect(NoteVerifier(text: text) == nil)
                #expect(NoteSigner(exposedText: text) == nil)
            }
        }
    }

    @Test(arguments: [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ])
    func `a key of another length, algorithm or case is refused`(text: String) {
        #expect(NoteVerifier(text: text) == nil)
    }

    @Test func `a key that is listed twice is no ambiguity`() throws {
        let signer = try #require(NoteSigner(exposedText: Self.peterPrivate))
        let same = try #require(
            NoteVerifier(name: "PeterNeumann", publicKey: signer.verifier.publicKey))
        #expect(same == signer.verifier)
        let note = Self.text + "\n" + Self.peterLine
        #expect(try Self.open(note, [same, signer.verifier]).signers.count == 1)
    }

    @Test func `a new key round-trips, signs, and is printed without its private half`() throws {
        let signer = try #require(NoteSigner(generating: "postern.example/log"))
        let copy = try #require(NoteSigner(exposedText: signer.exposedText))
        let note = try SignedNote(text: "hi\n", signedBy: [copy])
        #expect(try note.verified(by: [signer.verifier]).text == "hi\n")
        var dumped = "\(signer) \(String(reflecting: signer)) "
        dump(signer, to: &dumped)
        let secret = signer.exposedText.split(separator: "+", maxSplits: 4)[4]
        #expect(!dumped.contains(secret))
        #expect(dumped.contains(signer.verifier.text))
    }

    @Test(arguments: ["", "a b", "a+b", "a\u{A0}b", "a\nb", "\u{3000}", "a\u{0}"])
    func `a name that cannot stand in a note makes no key`(name: String) {
        #expect(NoteSigner(generating: name) == nil)
        #expect(NoteSignature(name: name, keyID: 1, bytes: [1]) == nil)
    }

    @Test(arguments: ["", "no newline", "control\u{7}\n", "carriage\r\n"])
    func `a text that cannot be read back is not signed`(text: String) throws {
        let signer = try #require(NoteSigner(exposedText: Self.peterPrivate))
        #expect(throws: NoteError.unsignable) { try SignedNote(text: text, signedBy: [signer]) }
        #expect(throws: NoteError.unsignable) { try SignedNote(text: "text\n", signedBy: []) }
    }

    @Test func `names that Swift holds equal are two names`() throws {
        let composed = try #require(NoteSigner(generating: "caf\u{E9}"))
        let note = try SignedNote(text: "hi\n", signedBy: [composed])
        let decomposed = try #require(
            NoteVerifier(name: "cafe\u{301}", publicKey: composed.verifier.publicKey))
        #expect(decomposed != composed.verifier)
        #expect(throws: NoteError.unsigned) { try note.verified(by: [decomposed]) }
    }
}
