/// A JSON text, read: the one tree that JSON, XML, form and query parameters all become.
public enum JSONValue: Sendable, Equatable {
    /// The literal `null`.
    case null
    /// A truth value.
    case boolean(Bool)
    /// A number as it was written; nothing is rounded until somebody asks for a type.
    case number(String)
    /// A text.
    case string(String)
    /// A list.
    case array([JSONValue])
    /// Named members in the order written.
    case object(JSONObject)
}

/// A JSON object's members, found without regard to the case of ASCII letters.
///
/// INVARIANT: an object that ``JSONValue/init(strict:depthLimit:)`` made holds no two names that differ
/// in case only, so that no two readers can pick different members for one name.
public struct JSONObject: Sendable, Equatable {
    /// One name and its value.
    public struct Member: Sendable, Equatable {
        /// The name as written.
        public var name: String
        /// The value.
        public var value: JSONValue

        /// Makes a member.
        public init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// The members in the order written.
    public private(set) var members: [Member] = []

    /// Names seen, in lower case; filled only once there are too many to look through one by one.
    private var seen: Set<String> = []

    /// Makes an object without members.
    public init() {}

    /// Takes a member unless its name, in any case, is taken.
    ///
    /// - Returns: Whether the member was taken.
    public mutating func insert(_ name: String, _ value: JSONValue) -> Bool {
        // An attacker's object of 100,000 members must not cost 100,000 squared comparisons.
        if members.count < 16 {
            guard !members.contains(where: { $0.name.equalsIgnoringCase(name) }) else {
                return false
            }
        } else {
            if seen.isEmpty { seen = Set(members.map { $0.name.asciiLowercased() }) }
            guard seen.insert(name.asciiLowercased()).inserted else { return false }
        }
        members.append(Member(name: name, value: value))
        return true
    }

    /// The value under a name in any case; nil when there is none.
    public subscript(name: String) -> JSONValue? {
        members.first { $0.name.equalsIgnoringCase(name) }?.value
    }

    /// Equal when the members are, order included.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.members == right.members
    }
}
