import PosternModel
import Testing

@Suite struct OperationTests {
    @Test func `every code is found by its name`() {
        let codes =
            RefusalCode.allCases.map { OperationCode.send($0) }
            + OperationCode.OwnCode.allCases.map { OperationCode.own($0) }
        #expect(Set(codes.map(\.name)).count == codes.count)
        for code in codes { #expect(OperationCode(name: code.name) == code) }
        for name in ["", "0", "user", "38 "] { #expect(OperationCode(name: name) == nil) }
    }

    @Test(arguments: [
        (size: 0, chunk: 4, count: 1, last: 0), (1, 4, 1, 1), (4, 4, 1, 4), (5, 4, 2, 1),
        (8, 4, 2, 4), (9, 0, 9, 1),
    ]) func `a file is cut into equal chunks and a rest`(
        size: Int64, chunk: Int64, count: Int, last: Int
    ) {
        let layout = ChunkLayout(size: size, chunkSize: chunk)
        #expect(layout.count == count)
        #expect(layout.range(of: count)?.count == last)
        #expect((1...count).reduce(0) { $0 + (layout.range(of: $1)?.count ?? 0) } == size)
        #expect(layout.range(of: 0) == nil && layout.range(of: count + 1) == nil)
    }

    @Test func `an account's name is read back, and no other is taken for one`() {
        for number in [1, 77, Int64.max] {
            let account = AccountID(rawValue: number)
            #expect(AccountID(guid: account.guid) == account)
        }
        for text in ["", "00112233445566778899aabbccddeeff", AccountID(rawValue: 0).guid] {
            #expect(AccountID(guid: text) == nil)
        }
    }

    @Test func `what comes before a page never overflows`() {
        for (page, size, offset) in [
            (1, 25, 0), (3, 25, 50), (0, 25, 0), (.max, 25, .max), (.min, .min, 0),
        ] {
            #expect(MessageSearch(page: page, pageSize: size).offset == offset)
            #expect(TrackingSearch(page: page, pageSize: size).offset == offset)
        }
    }
}
