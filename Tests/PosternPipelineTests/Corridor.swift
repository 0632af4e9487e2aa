import Foundation
import PosternContent
import PosternCredentials
import PosternModel
import PosternPipeline
import PosternPolicy
import PosternTesting
import Synchronization
import Testing

/// A corridor over memory: one sender, one draft, a small real policy and cheap real password hashes.
struct Corridor {
    static let token = PresentedCredential(token: Secret("token-of-ann"))
    static let ann = AccountID(rawValue: 1)
    static let password = Secret("melon-and-anvil")

    let ledger = MemoryLedger()
    let clock = HandClock()
    let unauthenticated = Counter()
    let passwords: PasswordChecker
    let pipeline: SendPipeline
    let draft: Draft

    init(
        issued: (any IssuedTokens)? = nil, policy text: String = Self.policy,
        edit: (inout Draft) -> Void = { _ in }
    ) throws {
        var draft = Draft(
            guid: .random(), owner: Self.ann, to: [try Self.address("bob@example.org")],
            subject: "Hello", body: "Good morning")
        edit(&draft)
        self.draft = draft
        let parameters = try #require(Argon2Parameters(memory: 64, passes: 1, lanes: 1))
        passwords = PasswordChecker(PasswordChecker.Settings(parameters: parameters, threads: 1))
        let policy = try PolicyFolder.load(files: Self.files(text)).get()
        let scanner = try ContentScanner(lists: policy.keywordLists, cache: nil)
        pipeline = SendPipeline(
            ports: SendPipeline.Ports(
                policies: PolicyRegister(ActivePolicy(policy: policy, scanner: scanner)),
                views: ledger, ledger: ledger, passwords: passwords,
                unauthenticated: unauthenticated, clock: clock, issued: issued),
            options: SendPipeline.Options(
                notifications: NotificationTemplate(portal: "https://portal.example"),
                relaysNotifications: true, relaysPhones: true, units: EveryUnit()))
        let (now, sender) = (clock.now(), try Self.address("ann@example.org"))
        let bob = RecipientRecord(
            address: try Self.address("bob@example.org"), standing: .active, group: "staff")
        ledger.change { state in
            state.sessions[TokenDigest(of: Self.token.token)] = SessionRecord(
                account: Self.ann, address: sender, group: "staff", accountDisabled: false,
                revoked: false, lastSeen: now)
            state.drafts[draft.guid] = LoadedDraft(
                draft: draft, recalled: false, parent: nil, recipients: [bob],
                used: QuotaUse(messages: 0, invites: 0),
                attempts: AttemptFacts(message: 0, principal: 0), passwordHash: nil)
        }
    }

    /// A Confidential draft whose password is ``password``.
    static func confidential() async throws -> Corridor {
        let corridor = try Corridor { $0.options.fyeoType = .accountPassword }
        let hash = try await corridor.passwords.hash(password)
        corridor.ledger.change { $0.drafts[corridor.draft.guid]?.passwordHash = hash }
        return corridor
    }

    func send(
        password: Secret? = nil, dryRun: Bool = false, credential: PresentedCredential? = token
    ) async -> SendOutcome {
        await send(
            SendIntent(
                credential: credential, draft: draft.guid, password: password, dryRun: dryRun))
    }

    func send(_ intent: SendIntent) async -> SendOutcome {
        await pipeline.send(intent, in: RequestContext(dialect: "test", request: "r1"))
    }

    /// What was used of the present day.
    var used: Int {
        ledger.snapshot.used[Self.ann]?.values.reduce(0) { $0 + $1.messages } ?? 0
    }

    /// The recorded entries, read back.
    var entries: [AuditEntry] {
        get throws {
            try ledger.snapshot.entries.map {
                try JSONDecoder().decode(AuditEntry.self, from: Data($0.leaf))
            }
        }
    }

    static func address(_ text: String) throws -> EmailAddress {
        try #require(EmailAddress(text))
    }

    static let policy = """
        version: 1
        timeZone: Europe/Zurich
        defaultGroup: staff
        attempts: {warnAfter: 2, lockAfter: 3, burnAfter: never}
        login: {deniedDomains: [barred.example]}
        keywordLists:
          secrets: {file: keywords/secrets.txt}
          rumours: {file: keywords/rumours.txt}
          patients: {file: keywords/patients.txt, threshold: 2}
        groups:
          staff:
            dailyMessages: 2
            dailyInvites: 0
            recipientLimit: 5
            confidential: yes
            fyeo: yes
            reply: yes
            replyAll: yes
            forward: yes
            mayWriteTo: anyone
            phones: {allowed: yes}
            expiry: {allowed: no}
            inviting: {allowed: no}
            challenge: {required: no}
            keywordLists: all
        rules:
          content.banned.rumours: {mode: shadow}
        """

    private static func files(_ policy: String) -> [String: [UInt8]] {
        [
            "policy.yaml": Array(policy.utf8),
            "keywords/secrets.txt": Array("vpn password\n".utf8),
            "keywords/rumours.txt": Array("merger\n".utf8),
            "keywords/patients.txt": Array("diagnosis\nbiopsy\n".utf8),
        ]
    }
}

/// A list of units that has all of them.
struct EveryUnit: ForeignUnits {
    func contains(_ unit: UnitURL) -> Bool { true }
}

/// Counts what it is told.
final class Counter: UnauthenticatedLog {
    private let noted = Mutex<[SessionFact]>([])

    /// What was refused, in order.
    var facts: [SessionFact] { noted.withLock { $0 } }

    func note(_ refusal: UnauthenticatedRefusal) {
        noted.withLock { $0.append(refusal.facts.session) }
    }
}

extension SendOutcome {
    /// The outcome as a word: `accepted`, `replayed`, `would-accept`, a code or a fault's name.
    var word: String {
        switch self {
        case .accepted(let acceptance): acceptance.replayed ? "replayed" : "accepted"
        case .wouldAccept(let preview):
            preview.passwordRequired ? "would-accept with password" : "would-accept"
        case .scheduled: "scheduled"
        case .refused(let refusal): "\(refusal.code.rawValue)"
        case .obstructed(let obstruction): obstruction.refusal.code.name
        case .failed(let failure): failure.fault.code.rawValue
        }
    }
}
