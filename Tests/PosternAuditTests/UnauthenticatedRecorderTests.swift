import Logging
import PosternAudit
import PosternModel
import PosternPipeline
import PosternPolicy
import PosternTesting
import Synchronization
import Testing

@Suite struct UnauthenticatedRecorderTests {
    /// A ledger that keeps the entries it is given, or has no room for any.
    private final class Ledger: Sendable {
        private let entries = Mutex<[SealedEntry]>([])
        private let isFull = Mutex(false)

        func write(_ entry: SealedEntry) throws(Fault) {
            if isFull.withLock({ $0 }) { throw Fault(.storageUnwritable) }
            entries.withLock { $0.append(entry) }
        }

        func setFull(_ full: Bool) { isFull.withLock { $0 = full } }

        /// Refusals with entries of their own, and those that entries count.
        func told() throws -> (one: Int, counted: Int) {
            let reader = LeafReader()
            var told = (one: 0, counted: 0)
            for entry in entries.withLock({ $0 }) {
                guard case .entry(let entry) = reader.read(entry.leaf) else {
                    Issue.record("a leaf cannot be read")
                    continue
                }
                switch entry.kind {
                case .send, .operation: told.one += 1
                case .unauthenticated: told.counted += try #require(entry.count)
                default: Issue.record("nobody wrote a \(entry.kind)")
                }
            }
            return told
        }
    }

    private let ledger = Ledger()
    private let clock = HandClock()
    private let policy: Policy
    private let recorder: UnauthenticatedRecorder

    init() throws {
        let text = """
            version: 1
            timeZone: UTC
            defaultGroup: staff
            attempts: {warnAfter: 2, lockAfter: 3, burnAfter: never}
            groups:
              staff:
                dailyMessages: 2
                dailyInvites: 0
                recipientLimit: 5
                confidential: yes
                fyeo: yes
                reply: yes
                replyAll: yes
                forward: yes
                mayWriteTo: anyone
                expiry: {allowed: no}
                inviting: {allowed: no}
                challenge: {required: no}
                keywordLists: []
            """
        let policy = try PolicyFolder.load(files: ["policy.yaml": Array(text.utf8)]).get()
        self.policy = policy
        recorder = UnauthenticatedRecorder(
            policy: { policy.digest },
            write: { [ledger] entry async throws(Fault) in try ledger.write(entry) },
            clock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func refuse(_ number: Int) {
        for _ in 0..<number {
            let facts = Facts(session: .absent)
            recorder.note(
                UnauthenticatedRefusal(
                    decision: .make(at: clock.now()), at: clock.now(),
                    context: RequestContext(dialect: "test", request: "r1"), facts: facts,
                    verdict: policy.decide(facts, at: clock.now())))
        }
    }

    @Test func `the first twenty of a minute are recorded, the rest is told in one count`()
        async throws
    {
        refuse(50)
        clock.advance(by: .seconds(60))
        await recorder.summarise()
        recorder.finish()
        await recorder.recordSamples()
        #expect(try ledger.told() == (20, 30))
    }

    @Test func `what could not be recorded is told in a count`() async throws {
        ledger.setFull(true)
        refuse(7)
        recorder.finish()
        await recorder.recordSamples()
        #expect(try ledger.told() == (0, 0))
        ledger.setFull(false)
        clock.advance(by: .seconds(60))
        await recorder.summarise()
        #expect(try ledger.told() == (0, 7))
    }

    @Test func `what finds no room among those that wait is told in a count`() async throws {
        for _ in 0..<5 {
            refuse(20)
            clock.advance(by: .seconds(60))
        }
        recorder.finish()
        await recorder.recordSamples()
        let waiting = UnauthenticatedRecorder.mostWaiting
        #expect(try ledger.told() == (waiting, 100 - waiting))
    }

    @Test func `a count that could not be recorded is told in the next`() async throws {
        refuse(25)
        ledger.setFull(true)
        clock.advance(by: .seconds(60))
        await recorder.summarise()
        ledger.setFull(false)
        refuse(25)
        recorder.finish()
        await recorder.recordSamples()
        #expect(try ledger.told() == (40, 10))
    }
}
