import PosternModel
import Testing

/// What becomes of a step of a cascade when its time comes, row by row.
@Suite struct CascadeTurnTests {
    private static let noon = Instant(milliseconds: 1_795_262_400_000)
    private static func at(_ seconds: Int) -> Instant { noon.advanced(by: .seconds(seconds)) }

    struct Row: Sendable, CustomTestStringConvertible {
        let note: String
        var condition: Cascade.Condition = .notDelivered
        let predecessor: CascadeTurn.Predecessor
        var now = 0
        let verdict: CascadeTurn.Verdict
        var testDescription: String { note }
    }

    /// All wait for a minute.
    static let rows: [Row] = [
        Row(
            note: "on its way, and its time is not over",
            predecessor: .left(at: noon, pending: 1, failed: 0), now: 59,
            verdict: .wait(until: at(60))),
        Row(
            note: "on its way, and its time is over",
            predecessor: .left(at: noon, pending: 1, failed: 0), now: 60, verdict: .go),
        Row(
            note: "on its way, seen by a clock set back",
            predecessor: .left(at: noon, pending: 1, failed: 0), now: -3600,
            verdict: .wait(until: at(60))),
        Row(
            note: "delivered", predecessor: .left(at: noon, pending: 0, failed: 0), now: 1,
            verdict: .end),
        Row(
            note: "delivered, and its time is over",
            predecessor: .left(at: noon, pending: 0, failed: 0), now: 9_999, verdict: .end),
        Row(
            note: "never to arrive, early", predecessor: .left(at: noon, pending: 0, failed: 1),
            now: 1, verdict: .go),
        Row(
            note: "on its way to one still, and never to arrive at another",
            predecessor: .left(at: noon, pending: 1, failed: 1), now: 1,
            verdict: .wait(until: at(60))),
        Row(
            note: "waiting itself", predecessor: .waiting(until: at(30)), now: 10,
            verdict: .wait(until: at(90))),
        Row(
            note: "waiting itself, and late", predecessor: .waiting(until: at(-30)), now: 10,
            verdict: .wait(until: at(70))),
        Row(note: "refused at its time", predecessor: .refused, verdict: .go),
        Row(note: "stopped, taken back or erased", predecessor: .gone, verdict: .end),
        Row(
            note: "delivered, not known to be read", condition: .notRead,
            predecessor: .left(at: noon, pending: 0, failed: 0), now: 59,
            verdict: .wait(until: at(60))),
        Row(
            note: "delivered, not read in its time", condition: .notRead,
            predecessor: .left(at: noon, pending: 0, failed: 0), now: 60, verdict: .go),
        Row(
            note: "on its way, not read in its time", condition: .notRead,
            predecessor: .left(at: noon, pending: 1, failed: 0), now: 60, verdict: .go),
        Row(
            note: "never to be read, since it will not arrive", condition: .notRead,
            predecessor: .left(at: noon, pending: 0, failed: 1), now: 1, verdict: .go),
        Row(
            note: "refused, not read", condition: .notRead, predecessor: .refused, verdict: .go),
        Row(note: "stopped, not read", condition: .notRead, predecessor: .gone, verdict: .end),
        Row(
            note: "at the end of time", predecessor: .waiting(until: Instant(milliseconds: .max)),
            verdict: .wait(until: Instant(milliseconds: .max))),
    ]

    @Test(arguments: rows) func `a step goes out, waits or ends`(_ row: Row) {
        let turn = CascadeTurn(
            condition: row.condition, wait: .seconds(60), predecessor: row.predecessor)
        #expect(turn.verdict(at: Self.at(row.now)) == row.verdict)
    }

    @Test func `who is told to wait is told a time that comes`() {
        for row in Self.rows where row.predecessor != .waiting(until: .init(milliseconds: .max)) {
            guard case .wait(let until) = row.verdict else { continue }
            #expect(until > Self.at(row.now))
        }
    }

    @Test(
        arguments: [
            ("1", 1), ("999999999999999999", 999_999_999_999_999_999), ("0", nil), ("01", nil),
            ("", nil), ("-1", nil), ("+1", nil), ("1000000000000000000", nil), ("1.0", nil),
            ("١", nil), ("1 ", nil),
        ] as [(String, Int64?)])
    func `a dispatch is named by digits`(_ text: String, _ number: Int64?) {
        #expect(DispatchID(text)?.rawValue == number)
    }
}
