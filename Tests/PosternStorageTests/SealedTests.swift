import Foundation
import PosternCredentials
import PosternModel
import PosternSealing
@_spi(Testing) @testable import PosternStorage
import PosternTesting
import Testing

/// What a thief of the data folder finds.
@Suite struct SealedTests {
    static let unique = MessageOptions(fyeoType: .uniquePassword)

    @Test func `nothing a person wrote lies in the clear at any stage of a message's life`()
        async throws
    {
        let house = try await Household()
        let canaries = [
            "canary-of-subject", "canary-of-body", "canary-of-file", "canary-of-recall",
        ]
        let bytes = Array("canary-of-content".utf8)
        func expectNothing(_ stage: String) throws {
            let files = try house.snapshot()
            #expect(files.keys.contains("postern.sqlite-wal"))
            for canary in canaries.map({ Array($0.utf8) }) + [bytes] {
                let holders = files.filter { $0.value.range(of: Data(canary)) != nil }.keys
                #expect(holders.isEmpty, "\(stage): \(String(decoding: canary, as: UTF8.self))")
            }
        }
        let guid = try await house.draft(
            DraftContent(
                to: [Member.bob.address], subject: canaries[0], body: canaries[1],
                options: Self.unique))
        try expectNothing("saved")
        _ = try await house.attach("\(canaries[2]).txt", bytes, to: guid)
        try expectNothing("attached")
        #expect(await house.send(guid, password: Household.word) == "accepted")
        try await house.deliver()
        try expectNothing("sent")
        let read = await house.read(guid, password: Household.word).message
        #expect(read?.body == canaries[1])
        #expect(read?.attachments.map(\.name) == ["\(canaries[2]).txt"])
        let recall = Recalling(reason: canaries[3])
        #expect(await house.perform(.recall(guid, recall), by: .ann).word == "done")
        #expect(await house.view(guid, by: .bob)?.recall?.reason == canaries[3])
        try expectNothing("recalled")
        let loaded = """
            messages:
              - {guid: \(MessageGUID.random()), owner: ann@example.org, to: [bob@example.org], subject: \(canaries[0]),
                 body: \(canaries[1]), attachments: [{name: \(canaries[2]), size: 9}]}
            """
        _ = try await house.store.load(try LoadFile.read(loaded), at: house.clock.now()) {
            _ throws(Fault) in throw Fault(.passwordUncheckable)
        }
        try expectNothing("loaded")
        await house.store.close()
        #expect(try house.files(holding: Array("ann@example.org".utf8)) == ["postern.sqlite"])
    }

    @Test func `a message with a password of its own opens with that alone`() async throws {
        let house = try await Household()
        let guid = try await house.draft(
            DraftContent(to: [Member.bob.address], body: "B", options: Self.unique))
        let before = try house.bytes("SELECT content FROM message_keys")
        #expect(try house.files(holding: Array(before.prefix(66))) != [])
        #expect(await house.send(guid, password: Household.word) == "accepted")
        await house.store.writer.emptyLog()
        #expect(try house.files(holding: Array(before[20..<66])) == [])

        let vault = house.store.vault
        let wrapped = try WrappedKey(bytes: house.bytes("SELECT content FROM message_keys"))
        let lock = try #require(wrapped.lock)
        #expect(throws: Fault(.contentUnreadable)) { try vault.unwrap(wrapped, of: guid) }
        let wrong = try await house.passwords.derive(Secret("anvil-and-melon"), for: lock)
        #expect(try vault.unwrap(wrapped, of: guid, with: wrong) == nil)
        let right = try await house.passwords.derive(Household.word, for: lock)
        let content = try #require(try vault.unwrap(wrapped, of: guid, with: right))
        let body = try house.bytes("SELECT body FROM message_texts")
        #expect(try MessageTexts.open(body, of: guid, under: content).body == "B")
    }

    @Test func `of a thousand keys that were locked or destroyed no old bytes are left`()
        async throws
    {
        let house = try await Household()
        var guids: [MessageGUID] = []
        for _ in 0..<1_000 {
            let guid = try await house.draft(
                DraftContent(to: [Member.bob.address], options: Self.unique))
            guids.append(guid)
        }
        let contents = try house.bytesOfEach("SELECT content FROM message_keys ORDER BY message")
        let covers = try house.bytesOfEach("SELECT cover FROM message_keys ORDER BY message")
        // In no order: rows that change their size or go would move their neighbours about.
        var (locked, destroyed) = ([Int](), [Int]())
        for (step, number) in (0..<700).map({ ($0, $0 * 77 % guids.count) }) {
            if step % 2 == 0 {
                #expect(await house.send(guids[number], password: Household.word) == "accepted")
                locked.append(number)
            } else {
                #expect(
                    await house.perform(.deleteMessage(guids[number]), by: .ann).word == "done")
                destroyed.append(number)
            }
        }
        await house.store.writer.emptyLog()
        #expect(
            try house.count(
                "SELECT count(DISTINCT length(cover) || ' ' || length(content)) FROM message_keys")
                == 1)
        // Eight bytes from the middle of each key are enough to know it by.
        func mark(_ key: [UInt8]) -> UInt64 { key[40..<48].reduce(0) { $0 << 8 | UInt64($1) } }
        let wanted = Set((contents + covers).map(mark))
        var found: Set<UInt64> = []
        for file in try house.snapshot().values {
            var window: UInt64 = 0
            for byte in file {
                window = window << 8 | UInt64(byte)
                if wanted.contains(window) { found.insert(window) }
            }
        }
        #expect(locked.filter { found.contains(mark(contents[$0])) } == [])
        #expect(destroyed.filter { found.contains(mark(contents[$0])) } == [])
        #expect(destroyed.filter { found.contains(mark(covers[$0])) } == [])
        #expect(wanted.count - found.count == locked.count + 2 * destroyed.count)
    }
}
