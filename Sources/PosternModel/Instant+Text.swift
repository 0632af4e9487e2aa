import Foundation

extension Instant {
    /// `2026-11-21T00:00:00Z`, cut to whole seconds.
    ///
    /// Instants outside the years 1583 to 9999 are written as the nearer end: RFC 3339 has no later
    /// years, and Foundation counts earlier ones by the Julian calendar.
    public var rfc3339: String {
        let seconds = milliseconds.quotientFloored(by: 1000)
        let bounded = min(max(seconds, -12_212_553_600), 253_402_300_799)
        return Date(timeIntervalSince1970: Double(bounded)).formatted(.iso8601)
    }
}

extension Int64 {
    fileprivate func quotientFloored(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
