import PosternModel

@testable import PosternContent
@testable import PosternPolicy

extension FuzzTarget {
    /// A message through normaliser, HTML reader, look-alikes and matcher.
    ///
    /// The first byte chooses how the body is written; a NUL divides subject, attachment name and body.
    static let content = FuzzTarget(name: "content", longest: 4096) { bytes in
        var input = FuzzInput(bytes)
        let format: BodyFormat = input.flag() ? .html : .text
        let text = input.rest.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        let body = text[text.count - 1]
        let subject = text.count > 1 ? text[0] : ""
        let names = text.count > 2 ? text[1].split(separator: "/").map(String.init) : []
        guard
            let hits = try? scanner.scan(
                subject: subject, body: body, format: format, attachmentNames: names, lists: nil)
        else { fatalError("a small message could not be scanned") }
        for hit in hits {
            let original =
                switch hit.part {
                case .subject: subject
                case .body: body
                case .attachmentNames: names.joined(separator: "\n")
                }
            check(hit, in: Array(original.utf8))
        }
        for found in Dictionary(grouping: hits, by: \.list).values {
            require(found.contains { $0.distinct > 0 }, "an entry counts where it is found first")
        }
        let again = try? scanner.scan(
            subject: subject, body: body, format: format, attachmentNames: names, lists: nil)
        require(again == hits, "scanning twice finds the same")
        // Plain words at the end are found whatever precedes them: nothing makes the scanner stop.
        let more = try? scanner.scan(
            subject: "", body: body + " \n forbidden fruit", format: .text, attachmentNames: [],
            lists: ["words"])
        require(more?.first?.list == "words", "what follows is still found")
    }

    /// A keyword file: read, and compiled into a scanner or refused with a line of the file.
    static let keywords = FuzzTarget(name: "keywords", longest: 512) { bytes in
        let faults = FaultList()
        let entries = KeywordFile.entries(bytes, file: "terms.txt", faults: faults)
        for fault in faults.faults {
            require(fault.line >= 1 && fault.column >= 1, "a fault has a place: \(fault)")
        }
        let lines = bytes.count { $0 == UInt8(ascii: "\n") } + 1
        for entry in entries {
            require((1...lines).contains(entry.line), "an entry has a line of the file")
        }
        let list = KeywordList(
            id: "fuzz", parts: Set(MessagePart.allCases), threshold: 1, entries: entries)
        do {
            let scanner = try ContentScanner(lists: [list], cache: nil)
            let body = "The quick brown fox, naïve “Ünïcode” 4111 1111 1111 1111 — ＦＵＬＬ"
            let hits = try scanner.scan(
                subject: "", body: body, format: .text, attachmentNames: ["a.b"], lists: nil)
            for hit in hits where hit.part == .body { check(hit, in: Array(body.utf8)) }
        } catch let error as KeywordFaults {
            require(!error.entries.isEmpty, "a refusal says why")
            for entry in error.entries {
                require(
                    (0...lines).contains(entry.line) && !entry.message.isEmpty,
                    "and where: \(entry)")
            }
        } catch {
            fatalError("the scanner failed: \(error)")
        }
    }

    private static func check(_ hit: ContentHit, in original: [UInt8]) {
        require(
            hit.distinct >= 0 && hit.spans.count <= 16 && !hit.spans.isEmpty, "a hit says where")
        for span in hit.spans {
            require(
                span.lowerBound >= 0 && span.upperBound <= original.count && !span.isEmpty,
                "\(span) lies in \(original.count) bytes")
            for edge in [span.lowerBound, span.upperBound] where edge < original.count {
                require(original[edge] & 0xC0 != 0x80, "\(span) cuts no character")
            }
        }
    }

    private static let scanner: ContentScanner = {
        func list(_ id: String, _ threshold: Int, _ entries: [(String, KeywordList.Kind)])
            -> KeywordList
        {
            KeywordList(
                id: id, parts: Set(MessagePart.allCases), threshold: threshold,
                entries: entries.enumerated().map { .init(text: $1.0, kind: $1.1, line: $0 + 1) })
        }
        let lists = [
            list(
                "words", 1,
                [("forbidden fruit", .word), ("a", .word), ("straße", .word), ("пароль", .word)]),
            list(
                "parts", 2,
                [("x", .substring), ("&", .substring), ("é", .substring), ("密", .substring)]),
            list("patterns", 1, [(#"\b\d{4}[ -]?\d{4}\b"#, .pattern), ("[a-f]{3,}", .pattern)]),
        ]
        guard let scanner = try? ContentScanner(lists: lists, cache: nil) else {
            fatalError("the fuzzing lists do not compile")
        }
        return scanner
    }()
}
