public import PosternModel

extension Instant {
    /// `2026-11-21T00:00:00.123Z`: RFC 3339 in UTC, with milliseconds.
    ///
    /// Instants outside the years 1 to 9999 are written as the nearer end.
    public var contractText: String { String(clientText.dropLast("0000Z".count)) + "Z" }

    /// Reads a `date-time` of RFC 3339; nil for anything else, and for dates that do not exist.
    ///
    /// Of a fraction, whole milliseconds count. A leap second is none of ours: no clock that Postern reads shows one.
    public init?(contractText text: String) {
        let bytes = Array(text.utf8)
        // What may be left out where clients write dates may not be left out here: the time, and where it is counted from.
        guard bytes.count >= 20, bytes[10] == UInt8(ascii: "T"),
            let last = bytes.last,
            last == UInt8(ascii: "Z")
                || bytes.suffix(6).first.map({ $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") })
                    == true && bytes[bytes.count - 3] == UInt8(ascii: ":")
        else { return nil }
        self.init(clientText: text)
    }
}
