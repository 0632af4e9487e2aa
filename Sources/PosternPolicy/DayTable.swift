import Foundation
import PosternModel

/// A time zone's days, worked out from its offset changes once so that a decision costs a few additions.
///
/// A day begins at the first instant whose local date has reached it, and ends where the next begins. So
/// days follow one another without gap or overlap even where clocks are put back across midnight, and a
/// date that a zone skipped has no instants at all. Offsets after 2100 stay as they are at its end, those
/// before 1970 as at its start.
struct DayTable: Sendable {
    /// The zone's IANA name.
    let identifier: String
    /// When each offset begins to hold; the first holds from ever.
    private let starts: [Int64]
    /// Milliseconds east of UTC.
    private let offsets: [Int64]

    /// The names to suggest from.
    static let names = Set(TimeZone.knownTimeZoneIdentifiers).union(["UTC"])

    private static let dayLength: Int64 = 86_400_000
    private static let firstYear = Date(timeIntervalSince1970: 0)
    private static let lastYear = Date(timeIntervalSince1970: 4_133_980_800)  // 2101-01-01

    /// Reads a zone; nil for a name the system does not know.
    init?(_ identifier: String) {
        // The system lists each zone under one name and knows the others too: Asia/Kolkata and
        // Asia/Calcutta. What it makes of names without an area, such as GMT+1, is not meant here.
        guard Self.names.contains(identifier) || identifier.contains("/"),
            let zone = TimeZone(identifier: identifier)
        else { return nil }
        self.identifier = identifier
        var starts: [Int64] = [.min]
        var offsets = [Int64(zone.secondsFromGMT(for: Self.firstYear)) * 1000]
        var date = Self.firstYear
        while let next = zone.nextDaylightSavingTimeTransition(after: date), next > date,
            next < Self.lastYear
        {
            let offset = Int64(zone.secondsFromGMT(for: next)) * 1000
            if offset != offsets.last {
                starts.append(Int64((next.timeIntervalSince1970 * 1000).rounded()))
                offsets.append(offset)
            }
            date = next
        }
        self.starts = starts
        self.offsets = offsets
    }

    /// The days a policy may name: those of the years 1970 to 9999 or so.
    private static let sane: ClosedRange<Int64> = -4_000_000_000_000...253_000_000_000_000

    /// The day an instant falls on.
    func day(at instant: Instant) -> CalendarDay {
        // Beyond some ten thousand years the sums below would overflow; nothing is scheduled there.
        let time = min(max(instant.milliseconds, Self.sane.lowerBound), Self.sane.upperBound)
        let local = time + offsets[segment(at: time)]
        var day = local.quotientFloored(by: Self.dayLength)
        while start(of: day + 1) <= time { day += 1 }
        let start = start(of: day)
        var end = self.start(of: day + 1)
        // A skipped date begins and ends at once: the next one that takes time is the next day.
        var next = day + 1
        while end <= start {
            next += 1
            end = self.start(of: next)
        }
        return CalendarDay(
            key: CivilDate(daysSinceEpoch: day).description, startsAt: Instant(milliseconds: start),
            endsAt: Instant(milliseconds: end))
    }

    /// When the day after a date begins.
    func end(of date: CivilDate) -> Instant {
        Instant(milliseconds: start(of: date.daysSinceEpoch + 1))
    }

    private func start(of day: Int64) -> Int64 {
        let midnight = day * Self.dayLength
        // No zone is more than 26 hours away from UTC.
        var index = segment(at: midnight - 26 * 3_600_000)
        while index + 1 < starts.count {
            let candidate = max(starts[index], midnight - offsets[index])
            if candidate < starts[index + 1] { return candidate }
            index += 1
        }
        return max(starts[index], midnight - offsets[index])
    }

    private func segment(at time: Int64) -> Int {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= time { low = middle } else { high = middle }
        }
        return low
    }
}
