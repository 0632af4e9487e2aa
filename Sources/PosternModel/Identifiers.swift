/// The number the ledger gives an account; never reused.
public struct AccountID: RawRepresentable, Hashable, Sendable, Codable {
    /// A positive row number.
    public let rawValue: Int64

    /// Wraps a row number.
    public init(rawValue: Int64) { self.rawValue = rawValue }
}

/// The 128-bit name of a draft and of the message it becomes.
///
/// Clients write it as 32 hexadecimal digits or in the dashed 8-4-4-4-12 form, in either case; Postern
/// answers with 32 lower-case digits (`contracts/secure-messaging.md` section 7).
public struct MessageGUID: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The 16 bytes, most significant first.
    public let bytes: [UInt8]

    /// Wraps 16 bytes; any other count is refused.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Reads either spelling.
    public init?(_ text: some StringProtocol) {
        let digits: String
        switch text.utf8.count {
        case 32: digits = String(text)
        case 36:
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12] else { return nil }
            digits = parts.joined()
        default: return nil
        }
        guard let bytes = Hexadecimal.decode(digits) else { return nil }
        self.init(bytes: bytes)
    }

    /// A new name from the system's secure random source.
    public static func random() -> MessageGUID { MessageGUID(unchecked: RandomBytes.draw()) }

    private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    /// 32 lower-case hexadecimal digits.
    public var description: String { Hexadecimal.encode(bytes) }

    /// Reads either spelling from one string.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let guid = MessageGUID(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "Not a message GUID.")
        }
        self = guid
    }

    /// Writes the 32-digit spelling.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// The name of one decision: on the reply as `Postern-Decision`, in the log, in the audit entry.
public struct DecisionID: Hashable, Sendable, Codable, CustomStringConvertible {
    /// 32 lower-case hexadecimal digits.
    public let description: String

    /// Reads 32 hexadecimal digits.
    public init?(_ text: String) {
        guard text.utf8.count == 32, let bytes = Hexadecimal.decode(text) else { return nil }
        description = Hexadecimal.encode(bytes)
    }

    /// A new name for a decision made at an instant: 48 bits of milliseconds, then 80 random bits.
    ///
    /// As in a UUID of version 7 (RFC 9562 section 5.7), names made one after the other stand side by side in an index:
    /// a batch of sends changes one page of it, where names by chance alone would each change a page of their own.
    public static func make(at instant: Instant) -> DecisionID {
        var bytes = RandomBytes.draw()
        let time = UInt64(bitPattern: instant.milliseconds)
        for index in 0..<6 {
            bytes[index] = UInt8(truncatingIfNeeded: time >> UInt64(40 - 8 * index))
        }
        return DecisionID(bytes: bytes)
    }

    /// When it was made, to the millisecond; of a name that ``make(at:)`` did not make it means nothing.
    public var madeAt: Instant {
        Instant(milliseconds: Int64(description.prefix(12), radix: 16) ?? 0)
    }

    private init(bytes: [UInt8]) { description = Hexadecimal.encode(bytes) }

    /// Reads the digits from one string.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = DecisionID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "Not a decision id.")
        }
        self = id
    }

    /// Writes the digits as one string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// The SHA-256 of a policy folder's files: equal digests mean equal decisions.
public struct PolicyDigest: Hashable, Sendable, Codable, CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    public let description: String

    /// Wraps a 32-byte hash; any other count is refused.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        description = Hexadecimal.encode(bytes)
    }

    /// Reads 64 hexadecimal digits.
    public init?(_ text: String) {
        guard let bytes = Hexadecimal.decode(text) else { return nil }
        self.init(bytes: bytes)
    }

    /// Reads the digits from one string.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let digest = PolicyDigest(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "Not a policy digest.")
        }
        self = digest
    }

    /// Writes the digits as one string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
