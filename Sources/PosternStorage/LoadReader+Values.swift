import Foundation
import PosternCredentials
import PosternModel
import Yams

/// The single values of a load file.
extension LoadReader {
    mutating func fault(_ node: Node, _ sentence: String) {
        faults.append(
            LoadFileFault(
                line: node.mark?.line ?? 0, column: node.mark?.column ?? 0, sentence: sentence))
    }

    /// The fields of a mapping; every key must be known and stand once.
    mutating func fields(_ node: Node, _ what: String, _ known: [String]) -> [String: Node]? {
        guard let mapping = node.mapping else {
            fault(node, "Here \(what) is expected, as keys and values.")
            return nil
        }
        var fields: [String: Node] = [:]
        for (key, value) in mapping {
            guard let name = key.scalar?.string, known.contains(name) else {
                let shown = key.scalar.map { "`\($0.string)`" } ?? "This key"
                fault(
                    key,
                    "\(shown) is not a key of \(what). Known keys: \(known.joined(separator: ", "))."
                )
                continue
            }
            if fields.updateValue(value, forKey: name) != nil {
                fault(key, "`\(name)` stands twice.")
            }
        }
        return fields
    }

    mutating func required(
        _ fields: [String: Node], _ key: String, _ node: Node, _ what: String
    ) -> Node? {
        if fields[key] == nil { fault(node, "The key `\(key)` is missing from \(what).") }
        return fields[key]
    }

    mutating func items(_ node: Node?, _ key: String) -> [Node] {
        guard let node else { return [] }
        guard let sequence = node.sequence else {
            fault(node, "`\(key)` must be a list.")
            return []
        }
        return Array(sequence)
    }

    mutating func text(_ node: Node, _ key: String) -> String? {
        guard let scalar = node.scalar else {
            fault(node, "`\(key)` must be text.")
            return nil
        }
        return scalar.string
    }

    mutating func address(_ node: Node) -> EmailAddress? {
        guard let text = node.scalar?.string, let address = EmailAddress(text) else {
            fault(node, "`\(node.scalar?.string ?? "This")` is not an email address.")
            return nil
        }
        return address
    }

    mutating func guid(_ node: Node) -> MessageGUID? {
        guard let text = node.scalar?.string, let guid = MessageGUID(text) else {
            fault(node, "A message's name must be 32 hexadecimal digits, dashed or not.")
            return nil
        }
        return guid
    }

    mutating func word<Word: RawRepresentable<String> & CaseIterable>(
        _ node: Node, _ key: String, or fallback: Word
    ) -> Word {
        guard let text = node.scalar?.string, let word = Word(rawValue: text) else {
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            fault(node, "`\(key)` must be one of: \(words).")
            return fallback
        }
        return word
    }

    mutating func flag(_ node: Node?, _ key: String) -> Bool? {
        guard let node else { return nil }
        switch node.scalar?.string {
        case "true", "yes": return true
        case "false", "no": return false
        default:
            fault(node, "`\(key)` must be true or false.")
            return nil
        }
    }

    mutating func count(_ node: Node, _ key: String) -> Int? {
        guard let count = node.scalar.flatMap({ Int($0.string) }),
            (0...1_000_000_000).contains(count)
        else {
            fault(node, "`\(key)` must be a whole number, at least 0.")
            return nil
        }
        return count
    }

    mutating func instant(_ node: Node, _ key: String) -> Instant? {
        guard let text = node.scalar?.string,
            let date = try? Date(text, strategy: .iso8601)
        else {
            fault(node, "`\(key)` must be a time such as `2026-12-31T12:00:00Z`.")
            return nil
        }
        return Instant(milliseconds: Int64((date.timeIntervalSince1970 * 1000).rounded()))
    }

    mutating func password(_ fields: [String: Node]) -> LoadPlan.Password? {
        switch (fields["password"], fields["passwordHash"]) {
        case (nil, nil): return nil
        case (let plain?, nil):
            return self.text(plain, "password").map { .plain(Secret($0)) }
        case (nil, let node?):
            guard let text = node.scalar?.string, let hash = PasswordHash(phc: text) else {
                fault(node, "`passwordHash` must be an argon2id PHC string.")
                return nil
            }
            return .hash(hash)
        case (_, let node?):
            fault(node, "Give `password` or `passwordHash`, not both.")
            return nil
        }
    }
}
