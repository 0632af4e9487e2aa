import Foundation
import PosternModel
import Synchronization
import Testing

@testable import PosternCredentials

@Suite struct PasswordCheckerTests {
    static let password = Secret("correct horse battery staple")

    static func hash(_ parameters: Argon2Parameters = cheap) throws -> PasswordHash {
        var hasher = PasswordHasher()
        return try hasher.hash(password, parameters: parameters)
    }

    @Test func `the right password matches, another does not, and neither does any without a hash`()
        async throws
    {
        let gate = Gate()
        gate.open(3)
        let checker = makeChecker(beforeEach: gate.pass)
        let hash = try Self.hash()
        #expect(try await checker.check(Self.password, against: hash) == .matched(upgrade: nil))
        #expect(try await checker.check(Secret("another"), against: hash) == .wrong)
        #expect(try await checker.check(Self.password, against: nil) == .wrong)
        #expect(gate.arrivalCount == 3, "the check without a hash was worked for as well")
    }

    @Test func `a weaker hash is upgraded when its password comes, and then never again`()
        async throws
    {
        let checker = makeChecker(parameters: Argon2Parameters(unchecked: 128, 2, 1))
        let weak = try Self.hash()
        #expect(try await checker.check(Secret("another"), against: weak) == .wrong)
        guard case .matched(let upgrade?) = try await checker.check(Self.password, against: weak)
        else {
            Issue.record("a weaker hash was not upgraded")
            return
        }
        #expect(upgrade.parameters == Argon2Parameters(unchecked: 128, 2, 1))
        #expect(try await checker.check(Self.password, against: upgrade) == .matched(upgrade: nil))
        #expect(try await checker.check(Secret("another"), against: upgrade) == .wrong)
    }

    @Test func `a new hash has the configured parameters`() async throws {
        let checker = makeChecker()
        let hash = try await checker.hash(Self.password)
        #expect(hash.parameters == cheap)
        #expect(try await checker.check(Self.password, against: hash) == .matched(upgrade: nil))
        await #expect(throws: Fault(.passwordUncheckable)) {
            try await checker.hash(Secret(String(repeating: "x", count: 1025)))
        }
    }

    @Test(arguments: [
        (
            "$argon2id$v=19$m=65536,t=1,p=1$c2FsdHNhbHRzYWx0$SfOaJwhlBgZDoURcMqNKtux8fdYJQ3rwab6jGo0299U",
            true
        ),
        (
            "$argon2id$v=19$m=65544,t=1,p=1$c2FsdHNhbHRzYWx0$Q04Iva75L5bJGC/jU3LpW/Jusf9V6e82xdknv7jgUik",
            false
        ),
        (
            "$argon2id$v=19$m=64,t=11,p=1$c2FsdHNhbHRzYWx0$BwpeCgVAooAkZ3r02TjWZatvtbpptFe2YUw3bBHvLFo",
            false
        ),
        (
            "$argon2id$v=19$m=4194304,t=64,p=1$c2FsdHNhbHRzYWx0$BwpeCgVAooAkZ3r02TjWZatvtbpptFe2YUw3bBHvLFo",
            false
        ),
    ])
    func `a hash over the ceiling is a fault before any work`(phc: String, isChecked: Bool)
        async throws
    {
        let gate = Gate()
        gate.open(1)
        let checker = makeChecker(beforeEach: gate.pass)
        let hash = try #require(PasswordHash(phc: phc))
        if isChecked {
            #expect(try await checker.check(Secret("x"), against: hash) == .matched(upgrade: nil))
        } else {
            await #expect(throws: Fault(.passwordUncheckable)) {
                try await checker.check(Secret("x"), against: hash)
            }
            #expect(gate.arrivalCount == 0)
        }
    }

    @Test func `the ceiling is never below the configured parameters`() async throws {
        let checker = PasswordChecker(
            PasswordChecker.Settings(
                parameters: Argon2Parameters(unchecked: 128, 3, 1), ceiling: cheap, threads: 1))
        let hash = try await checker.hash(Self.password)
        #expect(try await checker.check(Self.password, against: hash) == .matched(upgrade: nil))
    }

    @Test(arguments: [(1, 0), (1, 1), (2, 3), (3, 64)])
    func `one caller more than may run and wait is turned away, and no other`(
        threads: Int, queueLimit: Int
    ) async throws {
        let gate = Gate()
        let checker = makeChecker(
            threads: threads, queueLimit: queueLimit, beforeEach: gate.pass)
        let hash = try Self.hash()
        let accepted = (0..<threads + queueLimit).map { _ in
            Task { try await checker.check(Self.password, against: hash) }
        }
        for _ in 0..<threads { await gate.arrival() }
        await until { checker.load.waiting == queueLimit }
        #expect(checker.load == PasswordChecker.Load(running: threads, waiting: queueLimit))
        await #expect(throws: Fault(.passwordQueueFull)) {
            try await checker.check(Self.password, against: hash)
        }
        await #expect(throws: Fault(.passwordQueueFull)) {
            try await checker.check(Self.password, against: nil)
        }
        gate.open(threads + queueLimit)
        for task in accepted { #expect(try await task.value == .matched(upgrade: nil)) }
        gate.open(1)
        #expect(try await checker.check(Self.password, against: hash) == .matched(upgrade: nil))
        #expect(gate.arrivalCount == threads + queueLimit + 1)
        #expect(checker.load == PasswordChecker.Load(running: 0, waiting: 0))
    }

    @Test func `a caller who has an answer has left its place`() async throws {
        let checker = makeChecker(threads: 1, queueLimit: 0)
        let hash = try Self.hash()
        for _ in 0..<300 { _ = try await checker.check(Self.password, against: hash) }
    }

    @Test func `a check that is cancelled while it waits leaves the queue`() async throws {
        let gate = Gate()
        let checker = makeChecker(queueLimit: 1, beforeEach: gate.pass)
        let hash = try Self.hash()
        let running = Task { try await checker.check(Self.password, against: hash) }
        await gate.arrival()
        let waiting = Task { try await checker.check(Self.password, against: hash) }
        await until { checker.load.waiting == 1 }
        waiting.cancel()
        await #expect(throws: Fault(.overloaded)) { try await waiting.value }
        #expect(checker.load == PasswordChecker.Load(running: 1, waiting: 0))

        let next = Task { try await checker.check(Self.password, against: hash) }
        await until { checker.load.waiting == 1 }
        gate.open(2)
        #expect(try await running.value == .matched(upgrade: nil))
        #expect(try await next.value == .matched(upgrade: nil))
        #expect(gate.arrivalCount == 2, "the cancelled check was not worked for")
    }

    @Test func `a check that is cancelled while it runs holds its place and gets its answer`()
        async throws
    {
        let gate = Gate()
        let checker = makeChecker(queueLimit: 0, beforeEach: gate.pass)
        let hash = try Self.hash()
        let running = Task { try await checker.check(Self.password, against: hash) }
        await gate.arrival()
        running.cancel()
        await #expect(throws: Fault(.passwordQueueFull)) {
            try await checker.check(Self.password, against: hash)
        }
        gate.open(1)
        #expect(try await running.value == .matched(upgrade: nil))
    }

    @Test func `a task that was cancelled before does not wait`() async throws {
        let gate = Gate()
        let checker = makeChecker(beforeEach: gate.pass)
        let hash = try Self.hash()
        let running = Task { try await checker.check(Self.password, against: hash) }
        await gate.arrival()
        let cancelled = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await checker.check(Self.password, against: hash)
        }
        await #expect(throws: Fault(.overloaded)) { try await cancelled.value }
        gate.open(1)
        _ = try await running.value
    }

    @Test func `shutting down finishes what was accepted and takes no more`() async throws {
        let gate = Gate()
        let checker = makeChecker(threads: 2, beforeEach: gate.pass)
        let hash = try Self.hash()
        let accepted = (0..<7).map { _ in
            Task { try await checker.check(Self.password, against: hash) }
        }
        await gate.arrival()
        await gate.arrival()
        await until { checker.load.waiting == 5 }
        let ends = (0..<2).map { _ in Task { await checker.shutdown() } }
        await until { checker.isClosed }
        accepted[6].cancel()
        gate.open(7)
        for task in accepted { _ = try? await task.value }
        for end in ends { await end.value }
        for task in accepted.dropLast() { #expect(try await task.value == .matched(upgrade: nil)) }
        await #expect(throws: Fault(.shuttingDown)) {
            try await checker.check(Self.password, against: hash)
        }
        await #expect(throws: Fault(.shuttingDown)) { try await checker.hash(Self.password) }
        await checker.shutdown()
        #expect(checker.load == PasswordChecker.Load(running: 0, waiting: 0))
    }

    @Test func `a checker that nobody holds ends its threads`() async throws {
        final class Witness: Sendable {
            let gone: AsyncStream<Void>.Continuation
            init(_ gone: AsyncStream<Void>.Continuation) { self.gone = gone }
            deinit { gone.finish() }
        }
        let (gone, continuation) = AsyncStream<Void>.makeStream()
        do {
            let witness = Witness(continuation)
            let checker = makeChecker(threads: 3, beforeEach: { _ = witness })
            _ = try await checker.hash(Self.password)
        }
        for await _ in gone {}
    }

    @Test func `the threads are nice to the rest of the machine`() async throws {
        let niceness = Mutex<Int32?>(nil)
        let standard = PasswordChecker.Settings().niceness
        let checker = makeChecker(
            niceness: standard,
            beforeEach: {
                niceness.withLock { $0 = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) }
            })
        _ = try await checker.hash(Self.password)
        #expect(niceness.withLock { $0 } == 17)
        #expect(getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) < 17)
    }

    @Test func `many callers and cancellations are all answered`() async throws {
        let checker = makeChecker(threads: 2, queueLimit: 16)
        let hash = try Self.hash()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<500 {
                group.addTask {
                    let task = Task { () throws(Fault) in
                        try await checker.check(
                            number.isMultiple(of: 3) ? Secret("another") : Self.password,
                            against: number.isMultiple(of: 5) ? nil : hash)
                    }
                    if number.isMultiple(of: 2) { task.cancel() }
                    switch await task.result {
                    case .success(.matched(let upgrade)):
                        #expect(upgrade == nil)
                        #expect(!number.isMultiple(of: 3) && !number.isMultiple(of: 5))
                    case .success(.wrong):
                        #expect(number.isMultiple(of: 3) || number.isMultiple(of: 5))
                    case .failure(let fault):
                        let codes = [FaultCode.passwordQueueFull, .overloaded]
                        #expect((fault as? Fault).map { codes.contains($0.code) } == true)
                    }
                }
            }
        }
        #expect(checker.load == PasswordChecker.Load(running: 0, waiting: 0))
        #expect(try await checker.check(Self.password, against: hash) == .matched(upgrade: nil))
    }

    @Test func `sixty-four checks by different tasks keep the memory of the threads alone`()
        async throws
    {
        let checker = makeChecker(
            threads: 2, parameters: Argon2Parameters(unchecked: 19_456, 1, 1))
        let hash = try await checker.hash(Self.password)
        func checkAll(_ count: Int) async throws {
            try await withThrowingTaskGroup(of: PasswordCheck.self) { group in
                for _ in 0..<count {
                    group.addTask { try await checker.check(Self.password, against: hash) }
                }
                for try await check in group { #expect(check == .matched(upgrade: nil)) }
            }
        }
        try await checkAll(4)
        let before = try residentBytes()
        try await checkAll(64)
        // 64 memories would be 1.2 GiB. Tests of other modules run beside this one and use some.
        #expect(try residentBytes() - before < 128 << 20)
    }
}
