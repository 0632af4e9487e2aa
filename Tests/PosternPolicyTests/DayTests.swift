import Foundation
import PosternModel
import PosternPolicy
import Testing

@Suite struct DayTests {
    @Test(arguments: [
        (
            "Europe/Zurich", "2026-03-29T12:00:00Z", "2026-03-29", "2026-03-28T23:00:00Z",
            "2026-03-29T22:00:00Z"
        ),
        (
            "Europe/Zurich", "2026-10-25T22:59:59Z", "2026-10-25", "2026-10-24T22:00:00Z",
            "2026-10-25T23:00:00Z"
        ),
        (
            "America/New_York", "2026-11-01T04:00:00Z", "2026-11-01", "2026-11-01T04:00:00Z",
            "2026-11-02T05:00:00Z"
        ),
        // Clocks go forward at midnight: the day begins at one.
        (
            "America/Santiago", "2026-09-06T12:00:00Z", "2026-09-06", "2026-09-06T04:00:00Z",
            "2026-09-07T03:00:00Z"
        ),
        // A whole day skipped: Samoa had no 30 December 2011.
        (
            "Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29", "2011-12-29T10:00:00Z",
            "2011-12-30T10:00:00Z"
        ),
        (
            "Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31", "2011-12-30T10:00:00Z",
            "2011-12-31T10:00:00Z"
        ),
        // Clocks were put back at 00:01: the minute belongs to the new day, and stays there.
        (
            "America/St_Johns", "2008-11-02T02:31:30Z", "2008-11-02", "2008-11-02T02:30:00Z",
            "2008-11-03T03:30:00Z"
        ),
        (
            "Australia/Lord_Howe", "2026-04-05T00:00:00Z", "2026-04-05", "2026-04-04T13:00:00Z",
            "2026-04-05T13:30:00Z"
        ),
        (
            "Asia/Kathmandu", "2026-01-01T00:00:00Z", "2026-01-01", "2025-12-31T18:15:00Z",
            "2026-01-01T18:15:00Z"
        ),
        (
            "UTC", "2024-02-29T23:59:59Z", "2024-02-29", "2024-02-29T00:00:00Z",
            "2024-03-01T00:00:00Z"
        ),
    ])
    func `a day begins and ends where the zone says`(
        _ zone: String, _ at: String, _ key: String, _ start: String, _ end: String
    ) throws {
        let policy = try Fixtures.policy(("Europe/Zurich", zone))
        let day = policy.day(at: try Fixtures.instant(at))
        #expect(day.key == key)
        #expect(day.startsAt == (try Fixtures.instant(start)))
        #expect(day.endsAt == (try Fixtures.instant(end)))
    }

    @Test(arguments: [
        "Europe/Zurich", "America/New_York", "Asia/Tehran", "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Pacific/Chatham", "UTC", "Asia/Kolkata", "America/Sao_Paulo",
    ])
    func `days agree with the calendar from 2000 to 2090`(_ name: String) throws {
        let policy = try Fixtures.policy(("Europe/Zurich", name))
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: name))
        var random = Seeded(state: 5)
        for _ in 0..<400 {
            let seconds = Int64.random(in: 946_684_800..<3_786_912_000, using: &random)
            let date = Date(timeIntervalSince1970: Double(seconds))
            let day = policy.day(at: Instant(milliseconds: seconds * 1000))
            let parts = calendar.dateComponents([.year, .month, .day], from: date)
            let key = String(
                format: "%04d-%02d-%02d", parts.year ?? 0, parts.month ?? 0, parts.day ?? 0)
            #expect(day.key == key)
            let start = calendar.startOfDay(for: date)
            #expect(day.startsAt.milliseconds == Int64(start.timeIntervalSince1970) * 1000)
        }
    }

    @Test func `days follow one another without gap or overlap`() throws {
        for zone in ["America/St_Johns", "Pacific/Apia", "America/Santiago", "Africa/Cairo"] {
            let policy = try Fixtures.policy(("Europe/Zurich", zone))
            var day = policy.day(at: try Fixtures.instant("2005-01-01T00:00:00Z"))
            for _ in 0..<3000 {
                let last = policy.day(at: Instant(milliseconds: day.endsAt.milliseconds - 1))
                #expect(last == day)
                let next = policy.day(at: day.endsAt)
                #expect(next.startsAt == day.endsAt && next.key > day.key)
                day = next
            }
        }
    }

    @Test func `the quota resets after 23 hours when clocks go forward`() throws {
        let policy = try Fixtures.policy()
        let at = try Fixtures.instant("2026-03-28T23:30:00Z")
        let quota = try #require(policy.decide(Fixtures.facts(Fixtures.send()), at: at).quota)
        #expect(quota.startedAt.duration(to: quota.resetsAt) == .seconds(23 * 3600))
        #expect(quota.limit == 10 && quota.remaining == 10)
    }
}
