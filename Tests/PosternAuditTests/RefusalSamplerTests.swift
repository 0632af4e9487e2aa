import PosternAudit
import PosternModel
import PosternPipeline
import Testing

@Suite struct RefusalSamplerTests {
    private func at(_ seconds: Int64) -> Instant { Instant(milliseconds: seconds * 1000) }

    private func expect(
        _ sampler: inout RefusalSampler, _ instant: Instant, _ treatment: RefusalSampler.Treatment
    ) {
        let given = sampler.note(at: instant)
        #expect(given == treatment)
    }

    @Test func `the first few of a window are recorded, the rest is one count`() throws {
        var sampler = RefusalSampler(recorded: 3, per: .seconds(60))
        var recorded = 0
        for second in 0..<50 where sampler.note(at: at(Int64(second))) == .record { recorded += 1 }
        #expect(recorded == 3)
        let early = sampler.takeSummary(at: at(50))
        #expect(early == nil)
        #expect(sampler.dueAt == at(63))
        let due = sampler.takeSummary(at: at(63))
        let summary = try #require(due)
        #expect(summary.count == 47)
        #expect(summary.first == at(3))
        #expect(summary.last == at(49))
        let again = sampler.takeSummary(at: at(200))
        #expect(again == nil)
    }

    @Test func `a new window records again`() {
        var sampler = RefusalSampler(recorded: 1, per: .seconds(60))
        expect(&sampler, at(0), .record)
        expect(&sampler, at(59), .count)
        expect(&sampler, at(60), .record)
    }

    @Test func `setting the clock back lets no flood through`() {
        var sampler = RefusalSampler(recorded: 1, per: .seconds(60))
        expect(&sampler, at(1000), .record)
        for second in stride(from: 999, to: 0, by: -1) {
            expect(&sampler, at(Int64(second)), .count)
        }
    }

    @Test func `whatever happens, each refusal is told of once`() {
        var sampler = RefusalSampler(recorded: 2, per: .seconds(10))
        var random = SystemRandomNumberGenerator()
        var (now, noted, told) = (Int64(0), 0, 0)
        for _ in 0..<10_000 {
            now += Int64.random(in: -1...3, using: &random)
            switch UInt8.random(in: 0..<8, using: &random) {
            case 0:
                if let summary = sampler.takeSummary(at: at(now)) {
                    if Bool.random(using: &random) {
                        told += summary.count
                    } else {
                        sampler.restore(summary)
                    }
                }
            default:
                noted += 1
                guard sampler.note(at: at(now)) == .record else { continue }
                if Bool.random(using: &random) { told += 1 } else { sampler.count(at: at(now)) }
            }
        }
        told += sampler.takeSummary(at: at(now), finally: true)?.count ?? 0
        #expect(told == noted)
    }

    @Test func `a summary becomes an entry with its count`() throws {
        var sampler = RefusalSampler(recorded: 0)
        _ = sampler.note(at: at(5))
        let last = sampler.takeSummary(at: at(5), finally: true)
        let summary = try #require(last)
        let entry = summary.entry(policy: try #require(Samples.policy))
        #expect(entry.kind == .unauthenticated)
        #expect(entry.count == 1)
        #expect(entry.at == at(5))
    }
}
