extension AccountID {
    /// The account as a 128-bit name, which is how the Secure Messaging API tells people apart: eight bytes that say
    /// `Postern`, then the row number.
    public var guid: String {
        Hexadecimal.encode(
            Self.mark + withUnsafeBytes(of: rawValue.bigEndian) { Array($0) })
    }

    /// Reads a 128-bit name in either spelling; nil when it is none of an account's.
    public init?(guid text: String) {
        guard let bytes = MessageGUID(text)?.bytes, Array(bytes.prefix(8)) == Self.mark else {
            return nil
        }
        let number = bytes.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let number = Int64(exactly: number), number > 0 else { return nil }
        self.init(rawValue: number)
    }

    private static let mark = Array("Postern\0".utf8)
}
