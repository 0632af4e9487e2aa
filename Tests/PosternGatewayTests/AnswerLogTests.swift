import HTTPTypes
import Logging
import PosternListener
import PosternModel
import Synchronization
import Testing

@testable import PosternGateway

@Suite struct AnswerLogTests {
    /// The levels of what was logged.
    private final class Levels: Sendable {
        let seen = Mutex<[Logger.Level]>([])
    }

    /// Notes the level of every line.
    private struct LevelHandler: LogHandler {
        let levels: Levels
        var logLevel: Logger.Level
        var metadata: Logger.Metadata = [:]
        var metadataProvider: Logger.MetadataProvider?

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { levels.seen.withLock { $0.append(event.level) } }
    }

    /// The levels of the lines about one answer, from a log of some level.
    private func lines(about fault: Fault?, at level: Logger.Level) -> [Logger.Level] {
        let levels = Levels()
        let log = AnswerLog(
            Logger(label: "test") { _ in LevelHandler(levels: levels, logLevel: level) })
        let request = ReceivedRequest(
            id: String(repeating: "0", count: 32),
            head: HTTPRequest(
                method: .post, scheme: "https", authority: "localhost", path: "/api/v1/login"))
        log.note(
            "request answered", request, dialect: "test",
            decision: DecisionID.make(at: Instant(milliseconds: 0)), fault: fault,
            details: ["result": "test"])
        return levels.seen.withLock { $0 }
    }

    /// Too much is under way, or it is the caller's turn: a flood of either must not become one of lines.
    private static let onlyCounted: Set<FaultCode> = [
        .overloaded, .passwordQueueFull, .draftUnsettled, .uploadsPending, .contentTooTangled,
    ]

    @Test(arguments: FaultCode.allCases)
    func `a fault is an error, unless anybody can cause it as often as they ask`(_ code: FaultCode)
    {
        let isOnlyCounted = Self.onlyCounted.contains(code)
        #expect(lines(about: Fault(code), at: .error) == (isOnlyCounted ? [] : [.error]))
        #expect(lines(about: Fault(code), at: .info) == (isOnlyCounted ? [] : [.error]))
        #expect(lines(about: Fault(code), at: .debug) == [isOnlyCounted ? .debug : .error])
    }

    @Test func `what was seen through is logged at debug alone`() {
        #expect(lines(about: nil, at: .info) == [])
        #expect(lines(about: nil, at: .debug) == [.debug])
    }
}
