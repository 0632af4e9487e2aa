internal import Foundation
internal import PosternModel

/// Dates as HTTP writes them (RFC 9110 section 5.6.7), without a formatter.
enum HTTPDate {
    /// Whole seconds since 1970.
    static func presentSecond() -> Int64 { Int64(Date().timeIntervalSince1970.rounded(.down)) }

    /// For example `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func text(_ second: Int64) -> String {
        let day = Int64((Double(second) / 86400).rounded(.down))
        let inDay = second - day * 86400
        let date = CivilDate(daysSinceEpoch: day)
        let weekday = Int(((day % 7) + 11) % 7)
        return
            "\(weekdays[weekday]), \(two(Int64(date.day))) \(months[date.month - 1]) \(date.year) "
            + "\(two(inDay / 3600)):\(two(inDay / 60 % 60)):\(two(inDay % 60)) GMT"
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func two(_ number: Int64) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
