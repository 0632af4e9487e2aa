import Foundation
import PosternModel
import Testing

@Suite struct InstantTextTests {
    @Test(
        arguments: [
            ("1970-01-01", 0), ("1969-12-31", -86_400_000), ("2026-11-28", 1_795_824_000_000),
            ("2000-02-29", 951_782_400_000), ("2024-02-29", 1_709_164_800_000),
            ("0001-01-01", -62_135_596_800_000), ("9999-12-31", 253_402_214_400_000),
            ("2026-11-28T10:11:12", 1_795_860_672_000),
            ("2026-11-28T10:11:12Z", 1_795_860_672_000),
            ("2026-11-28T10:11:12+01:00", 1_795_857_072_000),
            ("2026-11-28T10:11:12+0100", 1_795_857_072_000),
            ("2026-11-28T10:11:12-05:30", 1_795_880_472_000),
            ("2026-11-28T10:11:12-00:00", 1_795_860_672_000),
            ("2026-11-28T00:00:00+23:59", 1_795_737_660_000),
            ("2026-11-28T10:11:12.5", 1_795_860_672_500),
            ("2026-11-28T10:11:12.05Z", 1_795_860_672_050),
            ("2026-11-28T10:11:12.1234567Z", 1_795_860_672_123),
            ("2026-11-28T10:11:12.9999999999999999999999999999+01:00", 1_795_857_072_999),
            ("1969-12-31T23:59:59.999Z", -1), ("9999-12-31T23:59:59.9999999", 253_402_300_799_999),
            ("/Date(1700000000000)/", 1_700_000_000_000), ("/Date(0)/", 0), ("/Date(-1)/", -1),
            ("/Date(1700000000000+0100)/", 1_700_000_000_000),
            ("/Date(1700000000000-0000)/", 1_700_000_000_000),
            ("\\/Date(1700000000000)\\/", 1_700_000_000_000),
            ("/Date(-62135596800000)/", -62_135_596_800_000),
            ("/Date(253402300799999)/", 253_402_300_799_999),
        ] as [(String, Int64)])
    func `a client's date is read, and so is what is written of it`(
        _ text: String, _ milliseconds: Int64
    ) {
        let instant = Instant(clientText: text)
        #expect(instant == Instant(milliseconds: milliseconds))
        #expect(instant.flatMap { Instant(clientText: $0.clientText) } == instant)
    }

    @Test(arguments: [
        "", " ", "2026", "2026-11", "2026-1-1", "20261128", "2026-11-28T", "2026-11-28T10:11",
        "2026-11-28 10:11:12", "2026-11-28t10:11:12", "2026-11-28T10:11:12z",
        "2026-11-28T10:11:12.", "2026-11-28T10:11:12.Z", "2026-11-28T10:11:12,5",
        "2026-11-28T10:11:12+1", "2026-11-28T10:11:12+01", "2026-11-28T10:11:12+01:0",
        "2026-11-28T10:11:12+24:00", "2026-11-28T10:11:12+01:60", "2026-11-28T10:11:12Z ",
        "2026-11-28T10:11:12ZZ", "2026-11-28T24:00:00", "2026-11-28T10:60:00",
        "2026-12-31T23:59:60", "2026-02-30", "2026-02-29", "1900-02-29", "2026-04-31", "2026-00-01",
        "2026-13-01", "2026-01-00", "2026-01-32", "0000-01-01", "10000-01-01", "-001-01-01",
        "+2026-11-28", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "2026-11-28Z",
        "٢٠٢٦-11-28", "2026-11-28T10:11:12−01:00", "/Date()/", "/Date(-)/", "/Date(+1)/",
        "/Date(1)",
        "/Date(1)\\/", "\\/Date(1)/", "/Date(1.5)/", "/Date(1 )/", "/date(1)/", "/Date(1+01:00)/",
        "/Date(1+01)/", "/Date(1Z)/", "/Date(253402300800000)/", "/Date(-62135596800001)/",
        "/Date(1000000000000000)/", "/Date(99999999999999999999)/", "/Date(1)//", "tomorrow",
    ])
    func `anything else is no date`(_ text: String) {
        #expect(Instant(clientText: text) == nil)
    }

    @Test(arguments: [
        "2026-11-28T10:11:12Z", "2026-11-28T11:11:12+01:00", "2026-11-28T04:41:12.000-05:30",
    ])
    func `a time with its offset is one of RFC 3339`(_ text: String) {
        #expect(Instant(rfc3339: text) == Instant(milliseconds: 1_795_860_672_000))
    }

    @Test(arguments: [
        "", "2026-11-28", "2026-11-28T10:11:12", "2026-11-28T10:11:12.5", "2026-11-28 10:11:12Z",
        "2026-11-28T10:11Z", "2026-11-28T10:11:12+0100", "2026-11-28T10:11:12+01",
        "2026-02-30T10:11:12Z", "2026-11-28T24:00:00Z", "/Date(1795860672000)/",
        "/Date(1795860672000+01:00)/",
    ])
    func `what leaves something out is none of RFC 3339`(_ text: String) {
        #expect(Instant(rfc3339: text) == nil)
    }

    @Test(arguments: [("2026-11-28", 20_785), ("0001-01-01", -719_162), ("9999-12-31", 2_932_896)])
    func `a day is read as it is written`(_ text: String, _ days: Int64) {
        #expect(CivilDate(text) == CivilDate(daysSinceEpoch: days))
        #expect(CivilDate(daysSinceEpoch: days).description == text)
    }

    @Test(arguments: [
        "", "2026-11", "2026-11-28 ", " 2026-11-28", "2026-11-28T10:11:12Z", "2026-1-1",
        "2026-02-29", "0000-01-01", "10000-01-01", "+026-11-28", "٢٠٢٦-11-28",
    ])
    func `anything else is no day`(_ text: String) {
        #expect(CivilDate(text) == nil)
    }

    @Test func `a day beyond four digits keeps those it has`() {
        #expect(CivilDate(daysSinceEpoch: 2_932_897).description == "10000-1-1")
        #expect(CivilDate(daysSinceEpoch: -719_528 - 365).description == "-1-1-1")
    }

    @Test(arguments: [
        "2026-11-28T10:11:12.123+01:00", "/Date(1700000000000+0100)/", "\\/Date(-17)\\/",
    ])
    func `a date cut anywhere is another date or none, and never a crash`(_ text: String) {
        for end in 0..<text.count { _ = Instant(clientText: String(text.prefix(end))) }
        for index in text.indices {
            for character in ["", "\u{0}", "9", "-", "+", ".", "é", "T", "Z"] {
                let changed = text[..<index] + character + text[text.index(after: index)...]
                _ = Instant(clientText: String(changed))
            }
        }
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.0000000Z"), (-1, "1969-12-31T23:59:59.9990000Z"),
            (1_795_860_672_007, "2026-11-28T10:11:12.0070000Z"),
            (-62_135_596_800_000, "0001-01-01T00:00:00.0000000Z"),
            (Int64.max, "9999-12-31T23:59:59.9990000Z"),
            (Int64.min, "0001-01-01T00:00:00.0000000Z"),
        ] as [(Int64, String)])
    func `a date is written with seven digits`(_ milliseconds: Int64, _ text: String) {
        #expect(Instant(milliseconds: milliseconds).clientText == text)
    }

    @Test func `every day from 1583 to 9999 is the one Foundation counts`() {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        // A prime number of days, so that every day of the month and of the year comes up.
        for days in stride(from: Int64(-141_347), through: 2_932_896, by: 997) {
            let date = CivilDate(daysSinceEpoch: days)
            let parts = calendar.dateComponents(
                [.year, .month, .day], from: Date(timeIntervalSince1970: Double(days) * 86_400))
            #expect(Int(date.year) == parts.year)
            #expect(date.month == parts.month)
            #expect(date.day == parts.day)
        }
    }

    @Test func `days follow each other through all the years`() {
        var expected: (year: Int64, month: Int, day: Int) = (1, 1, 1)
        var wrong = 0
        for days in Int64(-719_162)...2_932_896 {
            let date = CivilDate(daysSinceEpoch: days)
            let isRight =
                date.year == expected.year && date.month == expected.month
                && date.day == expected.day && date.daysSinceEpoch == days
            if !isRight { wrong += 1 }
            if CivilDate(year: Int(date.year), month: date.month, day: date.day + 1) != nil {
                expected = (date.year, date.month, date.day + 1)
            } else if date.month < 12 {
                expected = (date.year, date.month + 1, 1)
            } else {
                expected = (date.year + 1, 1, 1)
            }
        }
        #expect(wrong == 0)
        #expect(expected == (10_000, 1, 1))
    }
}
