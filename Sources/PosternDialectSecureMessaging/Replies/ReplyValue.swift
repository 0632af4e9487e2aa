import PosternDialectKit
import PosternModel

/// One value of a reply, before it is JSON or XML.
enum ReplyValue: Sendable {
    case text(String)
    case number(Int64)
    case truth(Bool)
    /// Values of one type, which XML writes as elements of the type's name.
    case list(of: String, [ReplyValue])
    case object(ReplyObject)
    /// Texts under names that both formats write as they stand.
    case dictionary([(name: String, text: String)])
    /// Nothing: JSON leaves the member out, and XML says that it is nil.
    case absent
}

extension ReplyValue {
    /// A text, or nothing.
    static func optional(_ text: String?) -> ReplyValue { text.map { .text($0) } ?? .absent }

    /// A date, or nothing.
    static func date(_ instant: Instant?) -> ReplyValue { .optional(instant?.clientText) }

    /// A 128-bit name of 32 digits, or nothing.
    static func guid(_ guid: (some CustomStringConvertible)?) -> ReplyValue {
        .optional(guid?.description)
    }

    /// A switch: the contract's `BoolFeature`.
    static func feature(_ enabled: Bool) -> ReplyValue { .object(["Enabled": .truth(enabled)]) }

    /// A list of texts.
    static func texts(_ texts: some Sequence<String>) -> ReplyValue {
        .list(of: "string", texts.map { .text($0) })
    }
}

extension ReplyValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByIntegerLiteral
{
    init(stringLiteral value: String) { self = .text(value) }
    init(booleanLiteral value: Bool) { self = .truth(value) }
    init(integerLiteral value: Int64) { self = .number(value) }
}

/// Named values, in the order JSON writes them; names are the vendor's own, in PascalCase.
struct ReplyObject: Sendable, ExpressibleByDictionaryLiteral {
    /// One group for each type in the line of inheritance, the oldest first: a DataContract writes each in
    /// alphabetical order, one after the other.
    private(set) var groups: [[(String, ReplyValue)]]

    init(dictionaryLiteral elements: (String, ReplyValue)...) {
        groups = [elements]
    }

    /// The same members with more of the same type.
    func adding(_ more: ReplyObject) -> ReplyObject {
        var sum = self
        let last = sum.groups.popLast() ?? []
        sum.groups.append(last + more.groups.joined())
        return sum
    }

    /// These members as a base type's, and those of a type that inherits them.
    func inherited(by derived: ReplyObject) -> ReplyObject {
        var sum = self
        sum.groups += derived.groups
        return sum
    }

    /// Writes the members, camelCase, absent ones left out.
    func write(to json: inout JSONWriter) {
        for (name, value) in groups.joined() {
            let name = name.serviceStackCamelCase
            switch value {
            case .text(let text): json.member(name, text)
            case .number(let number): json.member(name, number)
            case .truth(let truth): json.member(name, truth)
            case .list(_, let values): json.array(name, of: values) { $1.write(to: &$0) }
            case .object(let object): json.object(name) { object.write(to: &$0) }
            case .dictionary(let entries):
                json.object(name) { json in
                    for entry in entries { json.member(entry.name, entry.text) }
                }
            case .absent: break
            }
        }
    }

    /// Writes the elements, in alphabetical order within each type.
    func write(to xml: inout MarkupWriter) { write(to: &xml, last: nil) }

    /// Writes the elements, `last` among those of the last type.
    func write(
        to xml: inout MarkupWriter, last: (name: String, write: (inout MarkupWriter) -> Void)?
    ) {
        for (index, group) in groups.enumerated() {
            var parts = group.map { (name, value) in
                (
                    name: name,
                    write: { (xml: inout MarkupWriter) in value.write(to: &xml, as: name) }
                )
            }
            if let last, index == groups.count - 1 { parts.append(last) }
            for part in parts.sorted(by: { $0.name < $1.name }) { part.write(&xml) }
        }
    }
}

extension ReplyValue {
    fileprivate static let arrays = (
        "xmlns:d2p1", "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
    )

    /// Writes the element of a member.
    fileprivate func write(to xml: inout MarkupWriter, as name: String) {
        switch self {
        case .text, .number, .truth: xml.element(named: name) { write(to: &$0) }
        case .absent: xml.absent(named: name)
        case .object(let object): xml.element(named: name) { object.write(to: &$0) }
        case .list(let item, let values):
            // Simple types have the namespace of DataContract's own arrays.
            let isSimple = item == "string"
            xml.element(named: name, isSimple ? [Self.arrays] : []) { xml in
                for value in values {
                    xml.element(named: isSimple ? "d2p1:\(item)" : item) { value.write(to: &$0) }
                }
            }
        case .dictionary(let entries):
            xml.element(named: name, [Self.arrays]) { xml in
                for entry in entries {
                    xml.element("d2p1:KeyValueOfstringstring") {
                        $0.element("d2p1:Key", entry.name)
                        $0.element("d2p1:Value", entry.text)
                    }
                }
            }
        }
    }

    /// Writes an item of a list.
    fileprivate func write(to json: inout JSONWriter) {
        switch self {
        case .text(let text): json.string(text)
        case .number(let number): json.number(number)
        case .object(let object): json.object { object.write(to: &$0) }
        case .truth, .list, .dictionary, .absent: break
        }
    }

    /// Writes what an element holds.
    fileprivate func write(to xml: inout MarkupWriter) {
        switch self {
        case .text(let text): xml.text(text)
        case .number(let number): xml.text("\(number)")
        case .truth(let truth): xml.text(truth ? "true" : "false")
        case .object(let object): object.write(to: &xml)
        case .list, .dictionary, .absent: break
        }
    }
}

extension String {
    /// The name as ServiceStack writes it in JSON: capitals at its beginning in lower case, but for one that begins a
    /// word (`FYEOType` becomes `fyeoType`, `ESignatures` `eSignatures`).
    fileprivate var serviceStackCamelCase: String {
        // Written where it will stay: most names are short enough to need no memory of their own, and a page has thousands.
        String(unsafeUninitializedCapacity: utf8.count) { bytes in
            let count = bytes.initialize(fromContentsOf: utf8)
            for index in 0..<count {
                let lowered = bytes[index].asciiLowercased
                let nextIsCapital =
                    index + 1 == count || bytes[index + 1].asciiLowercased != bytes[index + 1]
                guard lowered != bytes[index], nextIsCapital || index == 0 else { break }
                bytes[index] = lowered
            }
            return count
        }
    }
}
