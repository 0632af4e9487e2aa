import Dispatch
import Foundation
import PosternModel
import Synchronization

@testable import PosternCredentials

/// Holds a checker's threads before they hash, and says when one has arrived.
final class Gate: Sendable {
    /// Yields once for each arrival.
    let arrivals: AsyncStream<Void>
    private let arrived: AsyncStream<Void>.Continuation
    private let permits = DispatchSemaphore(value: 0)
    private let count = Mutex(0)

    init() { (arrivals, arrived) = AsyncStream.makeStream() }

    /// How many have arrived so far.
    var arrivalCount: Int { count.withLock { $0 } }

    /// What a checker calls before it hashes.
    func pass() {
        count.withLock { $0 += 1 }
        arrived.yield()
        permits.wait()
    }

    /// Lets so many through, now or when they come.
    func open(_ passes: Int) {
        for _ in 0..<passes { permits.signal() }
    }

    /// Waits until one more has arrived.
    func arrival() async {
        var iterator = arrivals.makeAsyncIterator()
        _ = await iterator.next()
    }
}

/// Cheap parameters: 64 KiB, one pass.
let cheap = Argon2Parameters(unchecked: 64, 1, 1)

/// A checker with cheap parameters, whose threads do not give way to other tests.
func makeChecker(
    threads: Int = 1, queueLimit: Int = 64, parameters: Argon2Parameters = cheap,
    niceness: Int32 = 0,
    beforeEach: @escaping @Sendable () -> Void = {}
) -> PasswordChecker {
    PasswordChecker(
        PasswordChecker.Settings(
            parameters: parameters, threads: threads, queueLimit: queueLimit,
            niceness: niceness),
        beforeEach: beforeEach)
}

/// Runs until something asynchronous has taken effect; every turn lets others run.
func until(_ condition: () -> Bool) async {
    while !condition() { await Task.yield() }
}

/// The processor time this thread has used.
func threadTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// The memory this process has resident, in bytes.
func residentBytes() throws -> Int {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(
        separator: " ")
    return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
}
