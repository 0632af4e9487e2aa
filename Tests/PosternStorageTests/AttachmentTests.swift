import Foundation
import PosternCredentials
import PosternModel
@testable import PosternPipeline
import PosternPolicy
@_spi(Testing) @testable import PosternStorage
import PosternTesting
import Testing

/// Files on their way in and out.
@Suite struct AttachmentTests {
    static let chunk = 512 << 10

    /// What the standard rules allow.
    static var rules: AttachmentRules {
        get throws {
            let text = """
                version: 1
                timeZone: UTC
                defaultGroup: staff
                attempts: {warnAfter: 1, lockAfter: 1, burnAfter: never}
                groups:
                  staff: {dailyMessages: 1, dailyInvites: 1, recipientLimit: 1, fyeo: yes, confidential: yes, reply: yes,
                    replyAll: yes, forward: yes, mayWriteTo: anyone, expiry: {allowed: no}, inviting: {allowed: no},
                    challenge: {required: no}, keywordLists: []}
                """
            return try PolicyFolder.load(files: ["policy.yaml": Array(text.utf8)]).get()
                .attachmentRules(for: "staff")
        }
    }

    static func noise(_ count: Int, _ seed: Int = 1) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 31 &+ seed) >> 3 ^ $0) }
    }

    @Test(
        arguments: [
            (0, 4, [0..<0]), (1, 4, [0..<1]), (4, 4, [0..<4]), (5, 4, [0..<4, 4..<5]),
            (8, 4, [0..<4, 4..<8]), (9, 4, [0..<4, 4..<8, 8..<9]), (-3, 4, [0..<0]),
            (3, 0, [0..<1, 1..<2, 2..<3]),
            (.max, .max - 1, [0..<(.max - 1), (.max - 1)..<(.max)]), (.max, .max, [0..<(.max)]),
        ] as [(Int64, Int64, [Range<Int64>])])
    func `a file is cut into equal chunks and what is left`(
        _ size: Int64, _ chunkSize: Int64, _ ranges: [Range<Int64>]
    ) {
        let layout = ChunkLayout(size: size, chunkSize: chunkSize)
        #expect(layout.count == ranges.count)
        #expect((1...ranges.count).map { layout.range(of: $0) } == ranges)
        for number in [Int.min, -1, 0, ranges.count + 1, .max] {
            #expect(layout.range(of: number) == nil)
        }
    }

    @Test(arguments: [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 2 * chunk + 7])
    func `a file of any length comes back in pieces of a chunk`(_ size: Int) async throws {
        let house = try await Household()
        let guid = try await house.draft(DraftContent(to: [Member.bob.address]))
        let bytes = Self.noise(size)
        let file = try await house.attach("a.bin", bytes, to: guid)
        #expect(await house.send(guid) == "accepted")
        try await house.deliver()
        let whole = await house.perform(.download(file, chunk: nil, password: nil), by: .bob)
        let (content, pieces) = try await whole.content()
        #expect(content == bytes)
        #expect(pieces == (size + Self.chunk - 1) / Self.chunk)
        let last = max(1, pieces)
        let piece = await house.perform(.download(file, chunk: last, password: nil), by: .bob)
        #expect(try await piece.content().bytes == Array(bytes[((last - 1) * Self.chunk)...]))
        for number in [0, last + 1] {
            let piece = await house.perform(.download(file, chunk: number, password: nil), by: .bob)
            #expect(piece.word == "chunk.mismatch")
        }
        #expect(await house.view(guid, by: .ann)?.tracking?.counts == [.downloaded: 1])
    }

    @Test func `chunks come in any order, and again, and only as announced`() async throws {
        let house = try await Household()
        let guid = try await house.draft(DraftContent(to: [Member.bob.address]))
        let bytes = Self.noise(2 * Self.chunk + 9)
        let plan = FilePlan(name: "a.bin", size: Int64(bytes.count))
        let upload = try #require(try await house.reserve([plan], to: guid).first)
        func arrived() async throws -> [Int] {
            let outcome = await house.perform(.describeUploads([upload.guid]), by: .ann)
            guard case .done(.uploads(let uploads), _) = outcome else {
                throw Unexpected(outcome.word)
            }
            #expect(uploads.map(\.name) == ["a.bin"])
            return uploads.flatMap(\.arrived)
        }
        func put(_ number: Int, _ bytes: [UInt8], _ member: Member = .ann) async -> String {
            await house.perform(.storeChunk(upload.guid, number: number, bytes), by: member).word
        }
        #expect(await house.store(bytes, 3, of: upload) == "done")
        #expect(await house.send(guid) == "draft.uploads-pending")
        #expect(await house.send(guid, dryRun: true) == "draft.uploads-pending")
        #expect(try await arrived() == [3])
        #expect(await house.store(bytes, 1, of: upload) == "done")
        #expect(await house.store(bytes, 1, of: upload) == "done")
        #expect(await put(1, Self.noise(Self.chunk, 2)) == "chunk.conflict")
        #expect(await put(1, Self.noise(3)) == "chunk.mismatch")
        #expect(await put(2, Self.noise(Self.chunk - 1)) == "chunk.mismatch")
        #expect(await put(2, Self.noise(Self.chunk + 1)) == "chunk.mismatch")
        for number in [Int.min, 0, 4, .max] { #expect(await put(number, []) == "chunk.mismatch") }
        #expect(await put(2, Self.noise(Self.chunk), .bob) == "attachment.missing")
        #expect(
            await house.perform(.storeChunk(nil, number: 1, []), by: .ann).word
                == "attachment.missing")
        #expect(
            await house.perform(.storeChunk(.random(), number: 1, []), by: .ann).word
                == "attachment.missing")
        let incomplete = await house.perform(
            .download(upload.guid, chunk: nil, password: nil), by: .ann)
        #expect(incomplete.word == "attachment.incomplete")
        #expect(await house.store(bytes, 2, of: upload) == "done")
        #expect(try await arrived() == [1, 2, 3])
        #expect(
            await house.perform(.describeUploads([upload.guid]), by: .bob).word
                == "attachment.missing")
        #expect(
            await house.perform(.describeUploads([upload.guid, nil]), by: .ann).word
                == "attachment.missing")
        let own = await house.perform(.download(upload.guid, chunk: nil, password: nil), by: .ann)
        #expect(try await own.content().bytes == bytes)
        #expect(await house.send(guid) == "accepted")
        #expect(await put(1, Self.noise(Self.chunk)) == "attachment.missing")
    }

    @Test func `uploads that are pending cost no attempt at a password`() async throws {
        let house = try await Household()
        let options = MessageOptions(fyeoType: .accountPassword)
        let guid = try await house.draft(
            DraftContent(to: [Member.bob.address], options: options))
        _ = try await house.reserve([FilePlan(name: "a", size: 1)], to: guid)
        for _ in 0..<9 {
            #expect(
                await house.send(guid, password: Member.ann.password) == "draft.uploads-pending")
        }
        #expect(try house.count("SELECT coalesce(sum(used), 0) FROM attempts") == 0)
    }

    @Test func `of different bytes for one chunk at once some are kept whole`() async throws {
        let house = try await Household()
        let guid = try await house.draft(DraftContent())
        let plan = FilePlan(name: "a.bin", size: 4096)
        for _ in 0..<8 {
            let upload = try #require(try await house.reserve([plan], to: guid).first)
            let words = await withTaskGroup(of: (Int, String).self) { group in
                for seed in 0..<12 {
                    group.addTask {
                        (seed, await house.store(Self.noise(4096, seed * 1000), 1, of: upload))
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let stored = words.filter { $0.1 == "done" }
            #expect(stored.count == 1)
            #expect(words.count { $0.1 == "chunk.conflict" } == 11)
            let seed = try #require(stored.first).0
            let own = await house.perform(
                .download(upload.guid, chunk: nil, password: nil), by: .ann)
            #expect(try await own.content().bytes == Self.noise(4096, seed * 1000))
            _ = await house.perform(.removeAttachment(guid, upload.guid), by: .ann)
        }
    }

    @Test func `the rules for files hold over all files of a message`() async throws {
        let house = try await Household()
        let guid = try await house.draft()
        func reserve(_ sizes: [Int64], _ name: String = "a.txt", _ member: Member = .ann) async
            -> String
        {
            await house.perform(
                .reserveAttachments(guid, sizes.map { FilePlan(name: name, size: $0) }), by: member
            ).word
        }
        let mebibyte: Int64 = 1 << 20
        #expect(await reserve([1], "a.exe.pdf") == "attachment.type")
        #expect(await reserve([2 * mebibyte + 1]) == "attachment.size")
        #expect(await reserve([-1]) == "attachment.size")
        #expect(await reserve([.max]) == "attachment.size")
        #expect(await reserve([1, 1, 1, 1]) == "attachment.count")
        #expect(await reserve([2 * mebibyte, mebibyte + 1]) == "attachment.size")
        #expect(await reserve([1], "a.txt", .bob) == "929")
        #expect(try house.count("SELECT count(*) FROM files") == 0)
        #expect(await reserve([2 * mebibyte]) == "done")
        #expect(await reserve([mebibyte + 1]) == "attachment.size")
        #expect(await reserve([mebibyte, 0]) == "done")
        #expect(await reserve([0]) == "attachment.count")
        #expect(await house.perform(.reserveAttachments(nil, []), by: .ann).word == "929")
        let guests = try await house.draft(by: .gus)
        let plans = [FilePlan(name: "a", size: 1)]
        #expect(
            await house.perform(.reserveAttachments(guests, plans), by: .gus).word
                == "attachment.forbidden")
    }

    @Test func `a file that is taken off a draft is gone`() async throws {
        let house = try await Household()
        let guid = try await house.draft(DraftContent(to: [Member.bob.address]))
        let file = try await house.attach("a.bin", Self.noise(10), to: guid)
        func remove(_ member: Member) async -> String {
            await house.perform(.removeAttachment(guid, file), by: member).word
        }
        #expect(await remove(.bob) == "attachment.missing")
        #expect(house.filesOnDisk() == 1)
        #expect(await remove(.ann) == "done")
        #expect(house.filesOnDisk() == 0)
        #expect(await remove(.ann) == "attachment.missing")
        #expect(try house.count("SELECT count(*) FROM files") == 0)
        #expect(try house.count("SELECT count(*) FROM file_chunks") == 0)
        let other = try await house.attach("b.bin", Self.noise(10), to: guid)
        #expect(await house.send(guid) == "accepted")
        #expect(
            await house.perform(.removeAttachment(guid, other), by: .ann).word
                == "attachment.missing")
        #expect(house.filesOnDisk() == 1)
    }

    @Test func `a draft that is deleted takes its uploads along`() async throws {
        let house = try await Household()
        for _ in 0..<10 {
            let guid = try await house.draft()
            let bytes = Self.noise(1 << 20)
            let plan = FilePlan(name: "a.bin", size: Int64(bytes.count))
            let upload = try #require(try await house.reserve([plan], to: guid).first)
            async let first = house.store(bytes, 1, of: upload)
            async let second = house.store(bytes, 2, of: upload)
            async let deleted = house.perform(.deleteMessage(guid), by: .ann).word
            let words = await [first, second]
            #expect(await deleted == "done")
            #expect(words.allSatisfy { ["done", "attachment.missing"].contains($0) })
        }
        #expect(house.filesOnDisk() == 0)
        #expect(try house.count("SELECT count(*) FROM file_chunks") == 0)
    }

    @Test func `a linked file is shared and outlives the message it came in`() async throws {
        let house = try await Household()
        let bytes = Self.noise(Self.chunk + 1)
        let guid = try await house.sent(to: [.bob], files: [("a.bin", bytes)])
        let file = try #require(await house.view(guid, by: .bob)?.attachments.first?.guid)
        let forward = try await house.draft(
            by: .bob, action: .forward, answering: guid, DraftContent(to: [Member.cay.address]))
        func link(_ file: AttachmentGUID?, _ draft: MessageGUID?, _ member: Member) async -> String
        {
            await house.perform(.linkAttachment(draft, file, password: nil), by: member).word
        }
        #expect(await link(file, forward, .cay) == "attachment.missing")
        #expect(await link(nil, forward, .bob) == "attachment.missing")
        #expect(await link(file, nil, .bob) == "929")
        #expect(await link(file, guid, .bob) == "929")
        for _ in 0..<2 { #expect(await link(file, forward, .bob) == "done") }
        #expect(try house.count("SELECT count(*) FROM files") == 1)
        #expect(try house.count("SELECT count(*) FROM attachments") == 2)
        // What is shared is not the linker's to change.
        #expect(
            await house.perform(.storeChunk(file, number: 1, []), by: .bob).word
                == "attachment.missing")
        let second = try await house.draft(by: .bob)
        #expect(await link(file, second, .bob) == "done")
        #expect(await house.perform(.removeAttachment(second, file), by: .bob).word == "done")
        #expect(house.filesOnDisk() == 1)
        #expect(await house.send(forward, by: .bob) == "accepted")
        try await house.deliver()
        for member in [Member.ann, .ann, .bob, .bob] {
            #expect(await house.perform(.deleteMessage(guid), by: member).word == "done")
        }
        #expect(await house.view(guid, by: .bob) == nil)
        #expect(
            await house.perform(.describeAttachment(file), by: .ann).word
                == "attachment.missing")
        let outcome = await house.perform(.download(file, chunk: nil, password: nil), by: .cay)
        #expect(try await outcome.content().bytes == bytes)
        for member in [Member.bob, .bob, .cay, .cay] {
            #expect(await house.perform(.deleteMessage(forward), by: member).word == "done")
        }
        #expect(house.filesOnDisk() == 0)
    }

    @Test func `a file of a message with a password takes the password`() async throws {
        let house = try await Household()
        let guid = try await house.sent(
            to: [.bob], options: MessageOptions(fyeoType: .uniquePassword),
            password: Household.word, files: [("a.bin", [1, 2, 3])])
        let file = try #require(await house.view(guid, by: .bob)?.attachments.first?.guid)
        let draft = try await house.draft(by: .bob, DraftContent(to: [Member.cay.address]))
        for (password, word) in [
            (nil, "51"), (Secret("wrong"), "38"), (Household.word, "done"),
        ] {
            #expect(
                await house.perform(.download(file, chunk: 1, password: password), by: .bob).word
                    == word)
            #expect(
                await house.perform(.linkAttachment(draft, file, password: password), by: .bob)
                    .word == word)
        }
        let whole = await house.perform(
            .download(file, chunk: nil, password: Household.word), by: .bob)
        #expect(try await whole.content().bytes == [1, 2, 3])
        #expect(await house.send(draft, by: .bob) == "accepted")
        try await house.deliver()
        // Linked into a message that asks for nothing, it opens there without.
        let outcome = await house.perform(.download(file, chunk: nil, password: nil), by: .cay)
        #expect(try await outcome.content().bytes == [1, 2, 3])
    }

    @Test func `a file that was tampered with is not given out`() async throws {
        let house = try await Household()
        let guid = try await house.draft()
        let bytes = Self.noise(2 * Self.chunk)
        let stride = Self.chunk + 28
        let tamperings: [@Sendable (inout Data) -> Void] = [
            { $0[100] ^= 1 },
            { $0[$0.count - 1] ^= 0x80 },
            { $0.removeLast() },
            { $0 = $0[stride...] + $0[..<stride] },
            { $0.removeFirst(stride) },
            { $0 = Data() },
        ]
        for tamper in tamperings {
            let file = try await house.attach("a.bin", bytes, to: guid)
            let url = URL(fileURLWithPath: house.path(of: file))
            var sealed = try Data(contentsOf: url)
            #expect(sealed.count == 2 * stride)
            tamper(&sealed)
            try Data(sealed).write(to: url)
            let outcome = await house.perform(
                .download(file, chunk: nil, password: nil), by: .ann)
            await #expect(throws: Fault(.contentUnreadable)) { try await outcome.content() }
            _ = await house.perform(.removeAttachment(guid, file), by: .ann)
        }
        let files = [
            try await house.attach("a.bin", bytes, to: guid),
            try await house.attach("b.bin", bytes, to: guid),
        ]
        try FileManager.default.removeItem(atPath: house.path(of: files[0]))
        try FileManager.default.copyItem(
            atPath: house.path(of: files[1]), toPath: house.path(of: files[0]))
        let outcome = await house.perform(.download(files[0], chunk: nil, password: nil), by: .ann)
        await #expect(throws: Fault(.contentUnreadable)) { try await outcome.content() }
    }

    @Test func `files nobody knows are removed and others stay`() async throws {
        let house = try await Household()
        let guid = try await house.draft()
        let file = try await house.attach("a.bin", [1], to: guid)
        let orphan = house.path(of: .random())
        try FileManager.default.createDirectory(
            atPath: (orphan as NSString).deletingLastPathComponent,
            withIntermediateDirectories: true)
        try Data([1]).write(to: URL(fileURLWithPath: orphan))
        try Data([1]).write(to: URL(fileURLWithPath: house.folder + "/files/notes.txt"))
        #expect(try house.store.removeOrphans() == 1)
        #expect(try house.store.removeOrphans() == 0)
        #expect(!FileManager.default.fileExists(atPath: orphan))
        #expect(FileManager.default.fileExists(atPath: house.path(of: file)))
    }

    @Test func `a draft that is loaded again lets go of what was uploaded to it`() async throws {
        let house = try await Household()
        let guid = MessageGUID.random()
        let load = {
            let text = "messages: [{guid: \(guid), owner: ann@example.org, subject: S, body: B}]"
            _ = try await house.store.load(try LoadFile.read(text), at: house.clock.now()) {
                _ throws(Fault) in throw Fault(.passwordUncheckable)
            }
        }
        try await load()
        let keys = try house.bytes("SELECT content FROM message_keys")
        _ = try await house.attach("a.bin", [1], to: guid)
        try await load()
        #expect(house.filesOnDisk() == 0)
        #expect(try house.count("SELECT count(*) FROM files") == 0)
        #expect(await house.read(guid, by: .ann).message?.body == "B")
        // Whoever saves at the same time has sealed under the keys it had.
        #expect(try house.bytes("SELECT content FROM message_keys") == keys)
    }
}
