import ArgumentParser
import Foundation
import PosternModel
import PosternStorage

/// Fills a ledger with fresh drafts, writes a policy that lets them pass, and lists them for a load generator.
struct PrepareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prepare",
        abstract:
            "Fill a folder with a ledger of fresh drafts, a policy and a list of what to send.",
        discussion: """
            Makes `data/`, `policy/`, `drafts.txt`, each line of which is a draft's GUID and the session token of its \
            owner, `sent.txt`, the same of messages sent before and who received them, and `draft.json` with the subject and body of every draft: in the ledger they are sealed.
            """)

    @Option(help: "The folder to fill.") var directory: String
    @Option(help: "Drafts.") var drafts = 10_000
    @Option(help: "Messages that were sent before.") var sent = 0
    @Option(help: "Accounts.") var accounts = 1000
    @Option(help: "Accounts that send.") var senders = 1000
    @Option(help: "Bytes of a body.") var bodyBytes = 4096
    @Option(help: "Keywords of the policy.") var keywords = 1000
    @Option(help: "How many of the drafts, the last ones, ask for the account password.")
    var confidential = 0

    func run() async throws {
        let data = Dataset(
            accounts: accounts, senders: senders, sent: sent, drafts: drafts, bodyBytes: bodyBytes,
            confidential: confidential)
        for (name, bytes) in Sample.policyFiles(keywords: keywords) {
            try write(Data(bytes), to: "policy/\(name)")
        }
        let lines = try (0..<drafts).map {
            "\(try Sample.guid($0)) \(Sample.token(data.sender(of: $0)))\n"
        }
        try write(Data(lines.joined().utf8), to: "drafts.txt")
        let received = try (0..<sent).map {
            "\(try Sample.guid(Dataset.name(ofSent: $0))) \(Sample.token(data.receiver(from: data.sender(of: $0))))\n"
        }
        try write(Data(received.joined().utf8), to: "sent.txt")
        try write(
            JSONEncoder().encode(["subject": Sample.subject, "body": Sample.body(bytes: bodyBytes)]
            ),
            to: "draft.json")
        await (try data.fill(directory + "/data")).close()
    }

    private func write(_ data: Data, to name: String) throws {
        let path = URL(filePath: directory).appending(path: name)
        try FileManager.default.createDirectory(
            at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: path)
    }
}
