internal import PosternModel

/// Dates as mail headers spell them (RFC 5322 section 3.3), always in UTC.
///
/// WHY NOT: a `DateFormatter`. It reads the process's locale and is not safe to share.
enum MailDate {
    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The date and time of an instant, for example `Sat, 21 Nov 2026 04:15:26 +0000`.
    static func format(_ instant: Instant) -> String {
        let seconds = floorDivide(instant.milliseconds, 1000)
        let day = floorDivide(seconds, 86_400)
        let time = seconds - day * 86_400
        let date = CivilDate(daysSinceEpoch: day)
        let weekday = weekdays[Int(day - floorDivide(day, 7) * 7)]
        let clock = [time / 3600, time / 60 % 60, time % 60].map(padded).joined(separator: ":")
        return "\(weekday), \(date.day) \(months[date.month - 1]) \(date.year) \(clock) +0000"
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : (value + 1) / divisor - 1
    }

    private static func padded(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
