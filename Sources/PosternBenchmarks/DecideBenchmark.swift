import PosternModel
import PosternPolicy

/// How long deciding takes: an ordinary send, nothing objecting.
enum DecideBenchmark {
    static func run(rounds: Int) throws -> [Measurement] {
        progress("decide")
        let policy = try PolicyFolder.load(files: Sample.policyFiles(keywords: 10)).get()
        let now = SystemClock().now()
        let facts = facts
        var times: [Double] = []
        for _ in 0..<rounds {
            times.append(
                try Timing.each(20_000) { _ in
                    guard policy.decide(facts, at: now).answer == .allow else {
                        throw Trouble("The sample's policy refuses the sample.")
                    }
                })
        }
        return [Measurement("decide", "deciding an allowed send", Timing.median(times) * 1e9, "ns")]
    }

    /// One recipient, who is a contact.
    static let facts = Facts(
        session: .valid, draft: .visible,
        send: SendFacts(
            group: "staff",
            recipients: RecipientFacts(
                to: 1,
                classes: [RecipientClass(standing: .active, group: "staff", contact: true)])))
}
