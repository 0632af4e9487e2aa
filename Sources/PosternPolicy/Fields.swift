import PosternModel
import Yams

/// The keys of one mapping, read strictly: what is not understood is a fault, never skipped.
struct Fields {
    let what: String
    let place: Place
    private let file: String
    private let faults: FaultList
    private var nodes: [String: Node] = [:]
    private var places: [String: Place] = [:]
    /// The keys in file order.
    private(set) var keys: [Located<String>] = []

    /// Takes a mapping apart; nil with a fault when the node is none.
    ///
    /// - Parameters:
    ///   - node: What should be a mapping.
    ///   - what: What it is called in messages, for example "a group".
    ///   - known: The keys that may stand in it; nil for any.
    ///   - file: The file it stands in.
    ///   - faults: Where faults go.
    init?(_ node: Node, _ what: String, known: [String]?, file: String, faults: FaultList) {
        place = Self.place(of: node, file)
        self.what = what
        self.file = file
        self.faults = faults
        guard let mapping = node.mapping else {
            faults.add(place, "Here \(what) is expected: keys with their values.")
            return nil
        }
        for (key, value) in mapping {
            let place = Self.place(of: key, file)
            guard let name = key.scalar?.string, !name.isEmpty else {
                faults.add(place, "A key in \(what) must be a plain word.")
                continue
            }
            if faults.keysAside.contains(place) { continue }
            if let known, !known.contains(name) {
                faults.add(
                    place, "`\(Quote.text(name))` is not a key of \(what).",
                    suggestion: Spelling.nearest(to: name, among: known))
                continue
            }
            // YAML's reader tells keys with different tags apart; here they are one.
            guard nodes[name] == nil else {
                faults.add(place, YAMLText.repeated(name))
                continue
            }
            nodes[name] = value
            places[name] = place
            keys.append(Located(value: name, place: place))
        }
    }

    static func place(of node: Node, _ file: String) -> Place {
        Place(
            file: file, line: max(1, node.mark?.line ?? 1), column: max(1, node.mark?.column ?? 1))
    }

    func has(_ key: String) -> Bool { nodes[key] != nil }

    func fault(_ key: String, _ message: String, suggestion: String? = nil) {
        faults.add(places[key] ?? place, message, suggestion: suggestion)
    }

    /// A scalar's text.
    func text(_ key: String) -> Located<String>? {
        guard let node = nodes[key] else { return nil }
        return scalar(node, key)
    }

    func requiredText(_ key: String) -> Located<String>? {
        if !has(key) { fault(key, "The key `\(key)` is missing from \(what).") }
        return text(key)
    }

    /// yes or no, in YAML's spellings of it.
    func flag(_ key: String) -> Located<Bool>? {
        guard let text = text(key) else { return nil }
        switch text.value {
        case "yes", "true", "on": return Located(value: true, place: text.place)
        case "no", "false", "off": return Located(value: false, place: text.place)
        default:
            faults.add(
                text.place, "`\(key)` must be `yes` or `no`, not `\(Quote.text(text.value))`.")
            return nil
        }
    }

    /// A whole number within a range.
    func number(_ key: String, _ range: ClosedRange<Int>) -> Located<Int>? {
        guard let text = text(key) else { return nil }
        guard let number = Int(text.value), range.contains(number), !text.value.hasPrefix("+")
        else {
            faults.add(
                text.place,
                "`\(key)` must be a whole number from \(range.lowerBound) to \(range.upperBound), not `\(Quote.text(text.value))`."
            )
            return nil
        }
        return Located(value: number, place: text.place)
    }

    /// A duration such as `30d`; a word that stands for none, such as `never`, is nil.
    func duration(_ key: String, or word: String? = nil) -> Located<Duration?>? {
        guard let text = text(key) else { return nil }
        if text.value == word { return Located(value: nil, place: text.place) }
        guard let duration = DurationText.read(text.value) else {
            let never = word.map { ", or `\($0)`" } ?? ""
            faults.add(
                text.place,
                "`\(key)` must be a duration such as `30m`, `12h`, `30d` or `4w`\(never), at most 36500d, not `\(Quote.text(text.value))`."
            )
            return nil
        }
        return Located(value: duration, place: text.place)
    }

    /// A duration longer than nothing, or a word that stands for none.
    func period(_ key: String, or word: String? = nil) -> Located<Duration?>? {
        guard let duration = duration(key, or: word) else { return nil }
        if duration.value == .zero {
            faults.add(duration.place, "`\(key)` must be longer than nothing.")
            return nil
        }
        return duration
    }

    /// A size in bytes, such as `25MiB`, of at least one.
    func size(_ key: String) -> Located<Int64>? {
        guard let text = text(key) else { return nil }
        guard let size = SizeText.read(text.value), size > 0 else {
            faults.add(
                text.place,
                "`\(key)` must be a size such as `500KiB`, `25MiB`, `1GiB` or `1024` (bytes), from 1 to 1TiB, not `\(Quote.text(text.value))`.",
                suggestion: SizeText.nearest(to: text.value))
            return nil
        }
        return Located(value: size, place: text.place)
    }

    /// One of some words.
    func word<Word: RawRepresentable & CaseIterable & Sendable>(_ key: String, _: Word.Type)
        -> Located<Word>?
    where Word.RawValue == String {
        guard let text = text(key) else { return nil }
        guard let word = Word(rawValue: text.value) else {
            let words = Word.allCases.map(\.rawValue)
            faults.add(
                text.place,
                "`\(key)` must be one of \(Quote.list(words)), not `\(Quote.text(text.value))`.",
                suggestion: Spelling.nearest(to: text.value, among: words))
            return nil
        }
        return Located(value: word, place: text.place)
    }

    /// A point in time with its offset from UTC, such as `2026-12-31T18:00:00+01:00`.
    func instant(_ key: String) -> Located<Instant>? {
        guard let text = text(key) else { return nil }
        guard let instant = Instant(rfc3339: text.value) else {
            faults.add(
                text.place,
                "`\(key)` must be a time with its offset, such as `2026-12-31T18:00:00+01:00`, not `\(Quote.text(text.value))`."
            )
            return nil
        }
        return Located(value: instant, place: text.place)
    }

    /// A list of words, none twice.
    func words(_ key: String) -> Located<[Located<String>]>? {
        guard let items = items(key) else { return nil }
        var seen: Set<String> = []
        var words: [Located<String>] = []
        for item in items.value {
            guard let word = scalar(item, key) else { continue }
            if seen.insert(word.value).inserted {
                words.append(word)
            } else {
                faults.add(word.place, "`\(Quote.text(word.value))` stands twice in `\(key)`.")
            }
        }
        return Located(value: words, place: items.place)
    }

    /// A list of domains, `*.` before those whose own name is not meant.
    func domains(_ key: String) -> Located<[Located<String>]>? {
        let words = words(key)
        for word in words?.value ?? [] where !DomainSet.isPattern(word.value) {
            faults.add(
                word.place,
                "`\(Quote.text(word.value))` is not a domain such as `example.org` or `*.example.org`."
            )
        }
        return words
    }

    /// A list of email addresses.
    func addresses(_ key: String) -> Located<[Located<String>]>? {
        let words = words(key)
        for word in words?.value ?? [] where EmailAddress(word.value) == nil {
            faults.add(
                word.place,
                "`\(Quote.text(word.value))` is not an email address such as `lab@example.org`."
            )
        }
        return words
    }

    /// A list's nodes.
    func items(_ key: String) -> (value: [Node], place: Place)? {
        guard let node = nodes[key] else { return nil }
        guard let sequence = node.sequence else {
            faults.add(
                Self.place(of: node, file), "`\(key)` must be a list, such as `[first, second]`.")
            return nil
        }
        return (Array(sequence), Self.place(of: node, file))
    }

    /// A mapping inside this one.
    func fields(_ key: String, _ what: String, known: [String]?) -> Fields? {
        guard let node = nodes[key] else { return nil }
        return Fields(node, what, known: known, file: file, faults: faults)
    }

    /// Whether the value of a key is a single word and not a mapping or list.
    func isScalar(_ key: String) -> Bool { nodes[key]?.scalar != nil }

    private func scalar(_ node: Node, _ key: String) -> Located<String>? {
        let place = Self.place(of: node, file)
        guard let scalar = node.scalar else {
            faults.add(place, "`\(key)` must be a single value here.")
            return nil
        }
        if scalar.string.isEmpty, scalar.style == .plain || scalar.style == .any {
            faults.add(place, "`\(key)` has no value.")
            return nil
        }
        return Located(value: scalar.string, place: place)
    }
}
