import ArgumentParser
import Foundation
import PosternAudit
import PosternModel
import PosternSettings
import PosternTransparency

/// The audit log.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Verify, read and open the audit log.",
        subcommands: [Verify.self, Tail.self, AuditOpenCommand.self])

    /// Checks a log from its files and the public key alone.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a log, or a copy of one, from its files and the public key alone.",
            discussion: """
                Needs no settings and no network. Exits with 65 when anything was altered. A log whose tail was cut \
                together with its checkpoint can be told only by a checkpoint that was kept elsewhere: \
                give it with --kept.
                """)

        @Argument(help: "The log's folder.") var folder = "audit"
        @Option(
            help: "The file with the log's public key; log.vkey beside the folder when not given.")
        var key: String?
        @Option(help: "A checkpoint of the same log kept elsewhere; may be repeated.")
        var kept: [String] = []

        func run() async throws {
            let keyFile = key ?? TileLogSettings(folder: folder, origin: "").verifierFile
            guard let text = try? String(contentsOfFile: keyFile, encoding: .utf8),
                let verifier = NoteVerifier(
                    text: text.trimmingCharacters(in: .whitespacesAndNewlines))
            else {
                printError("\(keyFile): no public key can be read here.")
                throw ExitCode.noInput
            }
            let checkpoints = try kept.map { path in
                guard let data = FileManager.default.contents(atPath: path) else {
                    printError("\(path): cannot be read.")
                    throw ExitCode.noInput
                }
                return Array(data)
            }
            let report = AuditVerifier(key: verifier, kept: checkpoints)
                .verify(DiskLogFolder(folder))
            for finding in report.findings { printError(finding.description) }
            if report.unlisted > 0 { printError("… and \(report.unlisted) more findings") }
            guard report.isSound, let checkpoint = report.checkpoint else {
                printError("the log is NOT as it was signed")
                throw ExitCode.badData
            }
            print(
                "sound: \(report.entries) entries, root \(checkpoint.root.base64), signed by \(verifier.name)"
            )
        }
    }

    /// Prints entries.
    struct Tail: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the log's entries, oldest first, a line each.")

        @Argument(help: "The log's folder.") var folder = "audit"
        @Option(
            name: [.customShort("n"), .long], help: "Begin this many entries before the end.")
        var last: UInt64?
        @Flag(name: .shortAndLong, help: "Wait for more.") var follow = false
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            do {
                let log = DiskLogFolder(folder)
                let size = try AuditTail(log).size()
                var tail = AuditTail(log, from: last.map { size - min(size, $0) } ?? 0)
                while true {
                    let lines = try tail.read()
                    for line in lines { print(json ? line.json : line.text) }
                    if lines.isEmpty {
                        guard follow else { return }
                        fflush(nil)
                        try await Task.sleep(for: .milliseconds(200))
                    }
                }
            } catch let fault as Fault {
                printError("\(folder): \(fault.note)")
                throw ExitCode.noInput
            }
        }
    }
}
