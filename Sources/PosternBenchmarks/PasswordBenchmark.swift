import CArgon2
import Foundation
import PosternCredentials
import PosternModel
import Synchronization

/// Password checks a second, beside libargon2 alone on as many threads.
enum PasswordBenchmark {
    static func run(rounds: Int) async throws -> [Measurement] {
        progress("passwords")
        let threads = PasswordChecker.Settings.coreCount
        // As eager as the raw threads: on a busy machine niceness is what would be measured.
        let checker = PasswordChecker(PasswordChecker.Settings(threads: threads, niceness: 0))
        let password = Secret(Sample.password)
        let hash = try await checker.hash(password)
        let count = 24 * threads
        var (ours, limit): ([Double], [Double]) = ([], [])
        for _ in 0..<rounds {
            let seconds = try await Timing.seconds {
                try await check(count, password, hash, by: checker)
            }
            ours.append(Double(count) / seconds)
            limit.append(Double(count) / raw(count, threads: threads))
        }
        await checker.shutdown()
        return [
            Measurement(
                "argon2", "argon2id checks, \(threads) threads", Timing.median(ours),
                "checks/s", besides: "libargon2", Timing.median(limit))
        ]
    }

    private static func check(
        _ count: Int, _ password: Secret, _ hash: PasswordHash, by checker: PasswordChecker
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask {
                    guard case .matched = try await checker.check(password, against: hash) else {
                        throw Trouble("The right password is found wrong.")
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Seconds that so many hashes take when libargon2 is called and nothing else done.
    private static func raw(_ count: Int, threads: Int) -> Double {
        let remaining = Atomic(count)
        let start = ContinuousClock.now
        DispatchQueue.concurrentPerform(iterations: threads) { _ in
            let salt = [UInt8](repeating: 7, count: 16)
            var tag = [UInt8](repeating: 0, count: 32)
            let password = Array(Sample.password.utf8)
            while remaining.subtract(1, ordering: .relaxed).newValue >= 0 {
                argon2id_hash_raw(
                    2, 19_456, 1, password, password.count, salt, salt.count, &tag, tag.count)
            }
        }
        return start.duration(to: .now).seconds
    }
}
