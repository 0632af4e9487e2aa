import NIOPosix

/// The threads the corridor runs on: they may block on the ledger, so that event loops never do.
public final class CorridorExecutor: TaskExecutor {
    private let threads: NIOThreadPool

    /// Starts a fixed number of threads.
    public init(threads count: Int) {
        threads = NIOThreadPool(numberOfThreads: count)
        threads.start()
    }

    /// Queues a job; how many there may be is the gateway's bound, not this queue's.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        threads.submit { _ in job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    /// Ends the threads once their queue is empty.
    public func shutdown() async throws { try await threads.shutdownGracefully() }
}
