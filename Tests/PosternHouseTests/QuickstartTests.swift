import Foundation
import PosternTesting
import Testing

/// Runs the README's commands as a newcomer would, in order, in a folder of their own.
@Suite struct QuickstartTests {
    @Test(.timeLimit(.minutes(5)))
    func `the README's commands do what it says, one after the other`() throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "postern-readme-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.copyItem(
            at: House.root.appending(path: "policies"), to: folder.appending(path: "policies"))

        let server = Server(in: folder)
        defer { server.stop() }
        var all = ""
        // Commands that follow one another share a shell, as they do in a newcomer's terminal.
        var script = ""
        func run() throws {
            guard !script.isEmpty else { return }
            let told = "set -E; trap 'echo \"it failed at: $BASH_COMMAND\"' ERR\n"
            let result = try Program.shell(told + server.reachable + script, in: folder)
            #expect(result.status == 0, "\(result.output)\n\(server.log)")
            (all, script) = (all + result.output, "")
        }
        for block in try Page("README.md").blocks {
            let words = block.kind.split(separator: " ")
            if words.first == "yaml", let name = words.dropFirst().first, name.hasSuffix(".yaml") {
                try run()
                try Data(block.text.utf8).write(to: folder.appending(path: String(name)))
            } else if block.kind == "sh", block.text.hasPrefix("postern serve") {
                try run()
                try server.start(block.text)
            } else if block.kind == "sh", block.text.hasPrefix("postern core") {
                try run()
                let core = Server(in: folder, log: "core.log")
                defer { core.stop() }
                try core.start(block.text)
                #expect(core.stop() == 0, "\(core.log)")
            } else if block.kind == "sh", !block.text.hasPrefix("make ") {
                script += block.text
            }
        }
        try run()
        for word in [
            "good: sha-256=", "loaded 3 accounts", "Handover", "\"code\":\"17\"", "sound: ",
            "Everything is in the list.", "The cinnabar cabinet opens at nine.",
            "I shall be there.",
            "\"recallReason\":\"The wrong list\"", "\"trackingType\":\"Downloaded\"",
            "messages and dispatches were put under", "removed ", "postern_operations_total",
            "Your message has been sent.", #""Code":"201","Reason":"Created.""#,
            #""code":"PR403-PO-0017""#, #"{"errors":false,"items":[{"messageUuid":""#,
            #""acknowledgment":"Message scheduled for delivery at "#,
            #"sends_total{dialect="osdi""#,
            #"sends_total{dialect="personium""#, #"sends_total{dialect="revicom""#,
            #"sends_total{dialect="sendhub""#,
        ] {
            #expect(all.contains(word), "\(word) is missing in:\n\(all)")
        }
        // Each where the README says so, and no other.
        let refusals = all.matches(of: /"errorCode":"(\w+)"/).map { String($0.1) }
        #expect(refusals == ["803", "51", "51", "38", "AttachmentNotFound", "811"], "\(all)")
        #expect(server.stop() == 0, "\(server.log)")
    }
}

/// Runs the manual's commands for backing up and restoring against a real installation.
@Suite struct BackupTests {
    @Test(.timeLimit(.minutes(5)))
    func `what was backed up comes back, and a ledger copied while serving is taken`() throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "postern-backup-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.copyItem(
            at: House.root.appending(path: "policies"), to: folder.appending(path: "policies"))
        for block in try Page("README.md").blocks where block.kind.hasSuffix(".yaml") {
            try Data(block.text.utf8).write(
                to: folder.appending(path: String(block.kind.dropFirst("yaml ".count))))
        }
        func shell(_ script: String) throws -> String {
            let result = try Program.shell(script, in: folder)
            try #require(result.status == 0, "\(script)\n\(result.output)")
            return result.output
        }
        let page = try Page("Sources/postern/postern.docc/Operating.md")
        let section = try #require(page.text.range(of: "## Backing up and restoring"))
        let blocks = page.text[section.upperBound...].prefix(
            upTo:
                try #require(page.text.range(of: "## Reading the audit log")).lowerBound
        ).matches(of: /(?m)^```sh\n((?s:.*?))^```$/).map { String($0.1) }
        try #require(blocks.count == 4)
        let (backUp, copyLedger, restore, putLedger) = (blocks[0], blocks[1], blocks[2], blocks[3])

        /// Serves for a moment, which also brings the audit log up to the ledger.
        func serving(_ work: () throws -> Void = {}) throws {
            let server = Server(in: folder)
            defer { server.stop() }
            try server.start("postern serve --settings postern.yaml")
            try work()
            #expect(server.stop() == 0, "\(server.log)")
        }
        /// Does something that changes the ledger and appends an entry.
        func mint() throws {
            _ = try shell("postern token mint ann@hospital.example --settings postern.yaml")
        }
        func tokens() throws -> Int {
            try shell("postern token list ann@hospital.example --settings postern.yaml")
                .split(separator: "\n").count
        }
        _ = try shell(
            "postern cert dev; head -c 32 /dev/urandom | base64 > webhook.secret; postern load people.yaml --settings postern.yaml"
        )
        try mint()
        try serving()
        _ = try shell(backUp)
        try mint()
        try serving {
            try mint()
            _ = try shell(copyLedger)
        }
        try mint()
        #expect(try tokens() == 4)

        #expect(try shell(restore).contains("sound: "))
        #expect(try tokens() == 1)
        try serving()
        #expect(try tokens() == 1)
        let cut = try Program.shell(
            "postern audit verify --kept audit.before/checkpoint audit", in: folder)
        #expect(cut.status == 65, "\(cut.output)")

        _ = try shell("rm -r audit; cp -a backup/audit .\n" + putLedger)
        #expect(try tokens() == 3)
        try serving()
        #expect(try shell("postern audit verify audit").contains("sound: "))
        // With the log of later, the ledger of earlier is refused.
        _ = try shell("rm -r data; cp -a backup/data .")
        let refused = try Program.shell("postern serve --settings postern.yaml", in: folder)
        #expect(refused.status == 69)
        #expect(refused.output.contains("rolled back"), "\(refused.output)")
        for name in ["backup", "ledger.sqlite"] {
            let mode =
                try FileManager.default.attributesOfItem(
                    atPath: folder.appending(path: name).path)[.posixPermissions] as? Int
            #expect(mode.map { $0 & 0o077 } == 0, "\(name)")
        }
    }
}

/// The gateway of the README's `postern serve` block, or the core of its `postern core` block, on ports of the system's choice.
private final class Server {
    private let folder: URL
    private let logFile: String
    private var process: Process?
    private var client = ""
    private var operations = ""

    init(in folder: URL, log: String = "serve.log") {
        self.folder = folder
        logFile = log
    }

    /// What it logged.
    var log: String {
        (try? String(contentsOf: folder.appending(path: logFile), encoding: .utf8)) ?? ""
    }

    func start(_ command: String) throws {
        let log = folder.appending(path: logFile)
        try Data().write(to: log)
        let (process, output) = try Process.start("/bin/bash", ["-c", "exec \(command)"]) {
            Program.prepare($0, in: folder)
            $0.environment?["POSTERN_LISTENER_PORT"] = "0"
            $0.environment?["POSTERN_OPERATIONS_PORT"] = "0"
            $0.standardError = try FileHandle(forWritingTo: log)
            let output = Pipe()
            $0.standardOutput = output
            return output.fileHandleForReading
        }
        self.process = process
        // Ends at the line's end, or with nothing when the process does.
        var line = Data()
        while let byte = try output.read(upToCount: 1),
            byte != Data("\n".utf8), !byte.isEmpty
        {
            line += byte
        }
        let words = String(decoding: line, as: UTF8.self).split(separator: " ").map(String.init)
        try #require(words.count == 3 && words[0] == "ready", "\(words) \(log)")
        client = words[1].replacing("https://", with: "")
        operations = words[2].replacing("http://", with: "")
    }

    /// Makes curl find the ports that the system chose where the README names its own.
    ///
    /// The commands stay as they are, since the gateway's own links have the README's ports.
    var reachable: String {
        """
        curl() {
          command curl --connect-to 'localhost:8443:\(client)' --connect-to 'localhost:9464:\(operations)' "$@"
        }

        """
    }

    /// Stops it as an operator would; its exit code.
    @discardableResult
    func stop() -> Int32 {
        guard let process else { return -1 }
        process.terminate()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
