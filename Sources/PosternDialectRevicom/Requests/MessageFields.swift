import PosternDialectKit

/// The members of one object of a request, read one at a time; `null` counts as absent.
struct MessageFields {
    private let object: JSONObject
    /// How the object is called in sentences: `[0]`.
    let place: String

    init(_ value: JSONValue, place: String) throws(BadRequest) {
        self.place = place
        guard case .object(let object) = value else {
            throw .member("\(place) must be an object.")
        }
        self.object = object
    }

    /// The member as it stands; nil when it is absent.
    subscript(name: String) -> JSONValue? {
        guard let value = object[name], value != .null else { return nil }
        return value
    }

    /// Refuses members that belong elsewhere: passed over, they would be as good as lost.
    func lacks(_ names: [String], _ clause: String) throws(BadRequest) {
        if let name = names.first(where: { self[$0] != nil }) { throw bad(name, clause) }
    }

    /// What is wrong with a member: `[0].ttl must be …`.
    func bad(_ name: String, _ clause: String) -> BadRequest {
        .member("\(place).\(name) \(clause)")
    }

    /// A text of a length in Unicode scalars, without control characters; nil when it is absent.
    func line(_ name: String, _ lengths: ClosedRange<Int>) throws(BadRequest) -> String? {
        guard let value = self[name] else { return nil }
        guard case .string(let text) = value, lengths.contains(text.unicodeScalars.count),
            !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
        else {
            throw bad(
                name,
                "must be a text of \(lengths.lowerBound) to \(lengths.upperBound) characters, on one line."
            )
        }
        return text
    }

    /// A truth value; nil when it is absent.
    func truth(_ name: String) throws(BadRequest) -> Bool? {
        switch self[name] {
        case nil: nil
        case .boolean(let truth): truth
        default: throw bad(name, "must be true or false.")
        }
    }

    /// A whole number in a range; nil when it is absent.
    func whole(_ name: String, _ range: ClosedRange<Int>) throws(BadRequest) -> Int? {
        guard let value = self[name] else { return nil }
        guard let number = value.whole, range.contains(number) else {
            throw bad(
                name, "must be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    /// Different whole numbers in a range; none when it is absent.
    func wholes(_ name: String, _ range: ClosedRange<Int>) throws(BadRequest) -> [Int] {
        guard let value = self[name] else { return [] }
        guard case .array(let values) = value, values.count <= range.count,
            case let numbers = values.compactMap(\.whole), numbers.count == values.count,
            numbers.allSatisfy(range.contains), Set(numbers).count == numbers.count
        else {
            throw bad(
                name,
                "must be a list of different whole numbers from \(range.lowerBound) to \(range.upperBound)."
            )
        }
        return numbers
    }

    /// Texts that each pass a check; none when it is absent.
    func texts(
        _ name: String, atMost count: Int, _ clause: String, _ isGood: (String) -> Bool
    ) throws(BadRequest) -> [String] {
        guard let value = self[name] else { return [] }
        guard case .array(let values) = value, values.count <= count,
            case let texts = values.compactMap(\.text), texts.count == values.count,
            texts.allSatisfy(isGood)
        else { throw bad(name, clause) }
        return texts
    }

    /// A local time; nil when it is absent.
    func time(_ name: String) throws(BadRequest) -> LocalTime? {
        guard let value = self[name] else { return nil }
        guard let time = value.text.flatMap({ LocalTime($0) }) else {
            throw bad(name, "must be a time such as 2026-11-28 10:11:12.")
        }
        return time
    }
}

extension JSONValue {
    /// The text; nil for anything else.
    var text: String? { if case .string(let text) = self { text } else { nil } }

    /// The whole number; nil for anything else.
    var whole: Int? { if case .number(let digits) = self { Int(digits) } else { nil } }
}
