/// A field value with parameters, `form-data; name="upload"` say, read strictly (RFC 9110 section 5.6.6).
struct FieldParameters {
    /// What stands before the first semicolon, in lower case.
    let value: String
    private let parameters: [(name: String, value: String)]

    /// Reads a field's value, without the spaces around it.
    ///
    /// A bare value may hold more than a token may, as real boundaries do; a quoted one may escape any character with a
    /// backslash.
    ///
    /// - Returns: nil for control characters, text that is not UTF-8, a value that is not finished, a parameter that
    ///   comes twice, and more than 16 of them.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }),
            String(validating: bytes, as: UTF8.self) != nil
        else { return nil }
        let main = bytes.prefix { $0 != UInt8(ascii: ";") }.trimmed
        guard !main.isEmpty,
            main.allSatisfy({ $0.isTokenCharacter || $0 == UInt8(ascii: "/") })
        else { return nil }
        value = String(decoding: main.map(\.asciiLowercased), as: UTF8.self)

        var parameters: [(name: String, value: String)] = []
        var rest = bytes.drop { $0 != UInt8(ascii: ";") }
        while rest.popFirst() != nil {
            rest = rest.drop(while: isSpace)
            // A semicolon may be followed by nothing: RFC 9110 allows it, and senders do it.
            guard let first = rest.first, first != UInt8(ascii: ";") else { continue }
            let name = rest.prefix { $0.isTokenCharacter }
            rest = rest[name.endIndex...]
            guard !name.isEmpty, rest.popFirst() == UInt8(ascii: "=") else { return nil }
            guard
                let value = rest.first == UInt8(ascii: "\"") ? Self.quoted(&rest) : Self.bare(&rest)
            else { return nil }
            rest = rest.drop(while: isSpace)
            guard rest.isEmpty || rest.first == UInt8(ascii: ";") else { return nil }
            let lowered = String(decoding: name.map(\.asciiLowercased), as: UTF8.self)
            guard parameters.count < 16, !parameters.contains(where: { $0.name == lowered }) else {
                return nil
            }
            parameters.append((lowered, value))
        }
        self.parameters = parameters
    }

    /// The parameter of a name in lower case; nil without it.
    subscript(name: String) -> String? { parameters.first { $0.name == name }?.value }

    private static func bare(_ rest: inout ArraySlice<UInt8>) -> String? {
        let value = rest.prefix { $0 != UInt8(ascii: ";") && !isSpace($0) }
        rest = rest[value.endIndex...]
        guard !value.isEmpty,
            !value.contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") })
        else { return nil }
        return String(decoding: value, as: UTF8.self)
    }

    private static func quoted(_ rest: inout ArraySlice<UInt8>) -> String? {
        rest.removeFirst()
        var value: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") { return String(decoding: value, as: UTF8.self) }
            guard byte == UInt8(ascii: "\\") else {
                value.append(byte)
                continue
            }
            guard let escaped = rest.popFirst() else { return nil }
            value.append(escaped)
        }
        return nil
    }
}

private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

extension ArraySlice<UInt8> {
    /// Without spaces and tabs at either end.
    var trimmed: ArraySlice<UInt8> {
        var rest = drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        return rest
    }
}

extension UInt8 {
    /// Whether this may stand in a token (RFC 9110 section 5.6.2).
    var isTokenCharacter: Bool {
        if isASCIILetter || isASCIIDigit { return true }
        return switch Unicode.Scalar(self) {
        case "!", "#", "$", "%", "&", "'", "*", "+", "-", ".", "^", "_", "`", "|", "~": true
        default: false
        }
    }
}
