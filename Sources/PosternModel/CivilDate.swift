/// A day of the calendar that ISO 8601 counts by: Gregorian, before 1582 too.
///
/// WHY NOT: Foundation's calendars and formatters. They read the process's locale and time zone data, count early years
/// by the Julian calendar, and cost more than the dozen whole-number operations this takes (Howard Hinnant's
/// `civil_from_days` and `days_from_civil`).
public struct CivilDate: Sendable, Equatable {
    /// The year; 0 is the one before 1.
    public let year: Int64
    /// The month, from 1.
    public let month: Int
    /// The day of the month, from 1.
    public let day: Int

    /// The day so many days after 1970-01-01.
    ///
    /// - Parameter days: At most as many as fit `Int64` as seconds.
    public init(daysSinceEpoch days: Int64) {
        let shifted = days + 719_468
        let era = shifted.quotientFloored(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
        month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// A day by its numbers; nil for one that does not exist, or outside the years 1 to 9999.
    public init?(year: Int, month: Int, day: Int) {
        let isLeap =
            year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...9999).contains(year), (1...12).contains(month),
            (1...lengths[month - 1]).contains(day)
        else { return nil }
        self.year = Int64(year)
        self.month = month
        self.day = day
    }

    /// How many days after 1970-01-01; negative before.
    public var daysSinceEpoch: Int64 {
        // Years that begin in March, so that the leap day is a year's last.
        let yearFromMarch = month <= 2 ? year - 1 : year
        let era = yearFromMarch.quotientFloored(by: 400)
        let yearOfEra = yearFromMarch - era * 400
        let monthFromMarch = Int64(month <= 2 ? month + 9 : month - 3)
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + Int64(day) - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719_468
    }
}

extension CivilDate: CustomStringConvertible {
    /// `2026-11-28`; years that have not four digits are written with those they have.
    public var description: String {
        guard (0...9999).contains(year) else { return "\(year)-\(month)-\(day)" }
        return String(unsafeUninitializedCapacity: 10) { bytes in
            func put(_ number: Int, at index: Int) {
                bytes[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / 10)
                bytes[index + 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10)
            }
            put(Int(year) / 100, at: 0)
            put(Int(year) % 100, at: 2)
            bytes[4] = UInt8(ascii: "-")
            put(month, at: 5)
            bytes[7] = UInt8(ascii: "-")
            put(day, at: 8)
            return 10
        }
    }
}

extension Int64 {
    /// The quotient rounded towards negative infinity, so that times before 1970 fall on the right day.
    public func quotientFloored(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
