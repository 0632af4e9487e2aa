/// An input taken apart: small choices from its front, texts and files from the rest.
struct FuzzInput {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    /// What has not been taken yet.
    var rest: [UInt8] { Array(bytes) }
    /// What has not been taken yet, as text; invalid UTF-8 is repaired, since these parsers take strings.
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var isEmpty: Bool { bytes.isEmpty }

    /// The next byte; 0 at the end.
    mutating func byte() -> UInt8 { bytes.popFirst() ?? 0 }

    /// A yes or no.
    mutating func flag() -> Bool { byte() & 1 == 1 }

    /// A number below a bound.
    mutating func number(below bound: Int) -> Int {
        bound <= 256 ? Int(byte()) % bound : (Int(byte()) << 8 | Int(byte())) % bound
    }

    /// A number as logs may hold it: mostly small, at times at an end of the range.
    mutating func count() -> Int {
        switch byte() {
        case 255: .max
        case 254: .min
        case 253: -1
        case 252: number(below: 65_536)
        case let small: Int(small % 32)
        }
    }

    /// One of some values.
    mutating func pick<Value>(_ values: [Value]) -> Value { values[number(below: values.count)] }

    /// The bytes up to the next one of a kind, which is dropped.
    mutating func upTo(_ end: UInt8) -> [UInt8] {
        let part = bytes.prefix { $0 != end }
        bytes = bytes[part.endIndex...].dropFirst()
        return Array(part)
    }

    /// The next line as text.
    mutating func line() -> String { String(decoding: upTo(UInt8(ascii: "\n")), as: UTF8.self) }

    /// Files, each after a line `=== name`; what precedes the first is the file named.
    static func files(_ bytes: [UInt8], first: String) -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        var name = first
        var start = 0
        var index = 0
        let mark = Array("=== ".utf8)
        func close(at end: Int) {
            if end > start || name != first { files[name] = Array(bytes[start..<max(start, end)]) }
        }
        while index < bytes.count {
            let startsLine = index == 0 || bytes[index - 1] == UInt8(ascii: "\n")
            guard startsLine, bytes[index...].starts(with: mark),
                let end = bytes[index...].firstIndex(of: UInt8(ascii: "\n"))
            else {
                index += 1
                continue
            }
            // The line feed before the mark belongs to the mark, so that a file can end without one.
            close(at: index - 1)
            name = String(decoding: bytes[(index + mark.count)..<end], as: UTF8.self)
            index = end + 1
            start = index
        }
        close(at: bytes.count)
        return files
    }
}
