import Foundation
import PosternModel
import PosternPipeline
import PosternPolicy
import PosternStorage
import Testing

@Suite struct AttemptTests {
    let limits = AttemptLimits(warnAfter: 3, lockAfter: 5, burnAfter: nil)

    @Test func `a thousand attempts at once against a limit of five grant five`() async throws {
        let bench = try await Workbench()
        try await bench.draft(0..<1)
        let words = await withTaskGroup(of: String.self) { group in
            for _ in 0..<1_000 { group.addTask { await bench.reserve(0, limits) } }
            return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        // As long as nobody knows that the five are wrong, the others are put off, not locked out.
        #expect(words == ["0 0": 5, "gateway.overloaded": 995])
        for _ in 0..<5 { try await bench.countWrong(0, limits) }
        #expect(await bench.reserve(0, limits) == "used up")
        #expect(try bench.find(0).attempts == AttemptFacts(message: 5, principal: 5))
    }

    @Test func `right passwords lock nobody, however many are looked at together`() async throws {
        let bench = try await Workbench()
        try await bench.draft(0..<1)
        for _ in 0..<3 {
            for _ in 0..<5 { #expect(await bench.reserve(0, limits) == "0 0") }
            #expect(await bench.reserve(0, limits) == "gateway.overloaded")
            for _ in 0..<5 { try await bench.store.returnAttempt(Workbench.guid(0), by: bench.ann) }
        }
        #expect(await bench.reserve(0, limits) == "0 0")
        #expect(try bench.count("SELECT max(locked) + sum(used) FROM account_attempts") == 0)
    }

    @Test func `an attempt nobody tells the end of counts as wrong a minute later`() async throws {
        let bench = try await Workbench()
        try await bench.draft(0..<1)
        for _ in 0..<5 { #expect(await bench.reserve(0, limits) == "0 0") }
        #expect(await bench.reserve(0, limits, second: 59) == "gateway.overloaded")
        #expect(await bench.reserve(0, limits, second: 60) == "used up")
        // Telling it later changes nothing.
        try await bench.store.returnAttempt(Workbench.guid(0), by: bench.ann)
        #expect(await bench.reserve(0, limits, second: 61) == "used up")
    }

    @Test func `a message erased while its password is looked at leaves no attempt behind`()
        async throws
    {
        let bench = try await Workbench()
        try await bench.draft(0..<2)
        for _ in 0..<3 { #expect(await bench.reserve(0, limits) == "0 0") }
        try bench.change("UPDATE messages SET state = 2 WHERE guid = x'\(Workbench.guid(0))'")
        // Two were right, and one was wrong: that counts.
        for _ in 0..<2 {
            try await bench.store.returnAttempt(Workbench.guid(0), by: bench.ann)
        }
        try await bench.countWrong(0, limits)
        #expect(await bench.reserve(1, limits, second: 90) == "0 1")
        #expect(try bench.count("SELECT used FROM account_attempts") == 1)
    }

    @Test func `many drafts do not give a guesser more attempts`() async throws {
        let bench = try await Workbench()
        try await bench.draft(0..<8)
        var words: [String] = []
        for number in 0..<8 {
            words.append(await bench.reserve(number, limits))
            if words.last != "used up" { try await bench.countWrong(number, limits) }
        }
        #expect(words == (0..<5).map { "0 \($0)" } + Array(repeating: "used up", count: 3))
    }

    @Test func `a lock outlasts a raised limit and ends with an administrator`() async throws {
        let bench = try await Workbench()
        try await bench.draft(0..<1)
        func limit(_ lockAfter: Int) -> AttemptLimits {
            AttemptLimits(warnAfter: 1, lockAfter: lockAfter, burnAfter: nil)
        }
        #expect(await bench.reserve(0, limit(1)) == "0 0")
        try await bench.countWrong(0, limit(1))
        #expect(await bench.reserve(0, limit(1)) == "used up")
        #expect(await bench.reserve(0, limit(10)) == "used up")
        #expect(try await bench.store.unlockAttempts(of: bench.ann))
        #expect(await bench.reserve(0, limit(10)) == "0 0")
        #expect(try await bench.store.unlockAttempts(of: bench.ann))
        #expect(try await !bench.store.unlockAttempts(of: bench.ann))
    }

    @Test func `the last wrong password a message bears destroys it, and the log says so`()
        async throws
    {
        let bench = try await Workbench()
        try await bench.draft(0..<1)
        let limits = AttemptLimits(warnAfter: 1, lockAfter: 9, burnAfter: 2)
        for before in 0..<2 {
            #expect(await bench.reserve(0, limits) == "\(before) \(before)")
            #expect(try bench.store.leafCount() == 0)
            try await bench.countWrong(0, limits)
        }
        guard
            case .missing = try bench.store.load(
                Workbench.guid(0), for: bench.ann, on: Workbench.day)
        else {
            Issue.record("still there")
            return
        }
        #expect(try bench.store.leafCount() == 1)
        #expect(try bench.count("SELECT count(*) FROM message_texts") == 0)
    }

    @Test func `passwords being looked at cannot destroy a message`() async throws {
        let bench = try await Workbench()
        try await bench.draft(0..<1)
        let limits = AttemptLimits(warnAfter: 1, lockAfter: 9, burnAfter: 9)
        for _ in 0..<9 { #expect(await bench.reserve(0, limits) == "0 0") }
        #expect(await bench.reserve(0, limits) == "gateway.overloaded")
        #expect(try bench.find(0).draft.guid == Workbench.guid(0))
    }
}

extension Workbench {
    /// The wrong passwords before, against the message and by the account; or why nothing was reserved.
    fileprivate func reserve(
        _ number: Int, _ limits: AttemptLimits, second: Int = 0
    ) async -> String {
        do throws(Fault) {
            let before = try await store.reserveAttempt(
                Self.guid(number), by: ann, limits: limits,
                at: Self.noon.advanced(by: .seconds(second)))
            return before.map { "\($0.message) \($0.principal)" } ?? "used up"
        } catch { return error.code.rawValue }
    }

    fileprivate func countWrong(_ number: Int, _ limits: AttemptLimits) async throws {
        let entry = try entry()
        _ = try await store.countWrong(Self.guid(number), by: ann, limits: limits) {
            () throws(Fault) in entry
        }
    }
}
