public import PosternModel

/// The place that something sealed belongs to; it opens nowhere else.
///
/// The mark is authenticated with what is sealed, and not stored: whoever opens says where they found it. Nothing
/// can be moved to another message or put to another use, and parts cannot be reordered, left out or cut off.
public struct SealMark: Hashable, Sendable {
    /// What was sealed.
    ///
    /// The numbers are part of what is authenticated and keep their meaning for ever.
    public enum Purpose: UInt8, Sendable, CaseIterable {
        /// A message's subject.
        case subject = 1
        /// A message's body.
        case body = 2
        /// An attachment's file name.
        case attachmentName = 3
        /// A part of an attachment.
        case attachmentChunk = 4
        /// A content key, under a password's key.
        case key = 5
        /// What a dialect keeps with a message.
        case annex = 6
        /// Where the one who sent a message is called back.
        case callback = 7
        /// What the messages of a dispatch say.
        case dispatch = 8
        /// What a core was entrusted with.
        case delivery = 16
    }

    /// The mark as it is authenticated: purpose, name, index and count, the numbers most significant byte first.
    let bytes: [UInt8]

    /// Marks what is sealed in one piece and belongs to a message.
    public init(_ purpose: Purpose, of message: MessageGUID) {
        self.init(purpose, unchecked: message.bytes, 0, 1)
    }

    /// Marks one part of several; nil for a name of another length, and for a part beyond the last.
    ///
    /// Something empty is one empty part: with none at all, nothing would show that it had not been removed.
    ///
    /// - Parameters:
    ///   - purpose: What is sealed.
    ///   - name: The 16 bytes that name the message or attachment it belongs to.
    ///   - index: Which part it is, counted from 0.
    ///   - count: How many parts there are.
    public init?(_ purpose: Purpose, of name: [UInt8], part index: UInt64 = 0, of count: UInt64 = 1)
    {
        guard name.count == ObjectName.byteCount, index < count else { return nil }
        self.init(purpose, unchecked: name, index, count)
    }

    private init(
        _ purpose: Purpose, unchecked name: [UInt8], _ index: UInt64, _ count: UInt64
    ) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1 + ObjectName.byteCount + 16)
        bytes.append(purpose.rawValue)
        bytes += name
        for number in [index, count] {
            withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
        }
        self.bytes = bytes
    }
}

/// The 16 bytes that name a message or an attachment.
enum ObjectName {
    static let byteCount = 16
}
