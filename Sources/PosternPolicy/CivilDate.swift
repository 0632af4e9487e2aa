/// A date of the proleptic Gregorian calendar, as a count of days from 1970-01-01.
struct CivilDate: Sendable, Equatable {
    /// Days since 1970-01-01.
    let day: Int64

    init(day: Int64) { self.day = day }

    /// Reads `yyyy-MM-dd`; nil for a day that does not exist.
    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2],
            parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let year = Int64(parts[0]), let month = Int64(parts[1]), let date = Int64(parts[2]),
            (1...12).contains(month), (1...31).contains(date)
        else { return nil }
        // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
        let y = month <= 2 ? year - 1 : year
        let era = y.floorDivided(by: 400)
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + date - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        day = era * 146_097 + dayOfEra - 719_468
        guard key == text else { return nil }
    }

    /// `yyyy-MM-dd`; longer years keep their digits.
    var key: String {
        // The same paper's civil_from_days.
        let z = day + 719_468
        let era = z.floorDivided(by: 146_097)
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let date = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        guard (0...9999).contains(year) else { return "\(year)-\(month)-\(date)" }
        return String(unsafeUninitializedCapacity: 10) { bytes in
            let zero = UInt8(ascii: "0")
            func put(_ number: Int64, at index: Int) {
                bytes[index] = zero + UInt8(truncatingIfNeeded: number / 10)
                bytes[index + 1] = zero + UInt8(truncatingIfNeeded: number % 10)
            }
            put(year / 100, at: 0)
            put(year % 100, at: 2)
            bytes[4] = UInt8(ascii: "-")
            put(month, at: 5)
            bytes[7] = UInt8(ascii: "-")
            put(date, at: 8)
            return 10
        }
    }
}

extension Int64 {
    /// The quotient rounded towards minus infinity.
    func floorDivided(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
