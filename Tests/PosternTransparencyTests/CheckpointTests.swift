import PosternTransparency
import Testing

@Suite struct CheckpointTests {
    /// As the Go checksum database answered on 2024-09-23.
    static let goKey = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
    static let goNote = """
        go.sum database tree
        30055305
        mXfgRcJ0bG0j3CPdKwgGWtUzBUbX67saZGRmFuJGGsM=

        — sum.golang.org Az3grpgEild5qw7+5dtV13Kf1C2Xurm8q4fhdxvcsDHnqNTaxL2AFjBY+2TyGKevucFcAAlWFJJYle3EJlDCrQ+y3A8=

        """

    @Test func `a public log's checkpoint opens`() throws {
        let key = try #require(NoteVerifier(text: Self.goKey))
        let checkpoint = try Checkpoint.open(
            Array(Self.goNote.utf8), origin: "go.sum database tree", verifiers: [key])
        #expect(checkpoint.size == 30_055_305)
        #expect(checkpoint.root.base64 == "mXfgRcJ0bG0j3CPdKwgGWtUzBUbX67saZGRmFuJGGsM=")
        #expect(checkpoint.extensions.isEmpty)
        #expect(throws: NoteError.foreignOrigin) {
            try Checkpoint.open(Array(Self.goNote.utf8), origin: "another", verifiers: [key])
        }
    }

    @Test func `no bit of a checkpoint can change`() throws {
        let key = try #require(NoteVerifier(text: Self.goKey))
        let bytes = Array(Self.goNote.utf8)
        for bit in 0..<bytes.count * 8 {
            #expect(throws: NoteError.self, "bit \(bit)") {
                try Checkpoint.open(
                    flipping(bit, of: bytes), origin: "go.sum database tree", verifiers: [key])
            }
        }
    }

    @Test func `a checkpoint is read back as it was written`() throws {
        let signer = try #require(NoteSigner(generating: "postern.example/log"))
        let checkpoint = try #require(
            Checkpoint(
                origin: "postern.example/log", size: 3, root: .leaf([]), extensions: ["one", "two"])
        )
        let bytes = try checkpoint.signed(by: [signer]).bytes
        let opened = try Checkpoint.open(
            bytes, origin: "postern.example/log", verifiers: [signer.verifier])
        #expect(opened == checkpoint)
        #expect(opened.extensions == ["one", "two"])
    }

    static let root = MerkleHash.leaf([]).base64

    @Test(arguments: [
        "", "\n", "origin\n1\n", "origin\n1\n\(root)", "origin\n01\n\(root)\n",
        "origin\n-1\n\(root)\n", "origin\n9223372036854775808\n\(root)\n", "\n1\n\(root)\n",
        "origin\n1\n\(root)\n\n", "origin\n1\n\(root)\n\nextension\n",
        "origin\n1\n\(root.dropLast())\n",
        "origin\n1\n\(root) \n", "origin\n1\nAAAA\n", "origin\n0\n\(root)\n",
        "origin\n1 \n\(root)\n",
        "origin\n\n\(root)\n",
    ])
    func `another form is no checkpoint`(text: String) throws {
        #expect(Checkpoint(text: text) == nil)
        guard text.hasSuffix("\n") else { return }
        let signer = try #require(NoteSigner(generating: "origin"))
        let note = try SignedNote(text: text, signedBy: [signer])
        #expect(throws: NoteError.malformed) {
            try Checkpoint.open(note.bytes, origin: "origin", verifiers: [signer.verifier])
        }
    }

    @Test(arguments: ["", "a\nb", "a\rb", "\u{0}"])
    func `a line that would break the form makes no checkpoint`(line: String) {
        #expect(Checkpoint(origin: line, size: 1, root: .empty) == nil)
        #expect(Checkpoint(origin: "a", size: 1, root: .empty, extensions: [line]) == nil)
    }

    @Test func `an empty tree has the empty root`() {
        #expect(Checkpoint(origin: "a", size: 0, root: .empty) != nil)
        #expect(Checkpoint(origin: "a", size: 0, root: .leaf([])) == nil)
        #expect(Checkpoint(origin: "a", size: .max, root: .empty) == nil)
    }
}

@Suite struct ProofFileTests {
    struct Made {
        var file: ProofFile
        var verifier: NoteVerifier
    }

    static let entries = (0..<11).map { Array("entry \($0)".utf8) }

    static func make(_ index: Int, extra: [UInt8]? = nil) throws -> Made {
        var log = MemoryLog(entries.map { .leaf($0) })
        log.publish()
        let signer = try #require(NoteSigner(generating: "postern.example/log"))
        let checkpoint = try #require(
            Checkpoint(
                origin: "postern.example/log", size: log.tree.size, root: log.tree.root))
        let reader = TileReader(treeSize: log.tree.size, read: log.tile)
        let proof = try #require(
            try InclusionProof.make(
                leafIndex: UInt64(index), treeSize: log.tree.size, read: reader.hashes))
        let file = ProofFile(
            leafIndex: proof.leafIndex, path: proof.path,
            checkpoint: try checkpoint.signed(by: [signer]), extra: extra)
        return Made(file: file, verifier: signer.verifier)
    }

    @Test(arguments: [nil, [], [1, 2, 3]] as [[UInt8]?])
    func `a proof file proves its entry and no other`(extra: [UInt8]?) throws {
        for index in Self.entries.indices {
            let made = try Self.make(index, extra: extra)
            let read = try ProofFile(made.file.bytes)
            #expect(read == made.file)
            #expect(read.extra == extra)
            let checkpoint = try read.verify(
                entry: Self.entries[index], origin: "postern.example/log",
                verifiers: [made.verifier])
            #expect(checkpoint.size == 11)
            #expect(throws: NoteError.unproven) {
                try read.verify(
                    entry: Self.entries[(index + 1) % 11], origin: "postern.example/log",
                    verifiers: [made.verifier])
            }
        }
    }

    @Test func `no bit of a proof file can change`() throws {
        let made = try Self.make(6)
        for bit in 0..<made.file.bytes.count * 8 {
            #expect(throws: NoteError.self, "bit \(bit)") {
                try ProofFile(flipping(bit, of: made.file.bytes)).verify(
                    entry: Self.entries[6], origin: "postern.example/log",
                    verifiers: [made.verifier])
            }
        }
    }

    @Test func `another form is no proof file`() throws {
        let text = String(decoding: try Self.make(6, extra: [1]).file.bytes, as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for index in lines.indices.dropLast() {
            var fewer = lines
            fewer.remove(at: index)
            // Without its extra line, a hash or the checkpoint's origin, a file may still have the form.
            let form = try? ProofFile(Array(fewer.joined(separator: "\n").utf8))
            #expect((form == nil) || index == 1 || (3...6).contains(index) || index > 7)
        }
        for (old, new) in [
            ("@v1", "@v2"), ("index 6", "index 06"), ("index 6", "index -6"),
            ("index 6", "Index 6"),
            ("extra AQ==", "extra AR=="), ("extra AQ==", "extra"),
            ("index 6\n", "index 6\nAAAA\n"), ("extra AQ==\nindex 6\n", "index 6\nextra AQ==\n"),
            ("\n\npostern", "\npostern"),
            ("index 6\n", "index 6\n" + String(repeating: CheckpointTests.root + "\n", count: 64)),
        ] {
            let changed = text.replacing(old, with: new, maxReplacements: 1)
            #expect(changed != text)
            #expect(throws: NoteError.malformed, "\(new)") { try ProofFile(Array(changed.utf8)) }
        }
    }
}
