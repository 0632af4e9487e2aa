/// Writes one JSON text, member by member.
///
/// The output is safe wherever a browser may meet it: `<`, `>` and `&` are escaped, so that no text can
/// open an element or close a script, and so are U+2028 and U+2029, which end a line in older
/// JavaScript and would break a JSONP answer.
public struct JSONWriter: Sendable {
    /// The text so far.
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// Starts an empty text.
    public init() { bytes.reserveCapacity(256) }

    /// Writes an object whose members `body` writes.
    public mutating func object(_ body: (inout JSONWriter) -> Void) {
        open("{")
        body(&self)
        close("}")
    }

    /// Writes an object under a name.
    public mutating func object(_ name: String, _ body: (inout JSONWriter) -> Void) {
        key(name)
        object(body)
    }

    /// Writes a list under a name; `element` writes exactly one value for each item.
    public mutating func array<Items: Sequence>(
        _ name: String, of items: Items, _ element: (inout JSONWriter, Items.Element) -> Void
    ) {
        key(name)
        array(of: items, element)
    }

    /// Writes a list; `element` writes exactly one value for each item.
    public mutating func array<Items: Sequence>(
        of items: Items, _ element: (inout JSONWriter, Items.Element) -> Void
    ) {
        open("[")
        for item in items { element(&self, item) }
        close("]")
    }

    /// Writes a text under a name.
    public mutating func member(_ name: String, _ text: String) {
        key(name)
        string(text)
    }

    /// Writes a text under a name, or nothing at all without one: ServiceStack leaves out what is null.
    public mutating func member(_ name: String, ifPresent text: String?) {
        if let text { member(name, text) }
    }

    /// Writes a whole number under a name.
    public mutating func member(_ name: String, _ number: some BinaryInteger) {
        key(name)
        self.number(number)
    }

    /// Writes a truth value under a name.
    public mutating func member(_ name: String, _ truth: Bool) {
        key(name)
        self.truth(truth)
    }

    /// Writes `null` under a name.
    public mutating func null(_ name: String) {
        key(name)
        raw("null")
    }

    /// Writes a text where a value is due.
    public mutating func string(_ text: String) {
        separate()
        quote(text)
        needsComma = true
    }

    /// Writes a whole number where a value is due.
    public mutating func number(_ number: some BinaryInteger) { raw("\(number)") }

    /// Writes a truth value where a value is due.
    public mutating func truth(_ truth: Bool) { raw(truth ? "true" : "false") }

    private mutating func raw(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
        needsComma = true
    }

    private mutating func key(_ name: String) {
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func open(_ bracket: Unicode.Scalar) {
        separate()
        bytes.append(UInt8(ascii: bracket))
        needsComma = false
    }

    private mutating func close(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private static func mayNeedEscape(_ byte: UInt8) -> Bool {
        switch byte {
        case 0..<0x20, 0x7F..., UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "<"),
            UInt8(ascii: ">"), UInt8(ascii: "&"):
            true
        default: false
        }
    }

    private mutating func quote(_ text: String) {
        var text = text
        text.withUTF8 { quote($0) }
    }

    private mutating func quote(_ text: UnsafeBufferPointer<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        // Names and most sentences stand as they are, and are copied whole.
        guard text.contains(where: Self.mayNeedEscape) else {
            bytes.append(contentsOf: text)
            bytes.append(UInt8(ascii: "\""))
            return
        }
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x0A: bytes.append(contentsOf: "\\n".utf8)
            case 0x0D: bytes.append(contentsOf: "\\r".utf8)
            case 0x09: bytes.append(contentsOf: "\\t".utf8)
            case 0..<0x20, 0x7F, UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"):
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(byte.hexadecimalDigits.0)
                bytes.append(byte.hexadecimalDigits.1)
            case 0xA8, 0xA9:
                // U+2028 and U+2029 are E2 80 A8 and E2 80 A9 in UTF-8.
                if bytes.suffix(2).elementsEqual([0xE2, 0x80]) {
                    bytes.removeLast(2)
                    bytes.append(contentsOf: (byte == 0xA8 ? "\\u2028" : "\\u2029").utf8)
                } else {
                    bytes.append(byte)
                }
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

extension UInt8 {
    /// This byte as two lower-case hexadecimal digits.
    var hexadecimalDigits: (UInt8, UInt8) {
        func digit(_ value: UInt8) -> UInt8 {
            value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
        }
        return (digit(self >> 4), digit(self & 15))
    }
}
