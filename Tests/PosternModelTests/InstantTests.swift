import PosternModel
import Testing

@Suite struct InstantTests {
    @Test func `time past the end of the range stops there`() {
        #expect(Instant(milliseconds: .max).advanced(by: .seconds(1)).milliseconds == .max)
        #expect(Instant(milliseconds: .min).advanced(by: .seconds(-1)).milliseconds == .min)
        #expect(Duration.seconds(Int64.max).wholeMilliseconds == .max)
    }

    @Test func `durations between instants are exact`() {
        let start = Instant(milliseconds: 1_000)
        #expect(start.duration(to: start.advanced(by: .milliseconds(250))) == .milliseconds(250))
        #expect(start < start.advanced(by: .milliseconds(1)))
    }
}
