public import NIOHPACK
internal import NIOCore

/// One HTTP/2 frame as bytes, right or wrong: nothing is checked.
public struct TestFrame: Sendable, Equatable {
    /// The type's number (RFC 9113 section 6).
    public var type: UInt8
    /// The flags.
    public var flags: UInt8
    /// The stream.
    public var stream: UInt32
    /// The payload.
    public var payload: [UInt8]

    /// Makes a frame.
    public init(_ type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) {
        self.type = type
        self.flags = flags
        self.stream = stream
        self.payload = payload
    }

    /// The client's preface and an empty SETTINGS frame.
    public static let opening: [UInt8] =
        Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + TestFrame(4).bytes

    /// A DATA frame.
    public static func data(_ stream: UInt32, _ bytes: [UInt8], ends: Bool = true) -> TestFrame {
        TestFrame(0, flags: ends ? 1 : 0, stream: stream, bytes)
    }

    /// A HEADERS frame with a whole header block, of literals only.
    public static func headers(
        _ stream: UInt32, _ fields: [(String, String)], ends: Bool = true
    ) -> TestFrame {
        TestFrame(1, flags: ends ? 5 : 4, stream: stream, block(fields))
    }

    /// The fields of a sound request.
    public static func request(
        _ method: String = "GET", _ path: String = "/", _ more: [(String, String)] = []
    ) -> [(String, String)] {
        [(":method", method), (":scheme", "https"), (":path", path), (":authority", "localhost")]
            + more
    }

    /// A header block of literal fields without indexing, names as they are (RFC 7541 section 6.2.2).
    public static func block(_ fields: [(String, String)]) -> [UInt8] {
        fields.reduce(into: []) { bytes, field in
            bytes.append(0)
            for text in [field.0, field.1] {
                integer(text.utf8.count, into: &bytes)
                bytes.append(contentsOf: text.utf8)
            }
        }
    }

    private static func integer(_ number: Int, into bytes: inout [UInt8]) {
        guard number >= 127 else {
            bytes.append(UInt8(number))
            return
        }
        bytes.append(127)
        var rest = number - 127
        while rest >= 128 {
            bytes.append(UInt8(rest & 127 | 128))
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// The frame on the wire.
    public var bytes: [UInt8] {
        let length = UInt32(payload.count)
        return [
            UInt8(length >> 16 & 255), UInt8(length >> 8 & 255), UInt8(length & 255), type, flags,
        ]
            + [24, 16, 8, 0].map { UInt8(stream >> $0 & 255) } + payload
    }

    /// Reads as many whole frames as the bytes hold.
    public static func parse(_ bytes: [UInt8]) -> [TestFrame] {
        var frames: [TestFrame] = []
        var at = 0
        while bytes.count - at >= 9 {
            let length = Int(bytes[at]) << 16 | Int(bytes[at + 1]) << 8 | Int(bytes[at + 2])
            guard bytes.count - at - 9 >= length else { break }
            let stream = bytes[at + 5..<at + 9].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            frames.append(
                TestFrame(
                    bytes[at + 3], flags: bytes[at + 4], stream: stream & 0x7FFF_FFFF,
                    Array(bytes[(at + 9)..<(at + 9 + length)])))
            at += 9 + length
        }
        return frames
    }

    /// The header blocks of a connection's frames, decoded in order, by stream; interim ones included.
    ///
    /// - Throws: When a block cannot be decoded.
    public static func responses(in frames: [TestFrame]) throws -> [UInt32: [HPACKHeaders]] {
        var decoder = HPACKDecoder(allocator: ByteBufferAllocator())
        var found: [UInt32: [HPACKHeaders]] = [:]
        for frame in frames where frame.type == 1 {
            var block = ByteBuffer(bytes: frame.payload)
            found[frame.stream, default: []].append(try decoder.decodeHeaders(from: &block))
        }
        return found
    }

    /// The final status of each stream that has one.
    public static func statuses(in bytes: [UInt8]) throws -> [UInt32: Int] {
        try responses(in: parse(bytes)).compactMapValues { blocks in
            blocks.compactMap { $0.first(name: ":status").flatMap { Int($0) } }.last { $0 >= 200 }
        }
    }
}
