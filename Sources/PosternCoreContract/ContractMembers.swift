import PosternDialectKit

/// The members of one JSON object, taken out one by one by their exact names.
struct ContractMembers {
    private let object: JSONObject
    /// Where the object stands, as a member's name continues it: empty, or `notification.`.
    private let place: String
    private var taken: Set<String> = []

    /// Reads a text that is one object.
    init(_ bytes: [UInt8]) throws(ContractProblem) {
        let value: JSONValue
        do throws(JSONProblem) { value = try JSONValue(strict: bytes, depthLimit: 8) } catch {
            throw ContractProblem(sentence: "The body cannot be read as JSON: \(error.clause).")
        }
        guard case .object(let object) = value else {
            throw ContractProblem(sentence: "The body must be a JSON object.")
        }
        self.init(object, at: "")
    }

    private init(_ object: JSONObject, at place: String) {
        self.object = object
        self.place = place
    }

    /// A text; absent, null and every other kind of value are wrong.
    mutating func text(_ name: String) throws(ContractProblem) -> String {
        guard let text = try textIfPresent(name) else { throw missing(name) }
        return text
    }

    /// A text, or nil where there is no such member.
    mutating func textIfPresent(_ name: String) throws(ContractProblem) -> String? {
        guard let value = take(name) else { return nil }
        guard case .string(let text) = value else { throw wrong(name, "must be a text") }
        return text
    }

    /// A text that stands for something.
    mutating func value<Value>(
        _ name: String, _ read: (String) -> Value?
    ) throws(ContractProblem) -> Value {
        guard let value = try valueIfPresent(name, read) else { throw missing(name) }
        return value
    }

    /// A text that stands for something, or nil where there is no such member.
    mutating func valueIfPresent<Value>(
        _ name: String, _ read: (String) -> Value?
    ) throws(ContractProblem) -> Value? {
        guard let text = try textIfPresent(name) else { return nil }
        guard let value = read(text) else { throw wrong(name, "is not what it must be") }
        return value
    }

    /// A whole number, written as one.
    mutating func number(
        _ name: String, in range: ClosedRange<Int64>
    ) throws(ContractProblem) -> Int64 {
        guard let value = take(name) else { throw missing(name) }
        guard case .number(let text) = value, let number = Int64(text), range.contains(number)
        else {
            throw wrong(
                name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A truth value, or nil where there is no such member.
    mutating func truthIfPresent(_ name: String) throws(ContractProblem) -> Bool? {
        guard let value = take(name) else { return nil }
        guard case .boolean(let truth) = value else { throw wrong(name, "must be true or false") }
        return truth
    }

    /// An object.
    mutating func members(_ name: String) throws(ContractProblem) -> ContractMembers {
        guard let value = take(name) else { throw missing(name) }
        guard case .object(let object) = value else { throw wrong(name, "must be an object") }
        return ContractMembers(object, at: "\(place)\(name).")
    }

    /// A list of objects.
    mutating func list(
        _ name: String, most: Int
    ) throws(ContractProblem) -> [ContractMembers] {
        guard let value = take(name) else { throw missing(name) }
        guard case .array(let values) = value, values.count <= most else {
            throw wrong(name, "must be a list of at most \(most)")
        }
        var items: [ContractMembers] = []
        for value in values {
            guard case .object(let object) = value else {
                throw wrong(name, "must be a list of objects")
            }
            items.append(ContractMembers(object, at: "\(place)\(name)."))
        }
        return items
    }

    /// Makes sure that nothing is left.
    func end() throws(ContractProblem) {
        for member in object.members where !taken.contains(member.name) {
            throw ContractProblem(unknown: place + member.name, "member")
        }
    }

    private mutating func take(_ name: String) -> JSONValue? {
        taken.insert(name)
        // By its exact spelling: an object has it in one, and the contract knows one.
        return object.members.first { $0.name == name }?.value
    }

    private func missing(_ name: String) -> ContractProblem {
        ContractProblem(sentence: "The member `\(place)\(name)` is missing.")
    }

    private func wrong(_ name: String, _ what: String) -> ContractProblem {
        ContractProblem(sentence: "The member `\(place)\(name)` \(what).")
    }
}
