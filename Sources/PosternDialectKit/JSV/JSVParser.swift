extension JSONValue {
    /// Reads a value as clients put it into a query: ServiceStack's JSV, JSON, and the mixtures of both.
    ///
    /// What begins with a bracket or brace and is JSON as ``init(strict:depthLimit:)`` reads it is read as JSON.
    /// Anything else is JSV, `{types:[Inbox,Sent],searchCriteria:hello}`, where every value that is no list or object
    /// is a text:
    ///
    /// - A bare word goes up to the next comma or closing bracket and may hold spaces, but none around it. A member's
    ///   may be empty; a list's item may not.
    /// - A text in quotation marks holds anything; a quotation mark in it is written twice, as in CSV, and a backslash
    ///   stands for itself. The vendor's Java client writes apostrophes instead, and they are read in the same way.
    /// - Without brackets the whole text is one word, commas included, `Inbox,Sent` say: only who asks for it knows
    ///   whether it is a list.
    ///
    /// - Parameter text: The whole parameter, percent-decoded.
    /// - Throws: The first thing that is wrong, with its place. That includes more than eight open lists and objects,
    ///   more than 256 members and items in all, and names that come twice or differ in case only.
    public init(jsv text: String) throws(JSVProblem) {
        var parser = JSVParser(bytes: Array(text.utf8))
        self = try parser.document()
    }
}

/// One pass over a text, byte by byte, after a look whether it is JSON.
struct JSVParser {
    static let depthLimit = 8
    static let itemLimit = 256

    private let bytes: [UInt8]
    private var index = 0
    private var items = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(JSVProblem) -> JSONValue {
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"), UInt8(ascii: "["): if let json = try json() { return json }
        case UInt8(ascii: "\""), UInt8(ascii: "'"): break
        default: return .string(try word { _ in false })
        }
        let value = try value(depth: 0) { _ in false }
        skipSpace()
        guard index == bytes.count else { throw problem(.trailing) }
        return value
    }

    /// The text as JSON; nil when it is none.
    private func json() throws(JSVProblem) -> JSONValue? {
        let value: JSONValue
        do { value = try JSONValue(strict: bytes, depthLimit: Self.depthLimit) } catch {
            switch error.kind {
            // JSV knows no escapes: names that are equal in JSON would be read apart in a second try.
            case .duplicateMember: throw JSVProblem(kind: .duplicateMember, offset: error.offset)
            case .tooDeep: throw JSVProblem(kind: .tooDeep, offset: error.offset)
            default: return nil
            }
        }
        guard Self.count(value) <= Self.itemLimit else {
            throw JSVProblem(kind: .tooManyItems, offset: bytes.count)
        }
        return value
    }

    private mutating func value(
        depth: Int, endsAt isEnd: (UInt8) -> Bool
    ) throws(JSVProblem) -> JSONValue {
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return .string(try quoted())
        default: return .string(try word(endsAt: isEnd))
        }
    }

    private mutating func object(depth: Int) throws(JSVProblem) -> JSONObject {
        guard depth <= Self.depthLimit else { throw problem(.tooDeep) }
        var object = JSONObject()
        index += 1
        skipSpace()
        if take("}") { return object }
        while true {
            try countItem()
            let start = index
            skipSpace()
            let isQuoted = peek == UInt8(ascii: "\"") || peek == UInt8(ascii: "'")
            let name = try isQuoted ? quoted() : word { $0 == UInt8(ascii: ":") }
            skipSpace()
            guard peek != nil else { throw problem(.endsEarly) }
            guard !name.isEmpty, take(":") else { throw problem(.unexpectedByte) }
            let value = try value(depth: depth) {
                $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "}")
            }
            guard object.insert(name, value) else {
                throw JSVProblem(kind: .duplicateMember, offset: start)
            }
            skipSpace()
            if take("}") { return object }
            try requireComma()
        }
    }

    private mutating func array(depth: Int) throws(JSVProblem) -> [JSONValue] {
        guard depth <= Self.depthLimit else { throw problem(.tooDeep) }
        var values: [JSONValue] = []
        index += 1
        skipSpace()
        if take("]") { return values }
        while true {
            try countItem()
            skipSpace()
            let start = index
            values.append(
                try value(depth: depth) { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "]") })
            // Nobody writes an item that is nothing, and two readers could count it or not.
            guard index > start else { throw problem(peek == nil ? .endsEarly : .unexpectedByte) }
            skipSpace()
            if take("]") { return values }
            try requireComma()
        }
    }

    /// A bare word up to one of its ends, or to the end of the text, without the spaces around it.
    ///
    /// Brackets and quotation marks are quoted by whoever writes JSV: in a bare word they would be somebody's mistake,
    /// and a text that begins as a word and goes on as an object is what two readers read differently.
    private mutating func word(endsAt isEnd: (UInt8) -> Bool) throws(JSVProblem) -> String {
        skipSpace()
        let start = index
        var end = index
        while let byte = peek, !isEnd(byte) {
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"),
                UInt8(ascii: "\""):
                throw problem(.unexpectedByte)
            case 0x09, 0x0A, 0x0D, 0x20: index += 1
            case 0..<0x20, 0x7F: throw problem(.unexpectedByte)
            default:
                index += 1
                end = index
            }
        }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    /// A text between two quotation marks or two apostrophes, whichever it begins with.
    private mutating func quoted() throws(JSVProblem) -> String {
        let mark = bytes[index]
        index += 1
        var text: [UInt8] = []
        while let byte = peek {
            guard byte >= 0x20, byte != 0x7F else { throw problem(.unexpectedByte) }
            index += 1
            if byte == mark {
                guard peek == mark else { return String(decoding: text, as: UTF8.self) }
                index += 1
            }
            text.append(byte)
        }
        throw problem(.endsEarly)
    }

    private static func count(_ value: JSONValue) -> Int {
        switch value {
        case .array(let values): values.reduce(values.count) { $0 + count($1) }
        case .object(let object):
            object.members.reduce(object.members.count) { $0 + count($1.value) }
        case .null, .boolean, .number, .string: 0
        }
    }

    private mutating func countItem() throws(JSVProblem) {
        guard items < Self.itemLimit else { throw problem(.tooManyItems) }
        items += 1
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func requireComma() throws(JSVProblem) {
        guard peek != nil else { throw problem(.endsEarly) }
        guard take(",") else { throw problem(.unexpectedByte) }
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            index += 1
        }
    }

    private func problem(_ kind: JSVProblem.Kind) -> JSVProblem {
        JSVProblem(kind: kind, offset: index)
    }
}
