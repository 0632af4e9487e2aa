import Logging
import PosternDelivery
import PosternModel
import PosternPipeline
import PosternTesting
import Testing

/// Every call that can fail, both ways: nothing happened, and it happened unheard.
@Suite(.timeLimit(.minutes(1)))
struct DeliveryFaultTableTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let operation: MemoryOutbox.Operation
        let failure: MemoryOutbox.Failure
        /// What the courier answers first.
        var first = Carriage.taken
        /// How often the mail goes out.
        var carried = 1
        /// How the mail's row ends.
        var isDead = false

        var testDescription: String { "\(operation) fails \(failure), first answer \(first)" }
    }

    static let cases: [Case] = [
        Case(operation: .due, failure: .before),
        Case(operation: .due, failure: .after),
        Case(operation: .nextDue, failure: .before),
        Case(operation: .deliverToMailboxes, failure: .before),
        Case(operation: .deliverToMailboxes, failure: .after),
        // The relay took the mail: memory keeps it from going out twice.
        Case(operation: .delivered, failure: .before),
        Case(operation: .delivered, failure: .after),
        Case(operation: .delay, failure: .before, first: .delayed("Busy."), carried: 2),
        Case(operation: .delay, failure: .after, first: .delayed("Busy."), carried: 2),
        // The relay may have taken it: it goes out again under the same Message-ID.
        Case(operation: .delay, failure: .before, first: .uncertain("Lost."), carried: 2),
        Case(operation: .delay, failure: .before, first: .unreachable("Down."), carried: 2),
        Case(operation: .bury, failure: .before, first: .refused("No."), carried: 2),
        Case(operation: .bury, failure: .after, first: .refused("No."), isDead: true),
    ]

    @Test(arguments: cases)
    func `the core goes on by itself and delivers all`(_ example: Case) async throws {
        let timer = HandTimer()
        let outbox = MemoryOutbox([
            try Samples.row(1, .mailbox), try Samples.row(2, .mailbox), try Samples.row(3),
        ])
        await outbox.fail(example.operation, example.failure)
        let courier = ScriptedCourier(example.first)
        let core = DeliveryCore(
            outbox: outbox, mail: courier,
            settings: DeliverySettings(
                mailboxGathering: .zero, retries: RetrySchedule(longestAge: .seconds(1_000_000_000))
            ),
            clock: timer, timer: timer, chance: { 1 },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        async let run: Void = core.run()
        // Time passes until all is done; how it is divided between the lanes does not matter.
        await timer.passing {
            await outbox.until { standings in
                [1, 2].allSatisfy { standings[$0] == .delivered }
                    && (example.isDead
                        ? standings[3] == .dead(reason: "No.") : standings[3] == .delivered)
            }
        }
        core.stop()
        await run
        #expect(courier.carried.count == example.carried)
        #expect(await outbox.mailboxed.sorted() == [1, 2])
        let figures = core.gauges
        #expect(figures.mailbox.outboxFaults + figures.smtp.outboxFaults <= 2)
    }
}
