import Foundation
import GRDB
import PosternContent
import PosternCredentials
import PosternModel
@_spi(Testing) import PosternPolicy
@testable import PosternPipeline
import PosternSealing
@_spi(Testing) @testable import PosternStorage
import PosternTesting
import Synchronization
import Testing

typealias Asked = PosternModel.Operation

/// Somebody of the household, with the token and the password that belong to their name.
enum Member: String, CaseIterable {
    case ann, bob, cay, gus, kim, dan, pia, nia, eve

    var address: EmailAddress {
        guard
            let address = EmailAddress(
                "\(rawValue)@\(self == .eve ? "barred.example" : "example.org")")
        else { preconditionFailure("every member has an address") }
        return address
    }
    var credential: PresentedCredential { .init(token: Secret("token-of-\(rawValue)")) }
    var password: Secret { Secret("password-of-\(rawValue)") }
}

/// A whole gateway but its doors: both corridors over a ledger in a fresh folder, real passwords of little strength, and a
/// clock moved by hand.
final class Household: Sendable {
    static let word = Secret("melon-and-anvil")

    let folder: String
    let store: SQLiteStore
    let clock = HandClock()
    let passwords = CountingPasswords()
    let strangers = StrangerLog()
    /// By what answers wait for the beat.
    let beats = LeapingClock()
    let operations: OperationPipeline
    let sends: SendPipeline

    init(
        _ options: SQLiteStore.Options = .init(), in folder: String? = nil, keys: KeyVault? = nil,
        attempts: String = "{warnAfter: 2, lockAfter: 5, burnAfter: never}", login: String = "",
        banned: String? = nil, relaysPhones: Bool = true, issued: (any IssuedTokens)? = nil,
        foreign: UnitRegister? = nil
    ) async throws {
        self.folder =
            folder ?? NSTemporaryDirectory() + "postern-" + MessageGUID.random().description
        store = try SQLiteStore(folder: self.folder, keys: keys, options: options)
        let passwords = passwords
        if folder == nil {
            _ = try await store.load(
                try LoadFile.read(Self.people), at: clock.now(),
                hash: { secret throws(Fault) in try await passwords.checker.hash(secret) })
        }
        let policy = try PolicyFolder.load(files: Self.policy(attempts, login, banned)).get()
        let register = PolicyRegister(
            ActivePolicy(
                policy: policy,
                scanner: try ContentScanner(lists: policy.keywordLists, cache: nil)))
        operations = OperationPipeline(
            ports: OperationPipeline.Ports(
                policies: register, views: store, ledger: store, passwords: passwords,
                unauthenticated: strangers, clock: clock, issued: issued),
            relaysPhones: relaysPhones, beat: AnswerBeat(beats))
        sends = SendPipeline(
            ports: SendPipeline.Ports(
                policies: register, views: store, ledger: store, passwords: passwords,
                unauthenticated: strangers, clock: clock, issued: issued, foreign: foreign),
            options: SendPipeline.Options(
                notifications: NotificationTemplate(portal: "https://portal.example"),
                relaysNotifications: true, relaysPhones: relaysPhones,
                units: foreign ?? UnitRegister()))
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private static let people: String = {
        func account(_ member: Member, _ rest: String) -> String {
            "  - {address: \(member.address), name: \(member.rawValue.uppercased()), tokens: [{token: token-of-\(member)}], \(rest)}"
        }
        func password(_ member: Member) -> String { "password: password-of-\(member)" }
        return "version: 1\naccounts:\n"
            + [
                account(.ann, "group: staff, \(password(.ann))"),
                account(.bob, "group: staff, challengePassed: true, \(password(.bob))"),
                account(.cay, "group: staff, \(password(.cay))"),
                account(.gus, "group: guests, \(password(.gus)), contacts: [ann@example.org]"),
                account(.kim, "group: keepers, \(password(.kim))"),
                account(.dan, "group: staff, status: disabled, \(password(.dan))"),
                account(.pia, "group: staff, status: pending"),
                account(.nia, "group: staff"),
                account(.eve, "group: staff, \(password(.eve))"),
            ].joined(separator: "\n")
    }()

    private static func policy(
        _ attempts: String, _ login: String, _ banned: String?
    ) -> [String: [UInt8]] {
        var files = ["policy.yaml": Array(policy(attempts, login, bans: banned != nil).utf8)]
        if let banned { files["banned.txt"] = Array(banned.utf8) }
        return files
    }

    private static func policy(_ attempts: String, _ login: String, bans: Bool) -> String {
        """
        version: 1
        timeZone: Europe/Zurich
        defaultGroup: guests
        attempts: \(attempts)
        login: {lockAfter: 5, lockFor: 15m, passwordMaximumAge: 30d, deniedDomains: [barred.example]\(login)}
        \(bans ? "keywordLists: {banned: {file: banned.txt}}" : "")
        groups:
          staff:
            dailyMessages: 5000
            dailyInvites: 10
            recipientLimit: 25
            fyeo: yes
            confidential: yes
            reply: yes
            replyAll: yes
            forward: yes
            mayWriteTo: anyone
            expiry: {allowed: yes}
            attachments: {maximumSize: 2MiB, maximumTotal: 3MiB, maximumCount: 3, deniedTypes: [exe]}
            inviting: {allowed: yes}
            challenge: {required: no}
            keywordLists: [\(bans ? "banned" : "")]
          guests:
            inherits: staff
            dailyMessages: 2
            dailyInvites: 0
            fyeo: no
            confidential: no
            recall: no
            inviting: {allowed: no}
            attachments: {allowed: no}
          keepers:
            inherits: staff
            retention: 2h
          crowds:
            inherits: staff
            recipientLimit: 2000
            phones: {allowed: yes, prefixes: ["+41"]}
            cells: {allowed: yes}
        """
    }

    // MARK: asking

    func perform(_ operation: Asked, by member: Member?) async -> OperationOutcome {
        await perform(operation, showing: member?.credential)
    }

    func perform(
        _ operation: Asked, showing credential: PresentedCredential?
    ) async -> OperationOutcome {
        await operations.perform(
            OperationRequest(credential: credential, operation: operation),
            in: RequestContext(dialect: "test", request: "r1"))
    }

    func send(
        _ guid: MessageGUID, by member: Member = .ann, password: Secret? = nil, dryRun: Bool = false
    ) async -> String {
        let intent = SendIntent(
            credential: member.credential, draft: guid, password: password, dryRun: dryRun)
        return await sends.send(intent, in: RequestContext(dialect: "test", request: "r1")).word
    }

    /// Composes and sends in one go, now or at a time.
    func send(
        _ composition: Composition, by member: Member = .ann, at instant: Instant? = nil,
        requiring requirements: Set<SendIntent.Requirement> = [],
        showing credential: PresentedCredential? = nil
    ) async -> SendOutcome {
        await sends.send(
            SendIntent(
                credential: credential ?? member.credential, subject: .composed(composition),
                at: instant, requirements: requirements, inviteNewUsers: false,
                sendEmailNotification: false),
            in: RequestContext(dialect: "test", request: "r1"))
    }

    func draft(
        by member: Member = .ann, action: MessageAction = .new,
        answering parent: MessageGUID? = nil,
        password: Secret? = nil, externalID: String? = nil, _ content: DraftContent? = nil
    ) async throws -> MessageGUID {
        let beginning = DraftBeginning(
            action: action, parent: parent.map { .named($0) } ?? .absent, password: password,
            externalID: externalID)
        let outcome = await perform(.createDraft(beginning), by: member)
        guard case .done(.draft(let guid), _) = outcome else { throw Unexpected(outcome.word) }
        if let content {
            try #require(await perform(.saveDraft(guid, content), by: member).word == "done")
        }
        return guid
    }

    /// Composes, sends and delivers.
    func sent(
        by member: Member = .ann, to: [Member] = [.bob], cc: [Member] = [], bcc: [Member] = [],
        subject: String = "Subject", body: String = "Body", format: BodyFormat = .text,
        options: MessageOptions = MessageOptions(), expiry: Expiry = Expiry(),
        password: Secret? = nil, files: [(name: String, bytes: [UInt8])] = []
    ) async throws -> MessageGUID {
        let guid = try await draft(
            by: member,
            DraftContent(
                to: to.map(\.address), cc: cc.map(\.address), bcc: bcc.map(\.address),
                subject: subject, body: body, bodyFormat: format, options: options,
                expiry: expiry))
        for file in files { _ = try await attach(file.name, file.bytes, to: guid, by: member) }
        try #require(await send(guid, by: member, password: password) == "accepted")
        try await deliver()
        return guid
    }

    func deliver() async throws {
        let rows = try await store.due(
            .mailbox, at: clock.now(), limit: 10_000, lease: .seconds(60))
        try await store.deliverToMailboxes(rows, at: clock.now())
    }

    func reserve(
        _ plans: [FilePlan], to guid: MessageGUID, by member: Member = .ann
    ) async throws -> [Upload] {
        let outcome = await perform(.reserveAttachments(guid, plans), by: member)
        guard case .done(.uploads(let uploads), _) = outcome else { throw Unexpected(outcome.word) }
        return uploads
    }

    /// Announces a file and uploads all of it.
    func attach(
        _ name: String, _ bytes: [UInt8], to guid: MessageGUID, by member: Member = .ann
    ) async throws -> AttachmentGUID {
        let plan = FilePlan(name: name, size: Int64(bytes.count))
        let upload = try #require(try await reserve([plan], to: guid, by: member).first)
        for number in 1...upload.layout.count {
            try #require(await store(bytes, number, of: upload, by: member) == "done")
        }
        return upload.guid
    }

    func store(
        _ bytes: [UInt8], _ number: Int, of upload: Upload, by member: Member = .ann
    ) async -> String {
        guard let range = upload.layout.range(of: number) else { return "no such chunk" }
        let chunk = Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
        return await perform(.storeChunk(upload.guid, number: number, chunk), by: member).word
    }

    func read(
        _ guid: MessageGUID?, by member: Member = .bob, password: Secret? = nil, body: Bool = true
    ) async -> OperationOutcome {
        await perform(.readMessage(guid, withBody: body, password: password), by: member)
    }

    /// What a member sees of a message without its body; nil when it is not theirs.
    func view(_ guid: MessageGUID, by member: Member) async -> MessageView? {
        await read(guid, by: member, body: false).message
    }

    func search(_ search: MessageSearch, by member: Member = .bob) async throws -> Page<MessageView>
    {
        let outcome = await perform(.search(search), by: member)
        guard case .done(.messages(let page), _) = outcome else { throw Unexpected(outcome.word) }
        return page
    }

    func subjects(_ folders: Set<MessageFolder>, by member: Member = .bob) async throws -> [String]
    {
        try await search(MessageSearch(folders: folders), by: member).items.map(\.subject)
    }

    func account(_ member: Member) throws -> AccountID {
        try #require(try store.account(member.address)).id
    }

    func erase() async throws -> Int {
        let now = clock.now()
        return try await store.eraseExpired(at: now, limit: 100) { count throws(Fault) in
            try SealedEntry(
                AuditEntry(
                    kind: .erasure, id: .make(at: now), at: now, policy: Workbench.policy,
                    count: count), subject: nil, openings: [])
        }
    }

    /// The recorded entries of operations, as `name` or `name refusal`.
    func operationEntries() throws -> [String] {
        try store.leaves(from: 0, limit: 10_000).map {
            try JSONDecoder().decode(AuditEntry.self, from: Data($0))
        }.filter { $0.kind == .operation }.map {
            [$0.operation, $0.refusal].compactMap(\.self).joined(separator: " ")
        }
    }

    // MARK: looking from outside

    var file: String { folder + "/postern.sqlite" }

    /// Looks into the file from outside, as an operator with `sqlite3` would.
    func count(_ sql: String) throws -> Int {
        try look { try Int.fetchOne($0, sql: sql) ?? -1 }
    }

    func bytes(_ sql: String) throws -> [UInt8] {
        try look { Array(try Data.fetchOne($0, sql: sql) ?? Data()) }
    }

    func bytesOfEach(_ sql: String) throws -> [[UInt8]] {
        try look { try Data.fetchAll($0, sql: sql).map(Array.init) }
    }

    func look<Value>(_ body: (Database) throws -> Value) throws -> Value {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: file, configuration: configuration)
        defer { try? queue.close() }
        return try queue.read(body)
    }

    /// Changes the file from outside, as an administrator's program does.
    func change(_ sql: String) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        let queue = try DatabaseQueue(path: file, configuration: configuration)
        defer { try? queue.close() }
        try queue.write { try $0.execute(sql: sql) }
    }

    /// The data folder's files in a copy made by another program: closing one here would drop the ledger's locks on it.
    func snapshot() throws -> [String: Data] {
        let copy = folder + ".copy"
        try Process.finish("/bin/cp", ["-r", folder, copy])
        defer { try? FileManager.default.removeItem(atPath: copy) }
        var files: [String: Data] = [:]
        let names = FileManager.default.enumerator(atPath: copy)
        while let name = names?.nextObject() as? String {
            let path = copy + "/" + name
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
                !isFolder.boolValue
            else { continue }
            files[name] = try Data(contentsOf: URL(fileURLWithPath: path))
        }
        return files
    }

    /// The files of the data folder in which some bytes stand.
    func files(holding bytes: [UInt8]) throws -> [String] {
        try snapshot().filter { $0.value.range(of: Data(bytes)) != nil }.keys.sorted()
    }

    /// Attached files on disk.
    func filesOnDisk() -> Int { store.files.all().count }

    func path(of guid: AttachmentGUID) -> String {
        "\(folder)/files/\(guid.description.prefix(2))/\(guid)"
    }
}

/// An outcome a test did not count on.
struct Unexpected: Error, CustomStringConvertible {
    let description: String
    init(_ word: String) { description = word }
}

extension OperationOutcome {
    /// The outcome as a word: `done`, the code of a refusal or the name of a fault.
    var word: String {
        switch self {
        case .done: "done"
        case .refused(let refusal, _): refusal.code.name
        case .failed(let failure): failure.fault.code.rawValue
        }
    }

    var message: MessageView? {
        if case .done(.message(let view), _) = self { view } else { nil }
    }

    var sentence: String? {
        if case .refused(let refusal, _) = self { refusal.sentence } else { nil }
    }

    var retryAt: Instant? {
        if case .refused(_, let stamp) = self { stamp.retryAt } else { nil }
    }

    /// All of a file's content, and how many pieces it came in.
    func content() async throws -> (bytes: [UInt8], pieces: Int) {
        guard case .done(.content(let content), _) = self else { throw Unexpected(word) }
        var (bytes, pieces): ([UInt8], Int) = ([], 0)
        while case let piece = try await content.next(), !piece.isEmpty {
            bytes += piece
            pieces += 1
        }
        #expect(content.length == Int64(bytes.count))
        return (bytes, pieces)
    }
}

/// Real passwords of little strength, counted when they are looked at.
final class CountingPasswords: PasswordChecking {
    let checker: PasswordChecker
    private let looked = Mutex(0)

    init() {
        guard let parameters = Argon2Parameters(memory: 64, passes: 1, lanes: 1) else {
            preconditionFailure("these parameters are allowed")
        }
        checker = PasswordChecker(
            PasswordChecker.Settings(parameters: parameters, threads: 2, queueLimit: 4096))
    }

    /// How many passwords were looked at since the count was last taken.
    func takeCount() -> Int {
        looked.withLock { count in
            defer { count = 0 }
            return count
        }
    }

    func check(
        _ password: Secret, against hash: PasswordHash?
    ) async throws(Fault) -> PasswordCheck {
        looked.withLock { $0 += 1 }
        return try await checker.check(password, against: hash)
    }

    func hash(_ password: Secret) async throws(Fault) -> PasswordHash {
        try await checker.hash(password)
    }

    func derive(_ password: Secret, for lock: PasswordLock) async throws(Fault) -> PasswordKey {
        looked.withLock { $0 += 1 }
        return try await checker.derive(password, for: lock)
    }

    func newLock() -> PasswordLock { checker.newLock() }
}

/// Remembers who was nobody.
final class StrangerLog: UnauthenticatedLog {
    private let noted = Mutex<[String]>([])
    var refusals: [String] { noted.withLock { $0 } }
    func note(_ refusal: UnauthenticatedRefusal) {
        noted.withLock {
            $0.append(
                [refusal.operation, refusal.refusal].compactMap(\.self).joined(separator: " "))
        }
    }
}

extension SendOutcome {
    /// What it came to, in a word.
    var word: String {
        switch self {
        case .accepted(let acceptance): acceptance.replayed ? "replayed" : "accepted"
        case .wouldAccept: "would accept"
        case .scheduled: "scheduled"
        case .refused(let refusal): "\(refusal.code.rawValue)"
        case .obstructed(let obstruction): obstruction.refusal.code.name
        case .failed(let failure): failure.fault.code.rawValue
        }
    }

    var receipt: SendReceipt? {
        switch self {
        case .accepted(let acceptance): acceptance.receipt
        case .scheduled(let scheduling): scheduling.receipt
        default: nil
        }
    }
}
