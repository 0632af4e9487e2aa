import Foundation
import PosternModel
import Testing

@Suite struct IdentifierTests {
    @Test(arguments: [
        "00112233445566778899aabbccddeeff", "00112233445566778899AABBCCDDEEFF",
        "00112233-4455-6677-8899-aabbccddeeff", "00112233-4455-6677-8899-AABBCCDDEEFF",
    ])
    func `both spellings of a GUID, in either case, name the same message`(text: String) throws {
        #expect(try #require(MessageGUID(text)).description == "00112233445566778899aabbccddeeff")
    }

    @Test(arguments: [
        "", "0", "00112233445566778899aabbccddeef", "00112233445566778899aabbccddeeff0",
        "00112233-44556677-8899-aabbccddeeff-", "{00112233-4455-6677-8899-aabbccddeeff}",
        "0011223344556677889 aabbccddeeff", "00112233445566778899aabbccddeefg",
        "001122334455-6677-8899-aabb-ccddeeff", "٠٠112233445566778899aabbccdd",
    ])
    func `anything else is no GUID`(text: String) { #expect(MessageGUID(text) == nil) }

    @Test func `random identifiers differ and survive coding`() throws {
        let guid = MessageGUID.random()
        #expect(guid != .random())
        let data = try JSONEncoder().encode([guid])
        #expect(try JSONDecoder().decode([MessageGUID].self, from: data) == [guid])
        let decision = DecisionID.make(at: Instant(milliseconds: 0))
        #expect(decision != .make(at: Instant(milliseconds: 0)))
        #expect(DecisionID(decision.description.uppercased()) == decision)
    }

    @Test func `a decision's name begins with its milliseconds, so later ones sort behind`() {
        let instants: [Int64] = [0, 1, 255, 256, 1_800_000_000_123, 1 << 48 - 1]
        let names = instants.map { DecisionID.make(at: Instant(milliseconds: $0)).description }
        #expect(names == names.sorted())
        #expect(names[4].hasPrefix("01a3185c507b"))
        #expect(names[5].hasPrefix("ffffffffffff"))
    }

    @Test func `no two draws are alike, whoever draws`() async {
        let draws = await withTaskGroup(of: [[UInt8]].self) { group in
            for _ in 0..<4 {
                group.addTask { (0..<500).map { _ in RandomBytes.draw() } }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(draws.allSatisfy { $0.count == 16 })
        // Halves too: a draw that overlapped another by eight bytes would be found.
        let halves = draws.flatMap { [$0.prefix(8), $0.suffix(8)].map(Array.init) }
        #expect(Set(halves).count == 2 * draws.count)
    }

    @Test func `a digest has 32 bytes`() {
        #expect(PolicyDigest(bytes: [UInt8](repeating: 7, count: 31)) == nil)
        #expect(PolicyDigest(bytes: [UInt8](repeating: 7, count: 32)) != nil)
        #expect(PolicyDigest("zz") == nil)
    }
}
