import PosternModel

/// The hours of the day and days of the week a message may go out at, in Moscow; empty for any.
struct SendingHours: Equatable {
    /// From 0 to 23.
    var hours: [Int]
    /// From 1, Monday, to 7.
    var days: [Int]

    /// The first instant from the one given that is among them.
    func first(from start: Instant) -> Instant {
        guard !hours.isEmpty || !days.isEmpty else { return start }
        var instant = start
        // Any hour of any day comes again within a week.
        for _ in 0...(7 * 24) {
            let hour = Self.hour(of: instant)
            if allows(hour: hour) { return instant }
            instant = Instant(
                milliseconds: ((hour + 1) * 3600 - Int64(LocalTime.moscow)) * 1000)
        }
        return instant
    }

    /// Whole hours since 1970 by Moscow's clock.
    private static func hour(of instant: Instant) -> Int64 {
        let local = instant.advanced(by: .seconds(LocalTime.moscow)).milliseconds
        return local / 3_600_000
    }

    private func allows(hour: Int64) -> Bool {
        // 1970 began on a Thursday.
        let day = Int((hour / 24 + 3) % 7) + 1
        return (hours.isEmpty || hours.contains(Int(hour % 24)))
            && (days.isEmpty || days.contains(day))
    }
}
