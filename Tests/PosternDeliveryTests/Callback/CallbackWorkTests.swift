import Logging
import PosternDelivery
import PosternModel
import PosternPipeline
import PosternTesting
import Testing

/// Calls that are owed, made until they are answered with a yes or their life ends.
@Suite(.timeLimit(.minutes(1)))
struct CallbackWorkTests {
    private let timer = HandTimer()

    private func core(
        _ queue: MemoryCallbacks, _ caller: ScriptedCaller, outbox: MemoryOutbox = MemoryOutbox(),
        webhook: ScriptedCourier? = nil
    ) -> DeliveryCore {
        DeliveryCore(
            outbox: outbox, mail: nil, webhook: webhook,
            callbacks: CallbackService(
                queue: queue, carrier: caller,
                wordings: ["test": { Array("\($0.ending)".utf8) }]),
            settings: DeliverySettings(mailboxGathering: .zero), clock: timer, timer: timer,
            chance: { 1 }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func running(_ core: DeliveryCore, _ body: () async throws -> Void) async rethrows {
        async let run: Void = core.run()
        do {
            try await body()
        } catch {
            core.stop()
            await run
            throw error
        }
        core.stop()
        await run
    }

    @Test func `a call says what became of the message, under a name of its own`() async throws {
        let queue = MemoryCallbacks(try (1...20).map { try Samples.callback($0) })
        let caller = ScriptedCaller()
        let core = core(queue, caller)
        await running(core) { await queue.until { $0.calls.isEmpty } }
        #expect(caller.calls.count == 20)
        #expect(Set(caller.calls.map(\.body)) == ["delivered"])
        #expect(
            Set(caller.calls.map(\.id))
                == Set((1...20).map { "0123456789abcdef0123456789abcdef.callback.\($0)" }))
        #expect(core.gauges.callbacks.delivered == 20)
        #expect(caller.isClosed)
    }

    @Test func `a message that has left is told of at once`() async throws {
        let queue = MemoryCallbacks()
        let (caller, outbox) = (ScriptedCaller(), MemoryOutbox())
        let core = core(queue, caller, outbox: outbox, webhook: ScriptedCourier())
        try await running(core) {
            await queue.until { $0.looks > 0 }
            await queue.add(try Samples.callback(1))
            await outbox.add([try Samples.row(1, .webhook)])
            core.nudge()
            // No time passes, so that nothing but the delivery can have said so.
            await queue.until { $0.calls.isEmpty }
        }
        #expect(caller.calls.count == 1)
    }

    @Test(arguments: [
        (Carriage.delayed("Busy."), Duration.seconds(15)), (.unreachable("Down."), .seconds(15)),
        (.uncertain("Lost."), .seconds(15)), (.deferred("Busy.", by: .seconds(60)), .seconds(60)),
        (.deferred("Busy.", by: .seconds(99_999)), .seconds(3_600)),
    ])
    func `what is not a yes is tried again after a pause, and holds up no other`(
        _ first: Carriage, _ pause: Duration
    ) async throws {
        let queue = MemoryCallbacks([try Samples.callback(1)])
        let caller = ScriptedCaller(first)
        let core = core(queue, caller)
        try await running(core) {
            await queue.until { $0.calls[1]?.call.attempts == 1 }
            #expect(await queue.calls[1]?.dueAt == Samples.start.advanced(by: pause))
            await timer.sleeper(for: .seconds(5))
            // Nobody announces this one: the lookout finds it.
            await queue.add(try Samples.callback(2))
            timer.advance(by: .seconds(5))
            await queue.until { $0.calls[2] == nil }
            await timer.passing { await queue.until { $0.calls.isEmpty } }
        }
        #expect(caller.calls.map(\.id).count { $0.hasSuffix(".callback.1") } == 2)
        #expect(core.gauges.callbacks.delayed == 1 && core.gauges.callbacks.delivered == 2)
    }

    @Test(arguments: [
        (24, 30, false), (25, 0, true), (24, 59, true),
    ])
    func `a call is given up when its life of 25 hours ends`(
        _ hours: Int, _ minutes: Int, _ isOver: Bool
    ) async throws {
        let age = Duration.seconds(hours * 3_600 + minutes * 60)
        // The pause after the fourth attempt is two minutes, after the hundredth an hour.
        let queue = MemoryCallbacks([
            try Samples.callback(1, attempts: minutes == 30 ? 3 : 99, age: age)
        ])
        let core = core(queue, ScriptedCaller(.delayed("Busy.")))
        await running(core) {
            await queue.until {
                $0.calls.isEmpty || $0.calls[1].map { $0.dueAt > Samples.start } == true
            }
        }
        #expect(await queue.calls.isEmpty == isOver)
        #expect(core.gauges.callbacks.dead == (isOver ? 1 : 0))
    }

    @Test func `what cannot be called is given up, and nobody is called`() async throws {
        let queue = MemoryCallbacks([
            try Samples.callback(1, to: nil), try Samples.callback(2, dialect: "gone"),
        ])
        let caller = ScriptedCaller()
        let core = core(queue, caller)
        await running(core) { await queue.until { $0.calls.isEmpty } }
        #expect(caller.calls.isEmpty)
        #expect(core.gauges.callbacks.dead == 2)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let operation: MemoryCallbacks.Operation
        let failure: MemoryCallbacks.Failure
        var first = Carriage.taken
        /// How often the call is made.
        var made = 1
        var testDescription: String { "\(operation) fails \(failure), first answer \(first)" }
    }

    @Test(arguments: [
        Case(operation: .due, failure: .before), Case(operation: .due, failure: .after),
        Case(operation: .next, failure: .before), Case(operation: .next, failure: .after),
        // Its receiver said yes, and hears it again under the same name.
        Case(operation: .settle, failure: .before, made: 2),
        Case(operation: .settle, failure: .after),
        Case(operation: .settle, failure: .before, first: .refused("No."), made: 2),
        Case(operation: .delay, failure: .before, first: .delayed("Busy."), made: 2),
        Case(operation: .delay, failure: .after, first: .delayed("Busy."), made: 2),
    ])
    func `whatever fails, each call is made, and repeated under its name`(
        _ example: Case
    ) async throws {
        let queue = MemoryCallbacks()
        await queue.fail(example.operation, example.failure)
        if example.operation != .next { await queue.add(try Samples.callback(1)) }
        let caller = ScriptedCaller(example.first)
        let core = core(queue, caller)
        async let run: Void = core.run()
        try await timer.passing {
            if example.operation == .next {
                await queue.until { $0.looks > 0 }
                await queue.add(try Samples.callback(1))
            }
            await queue.until { $0.calls.isEmpty }
        }
        core.stop()
        await run
        #expect(caller.calls.count == example.made)
        #expect(Set(caller.calls.map(\.id)).count == 1)
        #expect(core.gauges.callbacks.outboxFaults == 1)
    }
}
