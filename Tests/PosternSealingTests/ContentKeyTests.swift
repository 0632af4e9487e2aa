import Foundation
import PosternModel
import Testing

@testable import PosternSealing

@Suite struct ContentKeyTests {
    static let mark = SealMark(.attachmentChunk, of: Fixtures.name, part: 1, of: 3)

    @Test(arguments: [0, 1, 15, 16, 17, 4096, 70_000])
    func `what is sealed opens again, and is 28 bytes longer`(count: Int) throws {
        let key = ContentKey.generate()
        let mark = try #require(Self.mark)
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let sealed = try key.seal(bytes, as: mark)
        #expect(sealed.count == count + ContentKey.overhead)
        #expect(try key.open(sealed, as: mark) == bytes)
        #expect(try key.open(sealed[...], as: mark) == bytes)
        #expect(try key.seal(bytes, as: mark) != sealed, "a nonce was used twice")
    }

    @Test func `what another program sealed opens`() throws {
        // Made with Python's `cryptography`: AESGCM, the mark written out by hand.
        let sealed = try Fixtures.bytes(
            "c0c1c2c3c4c5c6c7c8c9cacb3c2c45a011ba499c1b994b508bd7cabffa90db35c2d7e3d0bb481e6fe319d271d040"
        )
        let key = try #require(ContentKey(.init(0x40..<0x60)))
        let mark = try #require(Self.mark)
        #expect(try key.open(sealed, as: mark) == Array("chunk two of three".utf8))
    }

    @Test func `one changed bit is noticed, and so is every cut`() throws {
        let key = ContentKey.generate()
        let mark = try #require(Self.mark)
        let sealed = try key.seal("Meet me at noon.".utf8, as: mark)
        let changed =
            Fixtures.flips(of: sealed) + sealed.indices.map { Array(sealed.prefix($0)) }
            + sealed.indices.map { Array(sealed.suffix($0)) } + [sealed + [0], [0] + sealed]
        for changed in changed {
            #expect(throws: Fault(.contentUnreadable)) { try key.open(changed, as: mark) }
        }
        #expect(throws: Fault(.contentUnreadable)) {
            try ContentKey.generate().open(sealed, as: mark)
        }
    }

    @Test func `what was sealed for one place opens in no other`() throws {
        let key = ContentKey.generate()
        let marks = try SealMark.Purpose.allCases.flatMap { purpose in
            try [Fixtures.name, Fixtures.otherName].flatMap { name in
                try ([(0, 1), (0, 2), (1, 2), (1, 3), (2, 3), (0, .max)] as [(UInt64, UInt64)]).map
                {
                    try #require(SealMark(purpose, of: name, part: $0.0, of: $0.1))
                }
            }
        }
        #expect(Set(marks).count == SealMark.Purpose.allCases.count * 2 * 6)
        for mark in marks {
            let sealed = try key.seal("x".utf8, as: mark)
            for other in marks {
                if other == mark {
                    #expect(try key.open(sealed, as: other) == Array("x".utf8))
                } else {
                    #expect(throws: Fault(.contentUnreadable)) { try key.open(sealed, as: other) }
                }
            }
        }
    }

    @Test func `a mark is of 16 bytes and of a part there is`() throws {
        for count in 0...33 {
            let mark = SealMark(.body, of: [UInt8](repeating: 1, count: count))
            #expect((mark != nil) == (count == 16))
        }
        for (part, count) in [(0, 0), (1, 1), (2, 1), (.max, .max)] as [(UInt64, UInt64)] {
            #expect(SealMark(.body, of: Fixtures.name, part: part, of: count) == nil)
        }
        let guid = try #require(MessageGUID(bytes: Fixtures.name))
        #expect(SealMark(.body, of: guid) == SealMark(.body, of: Fixtures.name, part: 0, of: 1))
    }

    @Test func `no two keys are the same`() {
        let keys = (0..<100).map { _ in ContentKey.generate() }
        for (index, key) in keys.enumerated() {
            #expect(!keys.dropFirst(index + 1).contains(key))
        }
        #expect(ContentKey(.init(count: 31)) == nil)
        #expect(ContentKey(.init(count: 33)) == nil)
    }
}
