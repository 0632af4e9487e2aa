/// Writes one XML or HTML text, element by element; every text and attribute value is escaped.
public struct MarkupWriter: Sendable {
    /// The text so far.
    public private(set) var bytes: [UInt8] = []

    /// Starts with a line that is written as it stands, an XML declaration or `<!DOCTYPE html>`.
    public init(prologue: StaticString) {
        prologue.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    /// Writes an element whose content `body` writes; names come from source, never from a client.
    public mutating func element(
        _ name: StaticString, _ attributes: [(String, String)] = [],
        _ body: (inout MarkupWriter) -> Void
    ) {
        start(name, attributes)
        bytes.append(UInt8(ascii: ">"))
        body(&self)
        bytes.append(contentsOf: "</".utf8)
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: ">"))
    }

    /// Writes an element whose name is put together at run time, of words from source all the same.
    public mutating func element(
        named name: String, _ attributes: [(String, String)] = [],
        _ body: (inout MarkupWriter) -> Void
    ) {
        start(Array(name.utf8), attributes)
        bytes.append(UInt8(ascii: ">"))
        body(&self)
        bytes.append(contentsOf: "</".utf8)
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: ">"))
    }

    /// Writes an element of a name put together at run time that says it is nil.
    ///
    /// The prefix `i` must stand for `http://www.w3.org/2001/XMLSchema-instance` on an element around it.
    public mutating func absent(named name: String) {
        start(Array(name.utf8), [("i:nil", "true")])
        bytes.append(contentsOf: "/>".utf8)
    }

    /// Writes an element that holds a text.
    public mutating func element(_ name: StaticString, _ text: String) {
        element(name) { $0.text(text) }
    }

    /// Writes an element that holds a text; without one the element is nil, which is how DataContract writes null.
    ///
    /// The prefix `i` must stand for `http://www.w3.org/2001/XMLSchema-instance` on an element around it.
    public mutating func element(_ name: StaticString, orNil text: String?) {
        if let text { element(name, text) } else { empty(name, [("i:nil", "true")]) }
    }

    /// Writes an element that holds a whole number.
    public mutating func element(_ name: StaticString, _ number: some BinaryInteger) {
        element(name, "\(number)")
    }

    /// Writes an element that holds a truth value.
    public mutating func element(_ name: StaticString, _ truth: Bool) {
        element(name, truth ? "true" : "false")
    }

    /// Writes an element that holds nothing and needs no end.
    public mutating func empty(_ name: StaticString, _ attributes: [(String, String)] = []) {
        start(name, attributes)
        bytes.append(contentsOf: "/>".utf8)
    }

    /// Writes a text; characters XML does not allow become U+FFFD.
    public mutating func text(_ text: String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": bytes.append(contentsOf: "&lt;".utf8)
            case ">": bytes.append(contentsOf: "&gt;".utf8)
            case "&": bytes.append(contentsOf: "&amp;".utf8)
            case "\"": bytes.append(contentsOf: "&quot;".utf8)
            case "'": bytes.append(contentsOf: "&#39;".utf8)
            // A bare carriage return would be read back as a line feed.
            case "\r": bytes.append(contentsOf: "&#13;".utf8)
            default:
                let allowed: Unicode.Scalar = scalar.isAllowedInXML ? scalar : "\u{FFFD}"
                bytes.append(contentsOf: UTF8.encode(allowed) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }

    private mutating func start(_ name: StaticString, _ attributes: [(String, String)]) {
        start(name.withUTF8Buffer { Array($0) }, attributes)
    }

    private mutating func start(_ name: [UInt8], _ attributes: [(String, String)]) {
        bytes.append(UInt8(ascii: "<"))
        bytes.append(contentsOf: name)
        for (key, value) in attributes {
            bytes.append(UInt8(ascii: " "))
            bytes.append(contentsOf: key.utf8)
            bytes.append(contentsOf: "=\"".utf8)
            text(value)
            bytes.append(UInt8(ascii: "\""))
        }
    }
}
