/// When answers leave whose work must not be told by the time it took.
///
/// Two ways through the ledger never take quite the same time, and whoever asks often enough can tell half a millisecond. An
/// answer that waits for the next beat after its work tells which beat that was and no more.
public struct AnswerBeat: Sendable {
    /// From one beat to the next: longer than a password check and its commits take on a gateway that has time for them.
    static let length = Duration.milliseconds(50)

    /// Begins to count; what it gives back returns at the next beat.
    let begin: @Sendable () -> @Sendable () async -> Void

    /// Counts by a clock.
    public init<Clock>(_ clock: Clock = ContinuousClock())
    where Clock: _Concurrency.Clock, Clock.Duration == Duration {
        begin = {
            let start = clock.now
            return {
                let beats = Int(start.duration(to: clock.now) / Self.length) + 1
                // Cancelled, nobody waits for the answer.
                try? await clock.sleep(
                    until: start.advanced(by: Self.length * beats), tolerance: nil)
            }
        }
    }
}
