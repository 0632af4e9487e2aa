import Glibc
import Synchronization
import Testing

@testable import PosternAudit

@Suite struct QuietQueueTests {
    private final class Notes: Sendable {
        let priorities = Mutex<[Int32]>([])
    }

    @Test func `things are done in their order, by a thread that lets others go first`() async {
        let notes = Notes()
        var done: [Int] = []
        let queue = QuietQueue("audit-test")
        let steps = AsyncStream { steps in
            for number in 0..<100 {
                queue.async {
                    let own = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
                    notes.priorities.withLock { $0.append(own) }
                    steps.yield(number)
                    if number == 99 { steps.finish() }
                }
            }
        }
        for await number in steps { done.append(number) }
        #expect(done == Array(0..<100))
        let others = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
        #expect(notes.priorities.withLock { $0.allSatisfy { $0 == min(others + 10, 19) } })
    }

    @Test func `what was asked is done though nobody holds the queue any more, and then let go`()
        async
    {
        weak var witness: Notes?
        let done = AsyncStream { done in
            let notes = Notes()
            witness = notes
            let queue = QuietQueue("audit-test")
            for number in 0..<100 {
                queue.async {
                    notes.priorities.withLock { $0.append(0) }
                    if number == 99 { done.yield(notes.priorities.withLock { $0.count }) }
                }
            }
            queue.async { done.finish() }
        }
        var counts: [Int] = []
        for await count in done { counts.append(count) }
        #expect(counts == [100])
        // The last of its jobs has been let go before the one that ended the stream ran.
        #expect(witness == nil)
    }
}
