extension MarkupElement {
    /// Reads one XML document of elements, attributes, text, CDATA and comments in UTF-8.
    ///
    /// Everything XML has for building one document out of another is refused: document types, entities
    /// but the five built in, processing instructions. With no definitions there is nothing to expand,
    /// so the tree is never larger than the text.
    ///
    /// - Parameters:
    ///   - bytes: The whole document, with or without a byte order mark.
    ///   - depthLimit: How many elements may be open at once.
    /// - Throws: The first thing that is wrong, with its place.
    public init(strict bytes: [UInt8], depthLimit: Int = 32) throws(MarkupProblem) {
        var parser = MarkupParser(bytes: bytes, depthLimit: depthLimit)
        self = try parser.document()
    }
}

/// One pass over a document, byte by byte.
struct MarkupParser {
    private let bytes: [UInt8]
    private let depthLimit: Int
    private var index = 0

    init(bytes: [UInt8], depthLimit: Int) {
        self.bytes = bytes
        self.depthLimit = depthLimit
    }

    mutating func document() throws(MarkupProblem) -> MarkupElement {
        try checkCharacters()
        _ = take("\u{FEFF}")
        if follows("<?xml"), index + 5 < bytes.count, isSpace(bytes[index + 5]) {
            index += 5
            try declaration()
        }
        try skipSpaceAndComments()
        guard index < bytes.count else { throw problem(.endsEarly) }
        guard follows("<") else { throw problem(.unexpectedByte) }
        let root = try element(depth: 1)
        try skipSpaceAndComments()
        guard index == bytes.count else { throw problem(.trailing) }
        return root
    }

    /// The whole text must be UTF-8 and hold only characters XML 1.0 allows (section 2.2).
    private func checkCharacters() throws(MarkupProblem) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw problem(.badCharacter)
        }
        var offset = 0
        for scalar in text.unicodeScalars {
            guard scalar.isAllowedInXML else {
                throw MarkupProblem(kind: .badCharacter, offset: offset)
            }
            offset += UTF8.width(scalar)
        }
    }

    private mutating func declaration() throws(MarkupProblem) {
        let start = index
        let attributes = try attributes()
        guard take("?>") else { throw problem(.unexpectedByte) }
        for attribute in attributes where attribute.name == "encoding" {
            guard
                attribute.value.equalsIgnoringCase("utf-8")
                    || attribute.value.equalsIgnoringCase("us-ascii")
            else { throw MarkupProblem(kind: .badCharacter, offset: start) }
        }
    }

    private mutating func element(depth: Int) throws(MarkupProblem) -> MarkupElement {
        guard depth <= depthLimit else { throw problem(.tooDeep) }
        index += 1
        let name = try name()
        let attributes = try attributes()
        var element = MarkupElement(name: Self.local(name))
        element.isNil = attributes.contains {
            Self.local($0.name) == "nil" && ($0.value == "true" || $0.value == "1")
        }
        if take("/>") { return element }
        guard take(">") else { throw problem(index < bytes.count ? .unexpectedByte : .endsEarly) }
        try content(of: &element, depth: depth)
        guard try self.name() == name else { throw problem(.mismatchedEnd) }
        skipSpace()
        guard take(">") else { throw problem(.unexpectedByte) }
        return element
    }

    /// Reads up to and past the `</` that ends the element.
    private mutating func content(of element: inout MarkupElement, depth: Int) throws(MarkupProblem)
    {
        var text: [UInt8] = []
        while index < bytes.count {
            if take("</") {
                if element.children.isEmpty {
                    element.text = String(decoding: text, as: UTF8.self)
                } else if !text.allSatisfy(isSpace) {
                    throw problem(.mixedContent)
                }
                return
            } else if take("<![CDATA[") {
                while !take("]]>") {
                    guard index < bytes.count else { throw problem(.endsEarly) }
                    appendCharacter(to: &text)
                }
            } else if follows("<!--") {
                try comment()
            } else if follows("<!") || follows("<?") {
                throw problem(follows("<!") ? .documentType : .processingInstruction)
            } else if follows("<") {
                element.children.append(try self.element(depth: depth + 1))
            } else if follows("]]>") {
                throw problem(.unexpectedByte)
            } else if follows("&") {
                text.append(contentsOf: Array(String(try reference()).utf8))
            } else {
                appendCharacter(to: &text)
            }
        }
        throw problem(.endsEarly)
    }

    /// Takes one byte of text; line ends become line feeds (XML 1.0 section 2.11).
    private mutating func appendCharacter(to text: inout [UInt8]) {
        if take("\r\n") || take("\r") {
            text.append(0x0A)
        } else {
            text.append(bytes[index])
            index += 1
        }
    }

    private mutating func attributes() throws(MarkupProblem) -> [(name: String, value: String)] {
        var attributes: [(name: String, value: String)] = []
        while true {
            let before = index
            skipSpace()
            guard index < bytes.count else { throw problem(.endsEarly) }
            guard isNameStart(bytes[index]), index > before else { return attributes }
            let name = try name()
            skipSpace()
            guard take("=") else { throw problem(.unexpectedByte) }
            skipSpace()
            guard follows("\"") || follows("'") else { throw problem(.unexpectedByte) }
            let quote = bytes[index]
            index += 1
            var value: [UInt8] = []
            while true {
                guard index < bytes.count else { throw problem(.endsEarly) }
                guard !follows("<") else { throw problem(.unexpectedByte) }
                if bytes[index] == quote { break }
                if follows("&") {
                    value.append(contentsOf: Array(String(try reference()).utf8))
                } else {
                    appendCharacter(to: &value)
                }
            }
            index += 1
            // Sixteen are more than any DataContract writes, and keep this look-up short.
            guard attributes.count < 16, !attributes.contains(where: { $0.name == name }) else {
                throw problem(.duplicateAttribute)
            }
            attributes.append((name, String(decoding: value, as: UTF8.self)))
        }
    }

    private mutating func reference() throws(MarkupProblem) -> Unicode.Scalar {
        let start = index
        index += 1
        // The longest that is allowed is `&#x10FFFF;` with a few leading zeros.
        while index < bytes.count, bytes[index] != UInt8(ascii: ";"), index - start < 16 {
            index += 1
        }
        let body = bytes[(start + 1)..<index]
        guard take(";"), let scalar = Self.scalar(named: String(decoding: body, as: UTF8.self))
        else {
            throw MarkupProblem(kind: .unknownEntity, offset: start)
        }
        return scalar
    }

    private static func scalar(named name: String) -> Unicode.Scalar? {
        switch name {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "apos": return "'"
        case "quot": return "\""
        default: break
        }
        guard name.hasPrefix("#") else { return nil }
        let isHexadecimal = name.hasPrefix("#x")
        let digits = name.dropFirst(isHexadecimal ? 2 : 1)
        // `UInt32.init` would take a sign.
        guard digits.utf8.allSatisfy({ $0.hexadecimalValue != nil }),
            let value = UInt32(digits, radix: isHexadecimal ? 16 : 10),
            let scalar = Unicode.Scalar(value), scalar.isAllowedInXML
        else { return nil }
        return scalar
    }

    private mutating func comment() throws(MarkupProblem) {
        index += 4
        while index < bytes.count {
            if take("--") {
                guard take(">") else { throw problem(.unexpectedByte) }
                return
            }
            index += 1
        }
        throw problem(.endsEarly)
    }

    private mutating func skipSpaceAndComments() throws(MarkupProblem) {
        while index < bytes.count {
            if isSpace(bytes[index]) {
                index += 1
            } else if follows("<!--") {
                try comment()
            } else if follows("<!") {
                throw problem(.documentType)
            } else if follows("<?") {
                throw problem(.processingInstruction)
            } else {
                return
            }
        }
    }

    private mutating func name() throws(MarkupProblem) -> String {
        let start = index
        guard index < bytes.count else { throw problem(.endsEarly) }
        guard isNameStart(bytes[index]) else { throw problem(.unexpectedByte) }
        while index < bytes.count, isNamePart(bytes[index]) { index += 1 }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private static func local(_ name: String) -> String {
        name.split(separator: ":", omittingEmptySubsequences: false).last.map(String.init) ?? name
    }

    private func isNameStart(_ byte: UInt8) -> Bool {
        byte.isASCIILetter || byte == UInt8(ascii: "_") || byte >= 0x80
    }

    private func isNamePart(_ byte: UInt8) -> Bool {
        isNameStart(byte) || byte.isASCIIDigit || byte == UInt8(ascii: ":")
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    private func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    private mutating func skipSpace() {
        while index < bytes.count, isSpace(bytes[index]) { index += 1 }
    }

    private func follows(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard count <= bytes.count - index else { return false }
        for offset in 0..<count where bytes[index + offset] != text.utf8Start[offset] {
            return false
        }
        return true
    }

    private mutating func take(_ text: StaticString) -> Bool {
        guard follows(text) else { return false }
        index += text.utf8CodeUnitCount
        return true
    }

    private func problem(_ kind: MarkupProblem.Kind) -> MarkupProblem {
        MarkupProblem(kind: kind, offset: index)
    }
}

extension Unicode.Scalar {
    /// Whether XML 1.0 allows this character at all (section 2.2).
    var isAllowedInXML: Bool {
        switch value {
        case 0x9, 0xA, 0xD, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }
}
