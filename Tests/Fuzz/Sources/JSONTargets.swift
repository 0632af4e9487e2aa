import Foundation
import PosternDialectKit

extension FuzzTarget {
    /// The strict JSON reader: what it takes, a reader of another make takes too, and no names are ambiguous.
    static let json = FuzzTarget(name: "json", longest: 4096) { bytes in
        let value: JSONValue
        do throws(JSONProblem) { value = try JSONValue(strict: bytes) } catch {
            require((0...bytes.count).contains(error.offset), "the problem's place is in the text")
            return
        }
        check(value, depth: 0)
        require((try? JSONValue(strict: bytes)) == value, "reading is repeatable")
        // Foundation refuses numbers beyond its types; everything else we take must be JSON to it too.
        if !hasLargeNumber(value) {
            require(
                (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed))
                    != nil,
                "Foundation reads it as well")
        }
    }

    private static func check(_ value: JSONValue, depth: Int) {
        switch value {
        case .object(let object):
            require(depth < 32, "no more than 32 levels")
            // By bytes: names that Swift holds equal, composed and decomposed letters, are different names.
            var names: Set<[UInt8]> = []
            for member in object.members {
                require(
                    names.insert(member.name.utf8.map(\.asciiLowercased)).inserted,
                    "names differ in more than case")
                require(object[member.name] == member.value, "a member is found under its name")
                check(member.value, depth: depth + 1)
            }
        case .array(let values):
            require(depth < 32, "no more than 32 levels")
            for value in values { check(value, depth: depth + 1) }
        case .number(let text): require(Double(text) != nil, "a number is a number: \(text)")
        case .null, .boolean, .string: break
        }
    }

    private static func hasLargeNumber(_ value: JSONValue) -> Bool {
        switch value {
        case .object(let object): object.members.contains { hasLargeNumber($0.value) }
        case .array(let values): values.contains(where: hasLargeNumber)
        case .number(let text): text.utf8.count > 15 || text.lowercased().contains("e")
        case .null, .boolean, .string: false
        }
    }

    /// The XML reader: bounded, and what it read can be written and read again.
    static let markup = FuzzTarget(name: "xml", longest: 4096) { bytes in
        let element: MarkupElement
        do throws(MarkupProblem) { element = try MarkupElement(strict: bytes) } catch {
            require((0...bytes.count).contains(error.offset), "the problem's place is in the text")
            return
        }
        var elements = 0
        var text = 0
        var canBeWritten = true
        func visit(_ element: MarkupElement, _ depth: Int) {
            require(depth <= 32, "no more than 32 levels")
            require(
                element.children.isEmpty || element.text.isEmpty, "elements or text, never both")
            elements += 1
            text += element.text.utf8.count
            // Cutting a prefix can leave a name that is none, such as `1` of `a:1`.
            let first = element.name.utf8.first ?? 0
            canBeWritten = canBeWritten && (first.isASCIILetter || first >= 0x80)
            for child in element.children { visit(child, depth + 1) }
        }
        visit(element, 1)
        require(elements * 4 <= bytes.count + 4 && text <= bytes.count, "nothing was expanded")
        _ = element.members(lists: ["list"])
        guard canBeWritten else { return }
        var writer = TreeWriter()
        writer.write(element)
        require(
            (try? MarkupElement(strict: writer.bytes)) == element,
            "what was read can be written and read again")
    }
}

/// Writes a tree with names that came from outside, which `MarkupWriter` takes from source only.
private struct TreeWriter {
    var bytes: [UInt8] = []

    mutating func write(_ element: MarkupElement) {
        bytes += Array("<\(element.name)\(element.isNil ? " nil='true'" : "")>".utf8)
        for child in element.children { write(child) }
        var writer = MarkupWriter(prologue: "")
        writer.text(element.text)
        bytes += writer.bytes + Array("</\(element.name)>".utf8)
    }
}
