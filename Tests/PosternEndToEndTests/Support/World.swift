import Foundation
import Testing

/// One gateway's folder: certificates, policy, settings, ledger and audit log.
struct World: Sendable {
    /// A setting's name and its value.
    typealias Settings = [String: String]

    let folder: URL

    /// What the tests that set up their own people judge by.
    static let smallPolicy = """
        version: 1
        timeZone: UTC
        defaultGroup: people
        attempts: { warnAfter: 3, lockAfter: 5, burnAfter: never }
        keywordLists:
          secrets:
            file: keywords/secrets.txt
        groups:
          people:
            dailyMessages: 50
            dailyInvites: 5
            recipientLimit: 5
            fyeo: yes
            confidential: yes
            reply: yes
            replyAll: yes
            forward: yes
            mayWriteTo: anyone
            expiry: { allowed: yes, minimum: 1h, maximum: 30d, default: 7d }
            inviting: { allowed: yes }
            challenge: { required: no }
            keywordLists: all
          busy:
            inherits: people
            dailyMessages: 1000000

        """

    /// Makes the folder with what a gateway needs to start.
    ///
    /// - Parameters:
    ///   - policy: The policy file's text; nil for the policies that are shipped.
    ///   - settings: What differs from the tests' own settings.
    /// - Throws: When a file cannot be written or no certificate be made.
    init(policy: String? = Self.smallPolicy, settings: Settings = [:]) async throws {
        folder = try RunFolder.shared.get().makeFolder("world")
        let certificates = try await Self.certificates.value
        try FileManager.default.copyItem(at: certificates, to: path("certs"))
        if let policy {
            try FileManager.default.createDirectory(
                at: path("policies/keywords"), withIntermediateDirectories: true)
            try write(policy, to: "policies/policy.yaml")
            try write("swordfish\n", to: "policies/keywords/secrets.txt")
        } else {
            try FileManager.default.copyItem(
                at: Program.checkout.appending(path: "policies"), to: path("policies"))
        }
        try configure(settings)
    }

    /// Made once for the run by the program itself.
    static let certificates = Task {
        let folder = try RunFolder.shared.get().makeFolder("certs")
        let outcome = try await Program.run(
            ["cert", "dev", "--directory", folder.path], in: folder)
        try #require(outcome.succeeded, "\(outcome.errors)")
        return folder
    }

    /// The path of a file in the folder.
    func path(_ name: String) -> URL { folder.appending(path: name) }

    /// Writes a file in one step.
    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: path(name), options: .atomic)
    }

    /// Writes the settings file.
    func configure(_ changes: Settings) throws {
        // Light hashes: what a hash costs is tried where hashes are made.
        let settings: Settings = [
            "listener.port": "0", "operations.port": "0", "passwords.memory": "256",
            "passwords.passes": "1", "log.level": "debug", "policy.watchInterval": "20ms",
            // The machine may be so busy that its disk seems to stand still.
            "gateway.ledgerPatience": "30s",
        ].merging(changes) { $1 }
        let entries = settings.map { (path: $0.key.split(separator: ".")[...], value: $0.value) }
        try write(Self.yaml(entries), to: "settings.yaml")
    }

    /// The settings as nested YAML.
    static func yaml(
        _ entries: [(path: ArraySlice<Substring>, value: String)], depth: Int = 0
    ) -> String {
        let margin = String(repeating: "  ", count: depth)
        return Dictionary(grouping: entries) { $0.path.first ?? "" }.map { name, entries in
            if let only = entries.first, only.path.count == 1 {
                return "\(margin)\(name): \"\(only.value)\"\n"
            }
            let inner = entries.map { (path: $0.path.dropFirst(), value: $0.value) }
            return "\(margin)\(name):\n\(yaml(inner, depth: depth + 1))"
        }.joined()
    }

    /// Runs a command with this world's settings.
    func postern(_ arguments: String...) async throws -> Program.Outcome {
        try await Program.run(arguments + ["--settings", "settings.yaml"], in: folder)
    }

    /// Brings people and drafts in.
    func load(_ text: String) async throws {
        let name = "load-\(UUID().uuidString.prefix(8)).yaml"
        try write(text, to: name)
        let outcome = try await postern("load", name)
        try #require(outcome.succeeded, "\(outcome.errors)")
    }

    /// Whether the audit log is as it was signed, from its files and public key alone.
    func auditVerdict() async throws -> Program.Outcome {
        try await Program.run(["audit", "verify", "audit"], in: folder)
    }

    /// The audit log's entries, as JSON objects.
    func auditEntries() async throws -> [[String: Any]] {
        let tail = try await Program.run(["audit", "tail", "audit", "--json"], in: folder)
        try #require(tail.succeeded, "\(tail.errors)")
        return try tail.lines.map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            return try #require(object as? [String: Any])
        }
    }

    /// The names of the messages in a mailbox, a name for each time one lies there.
    func mailbox(_ address: String, limit: Int = 100_000) async throws -> [String] {
        let listing = try await postern("account", "mailbox", address, "--limit", "\(limit)")
        try #require(listing.succeeded, "\(listing.errors)")
        return listing.lines.map { String($0.prefix { $0 != " " }) }
    }

    /// Starts the gateway and waits until it takes requests.
    func serve(trusting authorities: URL? = nil) async throws -> Gateway {
        try await start(
            ["serve", "--settings", "settings.yaml"], saying: "stderr.log", trusting: authorities)
    }

    /// Starts a command that serves, and waits until it takes requests.
    func start(
        _ arguments: [String], saying diagnostics: String, trusting authorities: URL? = nil
    ) async throws -> Gateway {
        let child = try Child(
            Program.url, arguments, in: folder, diagnostics: path(diagnostics))
        let ready = try await bounded(.seconds(30), "the server did not get ready") {
            await child.line(beginning: "ready ")
        } onOverrun: {
            child.signal(SIGKILL)
        }
        guard let line = ready else {
            let end = try await child.end(within: .seconds(10))
            throw Child.TooLong(description: "the server ended with \(end): \(child.errors)")
        }
        return try Gateway(child, readyLine: line, authority: authorities ?? path("certs/ca.pem"))
    }

    /// Serves while a test does its work, then stops; the gateway must stop well and its log verify.
    func serving(
        trusting authorities: URL? = nil, _ work: (Gateway) async throws -> Void
    ) async throws {
        let gateway = try await serve(trusting: authorities)
        do {
            try await work(gateway)
        } catch {
            gateway.child.signal(SIGKILL)
            _ = await gateway.child.end.value
            throw error
        }
        #expect(try await gateway.stop() == .exit(0))
        let verdict = try await auditVerdict()
        #expect(verdict.succeeded, "\(verdict.errors)")
        remove()
    }

    /// Removes the folder.
    func remove() { try? FileManager.default.removeItem(at: folder) }
}
