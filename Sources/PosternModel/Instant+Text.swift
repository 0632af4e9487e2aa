extension Instant {
    /// The first millisecond of year 1 and the last of year 9999: what texts of four-digit years can say.
    private static let writable: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999

    /// `2026-11-21T00:00:00Z`, cut to whole seconds.
    ///
    /// Instants outside the years 1 to 9999 are written as the nearer end: RFC 3339 has no others.
    public var rfc3339: String { text(fraction: "") }

    /// `2026-11-21T00:00:00.1230000Z`: how Secure Messaging's replies spell a date, in its framework's ten-millionths.
    ///
    /// Instants outside the years 1 to 9999 are written as the nearer end.
    public var clientText: String {
        let milliseconds = bounded.milliseconds
        let fraction = milliseconds - milliseconds.quotientFloored(by: 1000) * 1000
        return text(fraction: ".\(Int(fraction).padded(to: 3))0000")
    }

    /// Reads a date as clients of Secure Messaging write it; nil for anything else.
    ///
    /// ISO 8601 is read as `2026-11-28` or `2026-11-28T10:11:12`, the time with a fraction of any length, of which
    /// whole milliseconds count, and with `Z`, `+01:00` or `+0100`; without an offset it is UTC, as the vendor's
    /// client assumes. `/Date(1700000000000)/` is the framework's own spelling: milliseconds since 1970 in UTC,
    /// whatever offset follows them, and its slashes may still carry a JSON text's backslashes.
    ///
    /// Dates that do not exist are nil rather than moved, and so is everything outside the years 1 to 9999.
    public init?(clientText text: String) {
        var reader = DateReader(text)
        guard let milliseconds = reader.milliseconds(), reader.isAtEnd,
            Self.writable.contains(milliseconds)
        else { return nil }
        self.init(milliseconds: milliseconds)
    }

    /// Reads a `date-time` of RFC 3339; nil for anything else, and for dates that do not exist.
    ///
    /// What may be left out where clients write dates may not be left out here: the time, and the offset it is counted from.
    /// Of a fraction, whole milliseconds count. A leap second is none of ours: no clock that Postern reads shows one.
    public init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[10] == UInt8(ascii: "T"),
            let last = bytes.last,
            last == UInt8(ascii: "Z")
                || bytes.suffix(6).first.map({ $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") })
                    == true && bytes[bytes.count - 3] == UInt8(ascii: ":")
        else { return nil }
        self.init(clientText: text)
    }

    private var bounded: Instant {
        Instant(
            milliseconds: min(
                max(milliseconds, Self.writable.lowerBound), Self.writable.upperBound))
    }

    private func text(fraction: String) -> String {
        let seconds = bounded.milliseconds.quotientFloored(by: 1000)
        let days = seconds.quotientFloored(by: 86_400)
        let date = CivilDate(daysSinceEpoch: days)
        let time = Int(seconds - days * 86_400)
        let clock = [time / 3600, time / 60 % 60, time % 60].map { $0.padded(to: 2) }
        return "\(date)T\(clock.joined(separator: ":"))\(fraction)Z"
    }
}

extension CivilDate {
    /// Reads `2026-11-28`; nil for anything else, and for days that do not exist.
    public init?(_ text: String) {
        var reader = DateReader(text)
        guard let date = reader.date(), reader.isAtEnd else { return nil }
        self = date
    }
}

extension Int {
    /// The digits of a number that is not negative, with zeros before them.
    fileprivate func padded(to count: Int) -> String {
        let digits = String(self)
        return String(repeating: "0", count: Swift.max(0, count - digits.utf8.count)) + digits
    }
}

/// One pass over a date, byte by byte.
private struct DateReader {
    private var rest: ArraySlice<UInt8>

    init(_ text: String) { rest = Array(text.utf8)[...] }

    var isAtEnd: Bool { rest.isEmpty }

    /// Milliseconds since 1970; nil where the text is no date.
    mutating func milliseconds() -> Int64? {
        if take("/Date(") { return counted(end: ")/") }
        if take("\\/Date(") { return counted(end: ")\\/") }
        guard let date = date() else { return nil }
        let midnight = date.daysSinceEpoch * 86_400_000
        guard !isAtEnd else { return midnight }
        guard take("T"), let hour = number(2), hour < 24, take(":"), let minute = number(2),
            minute < 60, take(":"), let second = number(2), second < 60,
            let fraction = fraction(), let offset = offset(colon: true)
        else { return nil }
        return midnight + Int64(((hour * 60 + minute - offset) * 60 + second) * 1000 + fraction)
    }

    /// A day that exists.
    mutating func date() -> CivilDate? {
        guard let year = number(4), take("-"), let month = number(2), take("-"),
            let day = number(2)
        else { return nil }
        return CivilDate(year: year, month: month, day: day)
    }

    /// `1700000000000)/`, with an offset that says nothing about the instant.
    private mutating func counted(end: StaticString) -> Int64? {
        let isNegative = take("-")
        let digits = rest.prefix { isDigit($0) }
        // Fifteen are more than year 9999 has, and always fit.
        guard (1...15).contains(digits.count) else { return nil }
        rest = rest[digits.endIndex...]
        guard offset(colon: false) != nil, take(end) else { return nil }
        let count = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
        return isNegative ? -count : count
    }

    /// The whole milliseconds of a fraction; 0 without one, nil where its digits are missing.
    private mutating func fraction() -> Int? {
        guard take(".") else { return 0 }
        let digits = rest.prefix { isDigit($0) }
        guard !digits.isEmpty else { return nil }
        rest = rest[digits.endIndex...]
        var milliseconds = 0
        for place in 0..<3 {
            let at = digits.startIndex + place
            let digit = at < digits.endIndex ? Int(digits[at] - UInt8(ascii: "0")) : 0
            milliseconds = milliseconds * 10 + digit
        }
        return milliseconds
    }

    /// Minutes east of UTC; 0 where there is no offset, nil where it is none.
    private mutating func offset(colon: Bool) -> Int? {
        if colon, take("Z") { return 0 }
        let isWest = take("-")
        guard isWest || take("+") else { return 0 }
        guard let hours = number(2), hours < 24 else { return nil }
        if colon { _ = take(":") }
        guard let minutes = number(2), minutes < 60 else { return nil }
        return (hours * 60 + minutes) * (isWest ? -1 : 1)
    }

    private mutating func number(_ count: Int) -> Int? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy(isDigit) else { return nil }
        rest = rest.dropFirst(count)
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    private mutating func take(_ text: StaticString) -> Bool {
        guard text.withUTF8Buffer({ rest.starts(with: $0) }) else { return false }
        rest = rest.dropFirst(text.utf8CodeUnitCount)
        return true
    }

    private func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }
}
