import PosternContent
import PosternCredentials
import PosternModel
import PosternPipeline
import PosternPolicy
import PosternStorage

/// The whole corridor in this process, without listener, dialect and delivery.
struct Corridor {
    let store: SQLiteStore
    let policy: ActivePolicy
    private let pipeline: SendPipeline

    init(_ store: SQLiteStore, _ policy: ActivePolicy, _ passwords: PasswordChecker) {
        self.store = store
        self.policy = policy
        pipeline = SendPipeline(
            ports: .init(
                policies: PolicyRegister(policy), views: store, ledger: store,
                passwords: passwords, unauthenticated: NobodyCounts(), clock: SystemClock()),
            options: .init(
                notifications: NotificationTemplate(portal: "https://bench.example/"),
                relaysNotifications: false))
    }

    /// Sends drafts of a data set, 32 at a time, each to its acceptance.
    func send(_ drafts: Range<Int>, of data: Dataset) async throws {
        let width = 32
        try await withThrowingTaskGroup(of: Void.self) { group in
            for first in drafts.prefix(width) {
                group.addTask {
                    for draft in stride(from: first, to: drafts.upperBound, by: width) {
                        try await send(draft, by: data.sender(of: draft))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func send(_ draft: Int, by sender: Int) async throws {
        let intent = SendIntent(
            credential: PresentedCredential(token: Secret(Sample.token(sender))),
            draft: try Sample.guid(draft))
        let outcome = await pipeline.send(
            intent, in: RequestContext(dialect: "secure-messaging", request: "bench"))
        guard case .accepted(let acceptance) = outcome, !acceptance.replayed else {
            throw Trouble("A send that should pass ended otherwise: \(outcome)")
        }
    }

    /// The sample's policy with so many keywords, compiled.
    static func policy(keywords count: Int) throws -> ActivePolicy {
        let policy = try PolicyFolder.load(files: Sample.policyFiles(keywords: count)).get()
        return ActivePolicy(
            policy: policy, scanner: try ContentScanner(lists: policy.keywordLists, cache: nil))
    }
}

/// No refusal is expected here.
struct NobodyCounts: UnauthenticatedLog {
    func note(_ refusal: UnauthenticatedRefusal) {}
}
