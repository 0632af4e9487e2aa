import Dispatch
import PosternGateway
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct GlanceTests {
    @Test func `who waits for a look hears what there is to see now`() {
        let looks = Mutex(0)
        let glance = Glance(0, patience: .seconds(3600)) {
            looks.withLock { looks in
                looks += 1
                return looks
            }
        }
        for look in 1...3 { #expect(glance.take() == look) }
        #expect(glance.standstill == .zero)
    }

    @Test func `nobody waits for a disk that does not answer, and how long it has not is known`()
        async
    {
        let gate = DispatchSemaphore(value: 0)
        let looks = Mutex(0)
        let glance = Glance("before", patience: .milliseconds(1)) {
            looks.withLock { $0 += 1 }
            gate.wait()
            return "after"
        }
        for _ in 0..<3 { #expect(glance.take() == "before") }
        while glance.standstill < .milliseconds(5) { await Task.yield() }
        gate.signal()
        while glance.standstill > .zero { await Task.yield() }
        #expect(looks.withLock { $0 } == 1)
        #expect(glance.take() == "after")
        gate.signal()
    }
}
