import Foundation
public import PosternModel

/// What checking a password found.
public enum PasswordCheck: Sendable, Equatable {
    /// It is the right one.
    ///
    /// `upgrade` is a hash of the same password with the configured parameters, to be stored in place of
    /// the weaker one that was checked; nil when there is nothing to improve.
    case matched(upgrade: PasswordHash?)
    /// It is another one, or there was nothing to compare with.
    case wrong
}

/// Checks passwords on a few threads of low priority, so that nothing else waits behind argon2.
///
/// Each thread keeps one working memory. So many checks run at once as there are threads, and so many wait
/// as the bound allows; one more is turned away at once. Waiting callers suspend and hold no thread.
///
/// A task that is cancelled while its check waits leaves the queue and gets a fault; while its check runs,
/// it gets the answer, because libargon2 cannot be interrupted and its place is taken until it ends.
public final class PasswordChecker: Sendable {
    /// How a checker works.
    public struct Settings: Sendable {
        /// Parameters of new hashes, of dummy work, and what stored hashes are upgraded to.
        public var parameters: Argon2Parameters
        /// The most memory and passes that a stored hash or lock may take; others are faults.
        ///
        /// Never less than ``parameters``. Each thread keeps as much memory as the largest hash it met.
        public var ceiling: Argon2Parameters
        /// How many threads hash, at least 1.
        public var threads: Int
        /// How many callers may wait, at least 0.
        public var queueLimit: Int
        /// How nice the threads are to the rest of the machine (`nice(1)`, 0 to 19).
        ///
        /// At 10 two of them took a quarter of the sends of a busy core, at 17 a tenth, and checked nearly as many
        /// passwords; at 19 other programs could starve them.
        public var niceness: Int32

        /// RFC 9106's second recommendation is 64 MiB with three passes; up to ten are checked.
        public static let standardCeiling = Argon2Parameters(unchecked: 65_536, 10, 16)

        /// The cores this process may use.
        public static var coreCount: Int { ProcessInfo.processInfo.activeProcessorCount }

        /// Names the settings; the defaults are OWASP's parameters, one thread for each core and 64 waiting.
        public init(
            parameters: Argon2Parameters = .standard,
            ceiling: Argon2Parameters = Settings.standardCeiling,
            threads: Int = Settings.coreCount, queueLimit: Int = 64,
            niceness: Int32 = 17
        ) {
            self.parameters = parameters
            self.ceiling = ceiling
            self.threads = threads
            self.queueLimit = queueLimit
            self.niceness = niceness
        }
    }

    /// How busy a checker is.
    public struct Load: Sendable, Equatable {
        /// Checks running now.
        public let running: Int
        /// Callers waiting.
        public let waiting: Int
    }

    private let settings: Settings
    private let pool: HashingPool

    /// Starts the threads.
    public convenience init(_ settings: Settings = Settings()) {
        self.init(settings, beforeEach: {})
    }

    /// Starts the threads; each calls `beforeEach` before it hashes, which lets tests hold it.
    init(_ settings: Settings, beforeEach: @escaping @Sendable () -> Void) {
        self.settings = settings
        pool = HashingPool(
            threads: max(1, settings.threads), queueLimit: max(0, settings.queueLimit),
            niceness: settings.niceness, beforeEach: beforeEach)
    }

    deinit { pool.close() }

    /// Checks a password.
    ///
    /// - Parameters:
    ///   - password: As the client sent it; over ``PosternModel/Secret/longestPassword`` bytes it is wrong.
    ///   - hash: What it must match; nil when there is no such account, which takes as long to say as that
    ///     a password is wrong.
    /// - Returns: Whether it matches.
    /// - Throws: `FaultCode.passwordQueueFull` when too many wait, `FaultCode.passwordUncheckable` when the
    ///   hash is over the ceiling, unreadable or libargon2 failed, `FaultCode.shuttingDown` after
    ///   ``shutdown()``, `FaultCode.overloaded` when the task was cancelled while it waited.
    public func check(
        _ password: Secret, against hash: PasswordHash?
    ) async throws(Fault) -> PasswordCheck {
        if let hash { try refuseExcess(hash.parameters) }
        return try await pool.run { [settings] hasher throws(Fault) in
            guard let hash else {
                try hasher.pretend(settings.parameters)
                return .wrong
            }
            guard try hasher.matches(password, hash) else { return .wrong }
            guard hash.parameters.isWeaker(than: settings.parameters) else {
                return .matched(upgrade: nil)
            }
            // The password is right, whatever becomes of the improvement.
            return .matched(upgrade: try? hasher.hash(password, parameters: settings.parameters))
        }
    }

    /// Hashes a new password with the configured parameters.
    ///
    /// - Throws: As ``check(_:against:)``; `FaultCode.passwordUncheckable` also for a password over
    ///   ``PosternModel/Secret/longestPassword`` bytes.
    public func hash(_ password: Secret) async throws(Fault) -> PasswordHash {
        try await pool.run { [settings] hasher throws(Fault) in
            try hasher.hash(password, parameters: settings.parameters)
        }
    }

    /// Derives the key that a password makes for a lock.
    ///
    /// - Returns: A key; whether it is the right one shows when it opens something.
    /// - Throws: As ``check(_:against:)``, for the lock's parameters in place of a hash's;
    ///   `FaultCode.passwordUncheckable` also for a password over ``PosternModel/Secret/longestPassword`` bytes.
    public func derive(
        _ password: Secret, for lock: PasswordLock
    ) async throws(Fault) -> PasswordKey {
        try refuseExcess(lock.parameters)
        return try await pool.run { hasher throws(Fault) in try hasher.derive(password, for: lock) }
    }

    /// A new lock of the configured strength.
    public func newLock() -> PasswordLock { .new(parameters: settings.parameters) }

    /// How busy the checker is now.
    public var load: Load { pool.load }

    /// Whether ``shutdown()`` has been called.
    var isClosed: Bool { pool.isClosed }

    /// Takes no more checks, finishes those accepted, and returns when the threads have ended.
    ///
    /// With the standard settings this takes up to two seconds. Calling it again waits for the same end.
    public func shutdown() async { await pool.shutdown() }

    private func refuseExcess(_ parameters: Argon2Parameters) throws(Fault) {
        let memory = max(settings.ceiling.memory, settings.parameters.memory)
        let passes = max(settings.ceiling.passes, settings.parameters.passes)
        guard parameters.memory <= memory, parameters.passes <= passes else {
            throw Fault(
                .passwordUncheckable,
                note:
                    "a stored hash or lock takes \(parameters), over the ceiling of m=\(memory),t=\(passes)"
            )
        }
    }
}
