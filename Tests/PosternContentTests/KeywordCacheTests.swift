import Foundation
import PosternContent
import PosternModel
import Testing

@Suite struct KeywordCacheTests {
    private static func files(_ folder: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    }

    private static let lists = [
        list(["banned", "secret plan"], substrings: ["xyz"], patterns: [#"\d{4}"#])
    ]
    private static let text = "banned 1234 axyzb"

    private static func finds(_ folder: URL) throws -> [ContentHit] {
        try ContentScanner(lists: lists, cache: folder.path()).scan(subject: text)
    }

    @Test func `what was compiled is kept, and finds the same`() throws {
        try withFolder { folder in
            let first = try Self.finds(folder)
            #expect(first.first?.distinct == 3)
            let file = try #require(try Self.files(folder).first)
            let bytes = try Data(contentsOf: file)
            let dated = Date(timeIntervalSince1970: 1_000_000_000)
            try FileManager.default.setAttributes(
                [.modificationDate: dated], ofItemAtPath: file.path())
            let second = try Self.finds(folder)
            #expect(second == first)
            let names = try Self.files(folder).map(\.lastPathComponent)
            #expect(names == [file.lastPathComponent])
            #expect(try Data(contentsOf: file) == bytes)
            let attributes = try FileManager.default.attributesOfItem(atPath: file.path())
            #expect(
                attributes[.modificationDate] as? Date == dated, "It was read, not written again.")
        }
    }

    @Test(arguments: ["flip", "cut", "empty", "head", "tail", "foreign"])
    func `a damaged cache is ignored and written again`(_ damage: String) throws {
        try withFolder { folder in
            let first = try Self.finds(folder)
            let file = try #require(try Self.files(folder).first)
            let good = try Data(contentsOf: file)
            var bad = good
            switch damage {
            case "flip": bad[bad.count / 2] ^= 1
            case "cut": bad.removeLast(bad.count / 3)
            case "empty": bad = Data()
            case "head": bad[0] ^= 0x80
            case "tail": bad.append(0)
            default: bad = Data("postern-keywords-1\n".utf8)
            }
            try bad.write(to: file)
            let again = try Self.finds(folder)
            #expect(again == first)
            #expect(try Data(contentsOf: file) == good)
        }
    }

    @Test(arguments: ["file", "folder", "link"])
    func `a cache that others could have written is not used`(_ weakness: String) throws {
        try withFolder { folder in
            let first = try Self.finds(folder)
            let file = try #require(try Self.files(folder).first)
            let attributes = try FileManager.default.attributesOfItem(atPath: file.path())
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            let inode = attributes[.systemFileNumber] as? Int
            switch weakness {
            case "file": #expect(chmod(file.path(), 0o660) == 0)
            case "folder": #expect(chmod(folder.path(), 0o777) == 0)
            default:
                let elsewhere = folder.appending(path: "elsewhere")
                try FileManager.default.moveItem(at: file, to: elsewhere)
                try FileManager.default.createSymbolicLink(at: file, withDestinationURL: elsewhere)
            }
            #expect(try Self.finds(folder) == first)
            let now = try FileManager.default.attributesOfItem(atPath: file.path())
            #expect(now[.systemFileNumber] as? Int != inode, "It was compiled and written anew.")
            #expect(now[.type] as? FileAttributeType == .typeRegular)
        }
    }

    @Test func `other entries have another file, and old files go`() throws {
        try withFolder { folder in
            for number in 0..<7 {
                _ = try ContentScanner(lists: [list(["word\(number)"])], cache: folder.path())
            }
            let found = try Self.files(folder)
            #expect(found.count == 4)
        }
    }

    @Test func `a folder that cannot be written costs nothing but time`() throws {
        try withFolder { folder in
            let file = folder.appending(path: "file")
            try Data("x".utf8).write(to: file)
            let hits = try Self.finds(file.appending(path: "below"))
            #expect(hits.count == 1)
        }
    }

    @Test func `faulty entries are reported with a cache too`() throws {
        try withFolder { folder in
            #expect(throws: KeywordFaults.self) {
                try ContentScanner(lists: [list(["x"], patterns: ["("])], cache: folder.path())
            }
            let found = try Self.files(folder)
            #expect(found.isEmpty)
        }
    }

    @Test func `a hundred thousand words are found, and need nothing compiled`() throws {
        try withFolder { folder in
            var random = Seeded(state: 1)
            var words: Set<String> = []
            while words.count < 100_000 {
                let length = Int.random(in: 6...14, using: &random)
                words.insert(
                    String(
                        (0..<length).map { _ in
                            "abcdefghijklmnopqrstuvwxyz".randomElement(using: &random) ?? "a"
                        }))
            }
            let sorted = words.sorted()
            let lists = [list(sorted, threshold: 3)]
            let text =
                "so \(sorted[0].uppercased()) and \(sorted[50_000]) or \(sorted[99_999])x \(sorted[99_999])"
            let scanner = try ContentScanner(lists: lists, cache: folder.path())
            let hits = try scanner.scan(subject: text)
            #expect(hits.first?.distinct == 3)
            let found = try Self.files(folder)
            #expect(found.isEmpty)
        }
    }
}
