import PosternDialectKit
import PosternModel

// Members by their type. A member that is null is there and says nothing: whoever asks decides what that clears.

extension JSONObject {
    /// Whether a member is there, null or not.
    func has(_ name: String) -> Bool { self[name] != nil }

    /// A text; nil when absent or null.
    func text(_ name: String) throws(BadRequest) -> String? {
        switch self[name] {
        case nil, .null?: return nil
        case .string(let text)?: return text
        default: throw BadRequest("\(name) must be a text.", at: name)
        }
    }

    /// A text of one line, of at most so many bytes of UTF-8; nil when absent or null.
    func line(_ name: String, longest: Int) throws(BadRequest) -> String? {
        guard let text = try text(name) else { return nil }
        guard text.isLine(longest: longest) else {
            throw BadRequest(
                "\(name) must be one line of at most \(longest) bytes, without control characters.",
                at: name)
        }
        return text
    }

    /// A whole number within bounds; nil when absent or null.
    func number(_ name: String, in bounds: ClosedRange<Int>) throws(BadRequest) -> Int? {
        switch self[name] {
        case nil, .null?: return nil
        case .number(let text)?:
            if let number = Int(text), bounds.contains(number) { return number }
        default: break
        }
        throw BadRequest(
            "\(name) must be a whole number from \(bounds.lowerBound) to \(bounds.upperBound).",
            at: name)
    }

    /// A truth value; nil when absent or null.
    func truth(_ name: String) throws(BadRequest) -> Bool? {
        switch self[name] {
        case nil, .null?: return nil
        case .boolean(let truth)?: return truth
        default: throw BadRequest("\(name) must be true or false.", at: name)
        }
    }

    /// An object; nil when absent or null.
    func object(_ name: String) throws(BadRequest) -> JSONObject? {
        switch self[name] {
        case nil, .null?: return nil
        case .object(let object)?: return object
        default: throw BadRequest("\(name) must be an object.", at: name)
        }
    }

    /// A list; empty when absent or null.
    func list(_ name: String, longest: Int) throws(BadRequest) -> [JSONValue] {
        switch self[name] {
        case nil, .null?: return []
        case .array(let values)?:
            guard values.count <= longest else {
                throw BadRequest("\(name) may have \(longest) items at most.", at: name)
            }
            return values
        default: throw BadRequest("\(name) must be a list.", at: name)
        }
    }

    /// A list of objects; empty when absent or null.
    func objects(_ name: String, longest: Int) throws(BadRequest) -> [JSONObject] {
        var objects: [JSONObject] = []
        for value in try list(name, longest: longest) {
            guard case .object(let object) = value else {
                throw BadRequest("\(name) must be a list of objects.", at: name)
            }
            objects.append(object)
        }
        return objects
    }
}

extension String {
    /// Whether this is at most so many bytes of UTF-8 without control characters.
    func isLine(longest: Int) -> Bool {
        utf8.count <= longest && utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}
