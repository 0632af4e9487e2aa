import Foundation
import PosternCredentials
import PosternModel
import PosternPipeline
import PosternStorage

/// A ledger filled with the sample's accounts and messages.
struct Dataset {
    /// Accounts in it.
    var accounts = 1000
    /// Accounts that send: spread evenly over all, each with a session and a contact.
    var senders = 1000
    /// Messages that were sent before.
    var sent = 0
    /// Drafts to be sent, the first of them draft 0.
    var drafts = 0
    /// Bytes of a draft's body.
    var bodyBytes = 4096
    /// How many of the drafts, the last ones, ask for the account password.
    var confidential = 0

    /// The account that owns a draft.
    func sender(of draft: Int) -> Int {
        let senders = min(senders, accounts)
        return draft % senders * (accounts / senders)
    }

    /// The account a sender writes to.
    func receiver(from sender: Int) -> Int { max(sender - 1, 0) }

    /// Names from a range of their own, far above the drafts'.
    static func name(ofSent number: Int) -> Int { number + (1 << 40) }

    /// Fills a folder through the same door as `postern load`, some thousands at a time.
    @discardableResult
    func fill(_ folder: String) async throws -> SQLiteStore {
        let store = try SQLiteStore(folder: folder)
        let now = SystemClock().now()
        let password = try await hash()
        for chunk in chunks(of: accounts) {
            var plan = LoadPlan()
            plan.accounts = try chunk.map { try account($0, password) }
            try await load(plan, into: store, at: now)
        }
        let body = Sample.body(bytes: bodyBytes)
        for chunk in chunks(of: sent) {
            var plan = LoadPlan()
            plan.messages = try chunk.map { number in
                var message = try self.message(
                    number, name: Self.name(ofSent: number), body: "A short answer.")
                message.sent = true
                return message
            }
            try await load(plan, into: store, at: now)
        }
        for chunk in chunks(of: drafts) {
            var plan = LoadPlan()
            plan.messages = try chunk.map { try message($0, name: $0, body: body) }
            try await load(plan, into: store, at: now)
        }
        return store
    }

    private func chunks(of count: Int) -> [Range<Int>] {
        stride(from: 0, to: count, by: 5000).map { $0..<min($0 + 5000, count) }
    }

    private func load(_ plan: LoadPlan, into store: SQLiteStore, at now: Instant) async throws {
        _ = try await store.load(plan, at: now) { _ throws(Fault) in
            throw Fault(.passwordUncheckable, note: "the sample's passwords are hashed already")
        }
    }

    private func hash() async throws -> PasswordHash? {
        guard confidential > 0 else { return nil }
        var hasher = PasswordHasher()
        return try hasher.hash(Secret(Sample.password), parameters: .standard)
    }

    private func account(_ number: Int, _ password: PasswordHash?) throws -> LoadPlan.Account {
        var account = LoadPlan.Account(address: try Sample.address(number), group: "staff")
        let stride = accounts / min(senders, accounts)
        guard number.isMultiple(of: stride) else { return account }
        account.tokens = [.init(digest: TokenDigest(of: Secret(Sample.token(number))))]
        account.password = password.map { .hash($0) }
        if number > 0 { account.contacts = [try Sample.address(number - 1)] }
        return account
    }

    private func message(_ number: Int, name: Int, body: String) throws -> LoadPlan.Message {
        let sender = sender(of: number)
        var draft = Draft(guid: try Sample.guid(name), owner: AccountID(rawValue: 0))
        draft.to = [try Sample.address(receiver(from: sender))]
        draft.subject = Sample.subject
        draft.body = body
        if name < drafts, name >= drafts - confidential {
            draft.options.fyeoType = .accountPassword
        }
        return LoadPlan.Message(draft: draft, owner: try Sample.address(sender))
    }
}

/// The system's wall clock.
struct SystemClock: PosternModel.Clock {
    func now() -> Instant {
        Instant(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }
}

/// A folder that is removed in the end.
struct TemporaryFolder: ~Copyable {
    let path: String

    /// Makes one in a folder that is on the disk to be measured.
    init(in parent: String) throws {
        path = "\(parent)/measure-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
