extension JSONValue {
    /// Reads one JSON text exactly as RFC 8259 writes it, and refuses everything else.
    ///
    /// Beyond the grammar it refuses what two readers could understand differently: a byte order mark,
    /// bytes that are not UTF-8, half a surrogate pair, and names that come twice in one object or
    /// differ in case only (section 4 leaves those to the reader; Secure Messaging matches names without
    /// regard to case).
    ///
    /// - Parameters:
    ///   - bytes: The whole text.
    ///   - depthLimit: How many lists and objects may be open at once.
    /// - Throws: The first thing that is wrong, with its place.
    public init(strict bytes: [UInt8], depthLimit: Int = 32) throws(JSONProblem) {
        var parser = JSONParser(bytes: bytes, depthLimit: depthLimit)
        self = try parser.document()
    }
}

/// One pass over a text, byte by byte.
struct JSONParser {
    private static let numberLimit = 256

    private let bytes: [UInt8]
    private let depthLimit: Int
    private var index = 0

    init(bytes: [UInt8], depthLimit: Int) {
        self.bytes = bytes
        self.depthLimit = depthLimit
    }

    mutating func document() throws(JSONProblem) -> JSONValue {
        let value = try value(depth: 0)
        skipSpace()
        guard index == bytes.count else { throw problem(.trailing) }
        return value
    }

    private mutating func value(depth: Int) throws(JSONProblem) -> JSONValue {
        skipSpace()
        guard let byte = peek else { throw problem(.endsEarly) }
        switch byte {
        case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .boolean(true))
        case UInt8(ascii: "f"): return try literal("false", .boolean(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default: throw problem(.unexpectedByte)
        }
    }

    private mutating func object(depth: Int) throws(JSONProblem) -> JSONObject {
        guard depth <= depthLimit else { throw problem(.tooDeep) }
        var object = JSONObject()
        index += 1
        skipSpace()
        if take("}") { return object }
        while true {
            skipSpace()
            guard let byte = peek else { throw problem(.endsEarly) }
            guard byte == UInt8(ascii: "\"") else { throw problem(.unexpectedByte) }
            let name = try string()
            skipSpace()
            try require(":")
            let value = try value(depth: depth)
            guard object.insert(name, value) else { throw problem(.duplicateMember) }
            skipSpace()
            if take("}") { return object }
            try require(",")
        }
    }

    private mutating func array(depth: Int) throws(JSONProblem) -> [JSONValue] {
        guard depth <= depthLimit else { throw problem(.tooDeep) }
        var values: [JSONValue] = []
        index += 1
        skipSpace()
        if take("]") { return values }
        while true {
            values.append(try value(depth: depth))
            skipSpace()
            if take("]") { return values }
            try require(",")
        }
    }

    /// Reads from one quotation mark to the next; a text without escapes is copied once.
    private mutating func string() throws(JSONProblem) -> String {
        index += 1
        let start = index
        while let byte = peek {
            if byte == UInt8(ascii: "\"") {
                defer { index += 1 }
                return try text(bytes[start..<index], at: start)
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            guard byte >= 0x20 else { throw problem(.badEscape) }
            index += 1
        }
        throw problem(.endsEarly)
    }

    private mutating func escapedString(from start: Int) throws(JSONProblem) -> String {
        var unescaped = Array(bytes[start..<index])
        while let byte = peek {
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return try text(unescaped[...], at: start)
            case UInt8(ascii: "\\"): try escape(into: &unescaped)
            case 0..<0x20:
                index -= 1
                throw problem(.badEscape)
            default: unescaped.append(byte)
            }
        }
        throw problem(.endsEarly)
    }

    private mutating func escape(into unescaped: inout [UInt8]) throws(JSONProblem) {
        guard let byte = peek else { throw problem(.endsEarly) }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(byte)
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0C)
        case UInt8(ascii: "n"): unescaped.append(0x0A)
        case UInt8(ascii: "r"): unescaped.append(0x0D)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "u"):
            index += 1
            unescaped.append(contentsOf: Array(String(try codePoint()).utf8))
            return
        default: throw problem(.badEscape)
        }
        index += 1
    }

    private mutating func codePoint() throws(JSONProblem) -> Unicode.Scalar {
        let start = index
        let first = try codeUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, take("\\"), take("u") else {
            index = start
            throw problem(.loneSurrogate)
        }
        let second = try codeUnit()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(
                0x10000 + (UInt32(first) - 0xD800) << 10 + UInt32(second) - 0xDC00)
        else {
            index = start
            throw problem(.loneSurrogate)
        }
        return scalar
    }

    private mutating func codeUnit() throws(JSONProblem) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek else { throw problem(.endsEarly) }
            guard let digit = byte.hexadecimalValue else { throw problem(.badEscape) }
            unit = unit << 4 | UInt16(digit)
            index += 1
        }
        return unit
    }

    private mutating func number() throws(JSONProblem) -> String {
        let start = index
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        guard index - start <= Self.numberLimit else { throw problem(.badNumber) }
        // "01" and "1x" would otherwise be reported as something that follows a good number.
        if let next = peek, next.isASCIIDigit || next.isASCIILetter { throw problem(.badNumber) }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func digits() throws(JSONProblem) {
        guard let first = peek, first.isASCIIDigit else { throw problem(.badNumber) }
        while let byte = peek, byte.isASCIIDigit { index += 1 }
    }

    private mutating func literal(
        _ word: StaticString, _ value: JSONValue
    ) throws(JSONProblem) -> JSONValue {
        for offset in 0..<word.utf8CodeUnitCount {
            guard let byte = peek else { throw problem(.endsEarly) }
            guard byte == word.utf8Start[offset] else { throw problem(.unexpectedByte) }
            index += 1
        }
        return value
    }

    private func text(_ part: ArraySlice<UInt8>, at start: Int) throws(JSONProblem) -> String {
        guard let text = String(validating: part, as: UTF8.self) else {
            throw JSONProblem(kind: .notUTF8, offset: start)
        }
        return text
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func require(_ character: Unicode.Scalar) throws(JSONProblem) {
        guard peek != nil else { throw problem(.endsEarly) }
        guard take(character) else { throw problem(.unexpectedByte) }
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            index += 1
        }
    }

    private func problem(_ kind: JSONProblem.Kind) -> JSONProblem {
        JSONProblem(kind: kind, offset: index)
    }
}
