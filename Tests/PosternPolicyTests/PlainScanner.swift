import Foundation
import PosternModel
import PosternPolicy

/// A slow, plain reading of what a keyword scanner does: enough to run cases without the real one.
struct PlainScanner {
    let lists: [KeywordList]

    func scan(_ text: CaseText) -> [ContentHit] {
        let body = text.bodyFormat == .html ? visible(text.body) : text.body
        let parts: [(MessagePart, String)] = [
            (.subject, text.subject), (.body, body),
            (.attachmentNames, text.attachmentNames.joined(separator: "\n")),
        ]
        return lists.flatMap { list in
            var seen: Set<Int> = []
            return parts.filter { list.parts.contains($0.0) }.compactMap {
                part, text -> ContentHit? in
                let found = list.entries.filter { matches($0, text) }.map(\.line)
                guard !found.isEmpty else { return nil }
                let distinct = found.count { seen.insert($0).inserted }
                return ContentHit(list: list.id, part: part, distinct: distinct, spans: [])
            }
        }
    }

    private func matches(_ entry: KeywordList.Entry, _ text: String) -> Bool {
        let literal = NSRegularExpression.escapedPattern(for: entry.text)
            .replacing(" ", with: "\\s+")
        let pattern =
            switch entry.kind {
            case .word: "(?<!\\w)\(literal)(?!\\w)"
            case .substring: literal
            case .pattern: entry.text
            }
        return text.range(of: pattern, options: [.regularExpression, .caseInsensitive]) != nil
    }

    private func visible(_ html: String) -> String {
        html.replacing(/<[^>]*>/, with: "").replacing(/&#(\d+);/) { match in
            UInt32(match.1).flatMap(Unicode.Scalar.init).map(String.init) ?? ""
        }
    }
}
