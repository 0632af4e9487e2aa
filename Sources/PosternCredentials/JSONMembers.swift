import Foundation

/// The members of one JSON object, as JOSE writes them: each name once, and none of the values repaired.
///
/// RFC 7515 section 4 lets a reader take the last of two members of one name; one reader's last is another's first, so
/// two are refused here. Only the outermost object is looked at: nothing that Postern uses lies deeper.
struct JSONMembers {
    /// A member's value, as far as anything is done with it.
    enum Value: Decodable, Equatable {
        case text(String)
        case number(Double)
        case truth(Bool)
        case texts([String])
        /// An object, a mixed list or null.
        case other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else if let truth = try? container.decode(Bool.self) {
                self = .truth(truth)
            } else if let texts = try? container.decode([String].self) {
                self = .texts(texts)
            } else {
                self = .other
            }
        }
    }

    private let values: [String: Value]

    /// Reads an object; nil for anything else, for bytes that are no UTF-8, and for a name that stands twice.
    init?(_ bytes: [UInt8]) {
        // The decoder would take UTF-16 and UTF-32 as well, which have zero bytes, and in which members count otherwise.
        guard bytes.first == UInt8(ascii: "{"), !bytes.contains(0),
            String(validating: bytes, as: UTF8.self) != nil,
            let values = try? JSONDecoder().decode([String: Value].self, from: Data(bytes)),
            values.count == Self.countMembers(bytes)
        else { return nil }
        self.values = values
    }

    /// Takes members that were read as part of something larger.
    init(_ values: [String: Value]) { self.values = values }

    subscript(_ name: String) -> Value? { values[name] }

    func text(_ name: String) -> String? {
        if case .text(let text)? = values[name] { text } else { nil }
    }

    /// How many members the outermost object of well-formed JSON has: each has one colon outside of strings.
    private static func countMembers(_ bytes: [UInt8]) -> Int {
        var (count, depth, isText, isEscaped) = (0, 0, false, false)
        for byte in bytes {
            if isText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isText = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ":") where depth == 1: count += 1
            default: break
            }
        }
        return count
    }
}
