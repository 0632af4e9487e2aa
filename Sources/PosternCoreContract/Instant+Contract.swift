public import PosternModel

extension Instant {
    /// `2026-11-21T00:00:00.123Z`: RFC 3339 in UTC, with milliseconds.
    ///
    /// Instants outside the years 1 to 9999 are written as the nearer end.
    public var contractText: String { String(clientText.dropLast("0000Z".count)) + "Z" }

    /// Reads a `date-time` of RFC 3339; nil for anything else.
    public init?(contractText text: String) { self.init(rfc3339: text) }
}
