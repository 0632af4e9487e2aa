import PosternCredentials
import PosternModel
import PosternPipeline
import PosternPolicy
import PosternStorage

/// What a send costs when there is much of something, beside the same send when there is little.
enum ScaleBenchmark {
    /// How large "much" is.
    struct Sizes {
        var accounts = 1_000_000
        var messages = 500_000
        var sends = 6000
    }

    static func run(folder: String, sizes: Sizes, rounds: Int) async throws -> [Measurement] {
        let passwords = PasswordChecker(PasswordChecker.Settings(threads: 1))
        let few = try Corridor.policy(keywords: 10)
        progress("scale: compiling 100,000 keywords")
        let many = try Corridor.policy(keywords: 100_000)
        let small = Dataset(sent: 1000, drafts: sizes.sends)
        var (crowded, full) = (small, small)
        crowded.accounts = sizes.accounts
        full.sent = sizes.messages

        var results: [Measurement] = []
        let variants: [(id: String, what: String, data: Dataset, policy: ActivePolicy)] = [
            ("keywords", "with 100,000 keywords against 10", small, many),
            ("accounts", "with \(sizes.accounts) accounts against 1,000", crowded, few),
            ("messages", "with \(sizes.messages) messages against 1,000", full, few),
        ]
        for variant in variants {
            progress("scale: \(variant.id)")
            let place = try TemporaryFolder(in: folder)
            let plain = Corridor(try await small.fill(place.path + "/small"), few, passwords)
            let other = Corridor(
                try await variant.data.fill(place.path + "/large"), variant.policy, passwords)
            results += try await compare(plain, small, other, variant, sizes.sends, rounds)
            await plain.store.close()
            await other.store.close()
        }
        await passwords.shutdown()
        return results
    }

    private static func compare(
        _ plain: Corridor, _ small: Dataset, _ other: Corridor,
        _ variant: (id: String, what: String, data: Dataset, policy: ActivePolicy),
        _ sends: Int, _ rounds: Int
    ) async throws -> [Measurement] {
        // The first part warms caches and connections.
        let part = sends / (rounds + 1)
        var costs: (plain: [Double], other: [Double]) = ([], [])
        for round in 0...rounds {
            let drafts = round * part..<(round + 1) * part
            let other = try await processor(other, drafts, variant.data)
            let plain = try await processor(plain, drafts, small)
            guard round > 0 else { continue }
            costs.other.append(other)
            costs.plain.append(plain)
        }
        let loading = try loads(other, variant.data, plain, small, rounds)
        return [
            Measurement(
                "cpu-\(variant.id)", "CPU of a send \(variant.what)",
                Timing.median(costs.other) * 1e6,
                "µs", besides: "the small one", Timing.median(costs.plain) * 1e6),
            Measurement(
                "load-\(variant.id)", "loading a draft \(variant.what)", loading.first * 1e6, "µs",
                besides: "the small one", loading.second * 1e6),
        ]
    }

    /// Processor seconds of sending one draft.
    private static func processor(
        _ corridor: Corridor, _ drafts: Range<Int>, _ data: Dataset
    ) async throws -> Double {
        let before = Timing.processorSeconds()
        try await corridor.send(drafts, of: data)
        return (Timing.processorSeconds() - before) / Double(drafts.count)
    }

    private static func loads(
        _ other: Corridor, _ otherData: Dataset, _ plain: Corridor, _ plainData: Dataset,
        _ rounds: Int
    ) throws -> (first: Double, second: Double) {
        try Timing.paired(rounds: rounds) {
            try load(other, otherData)
        } _: {
            try load(plain, plainData)
        }
    }

    /// Seconds that looking at one draft takes, sent ones included.
    private static func load(_ corridor: Corridor, _ data: Dataset) throws -> Double {
        let day = corridor.policy.policy.day(at: SystemClock().now()).key
        var numbers = Numbers(seed: 3)
        let nobody = AccountID(rawValue: 1)
        return try Timing.each(4000) { _ in
            let old = Bool.random(using: &numbers) && data.sent > 0
            let number = Int.random(in: 0..<(old ? data.sent : data.drafts), using: &numbers)
            let guid = try Sample.guid(old ? number + (1 << 40) : number)
            try corridor.store.view { view throws(Fault) in
                _ = try view.load(guid, for: nobody, on: day)
            }
        }
    }
}
