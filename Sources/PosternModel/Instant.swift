/// A point in time, in whole milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// Whole numbers compare and store exactly, which dates kept as floating point do not.
public struct Instant: Hashable, Comparable, Sendable, Codable {
    /// Milliseconds since the Unix epoch; negative before 1970.
    public let milliseconds: Int64

    /// Wraps milliseconds since the Unix epoch.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Orders by time.
    public static func < (left: Instant, right: Instant) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The instant a duration later, stopping at the ends of the range rather than wrapping.
    public func advanced(by duration: Duration) -> Instant {
        let (sum, overflow) = milliseconds.addingReportingOverflow(duration.wholeMilliseconds)
        return Instant(milliseconds: overflow ? (duration < .zero ? .min : .max) : sum)
    }

    /// How long from this instant to another; negative when the other is earlier.
    public func duration(to other: Instant) -> Duration {
        .milliseconds(other.milliseconds.subtractingReportingOverflow(milliseconds).partialValue)
    }

    /// Reads the number of milliseconds.
    public init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    /// Writes the number of milliseconds.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }
}

extension Duration {
    /// This duration in milliseconds, cut towards zero; the ends of the range where it does not fit.
    public var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        if overflow { return seconds < 0 ? .min : .max }
        return product + attoseconds / 1_000_000_000_000_000
    }
}

/// Where time comes from: the system in production, a hand-held clock in tests.
public protocol Clock: Sendable {
    /// The present instant.
    func now() -> Instant
}
