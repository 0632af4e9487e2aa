import Foundation
import HTTPTypes
import PosternDialectKit
import PosternDialectSecureMessaging
import PosternModel
import PosternPolicy
import Testing

/// Keeps the pages true: tables are made from the code, commands are known, links lead somewhere.
///
/// `UPDATE_DOCUMENTS=1 swift test --filter DocumentTests` writes the tables anew.
@Suite struct DocumentTests {
    /// A table on a page, and what makes it.
    struct Table: CustomTestStringConvertible {
        let page: String
        let name: String
        let make: @Sendable () throws -> String
        var testDescription: String { "\(name) in \(page)" }
    }

    static let tables = [
        Table(page: "README.md", name: "codes") { try codes(ofSends: true) },
        Table(page: "README.md", name: "codes of operations") { try codes(ofSends: false) },
        Table(page: "README.md", name: "settings") { try Program.run(["settings"]).output },
        Table(page: "README.md", name: "settings of a core", make: coreSettings),
        Table(
            page: "Sources/postern/postern.docc/Troubleshooting.md", name: "faults", make: faults),
        Table(
            page: "Sources/postern/postern.docc/Dialects.md", name: "refusals by dialect",
            make: DialectTable.make),
    ]

    @Test(arguments: tables)
    func `a table says what the code says`(_ table: Table) throws {
        let made = try table.make()
        let page = try Page(table.page)
        if ProcessInfo.processInfo.environment["UPDATE_DOCUMENTS"] != nil {
            try page.write(made, as: table.name)
        } else {
            #expect(
                try page.table(table.name) == made,
                "Bring it up to date: UPDATE_DOCUMENTS=1 swift test --filter DocumentTests")
        }
    }

    @Test func `every command is one the program or the Makefile knows`() throws {
        let settings = try [[], ["--core"]].map {
            try Program.run(["settings", "--json"] + $0).output
        }.joined()
        let makefile = try String(
            contentsOf: House.root.appending(path: "Makefile"), encoding: .utf8)
        var helped: [[String]: Program.Result] = [:]
        for page in try Page.all() {
            let inline = page.prose.matches(of: /`((?:postern|make) [a-z][^`\n]*)`/).map {
                String($0.1)
            }
            for command in page.commands + inline {
                let words = command.split(separator: " ").map(String.init)
                switch words.first {
                case "make":
                    let target = try #require(words.dropFirst().first)
                    #expect(makefile.contains("\n\(target):"), "\(page.path): \(command)")
                case "postern":
                    let path = Array(
                        words.dropFirst().prefix {
                            $0.wholeMatch(of: /[a-z-]+/) != nil && !$0.hasPrefix("-")
                        })
                    // `load people.yaml` and `policy check policies` end in an argument, not a command.
                    let help = try helped[path] ?? Self.help(path)
                    helped[path] = help
                    #expect(help.status == 0, "\(page.path): \(command)\n\(help.output)")
                    for word in words.dropFirst() where word.hasPrefix("-") && word != "--help" {
                        let flag = String(word.prefix { $0 != "=" })
                        #expect(
                            help.output.contains(flag) || settings.contains("\"\(flag)\""),
                            "\(page.path): \(command) has no \(flag)")
                    }
                default: break
                }
            }
        }
        #expect(helped.count >= 10)
    }

    /// A command's help; a last word that is an argument is cut off.
    private static func help(_ path: [String]) throws -> Program.Result {
        let result = try Program.run(["help"] + path)
        if path.count > 1, result.status != 0 { return try Program.run(["help"] + path.dropLast()) }
        return result
    }

    @Test func `every policy on a page would come into force`() throws {
        var loaded = 0
        for page in try Page.all() where page.path.hasSuffix("README.md") {
            for block in page.blocks where block.kind == "yaml policy" {
                let result = PolicyFolder.load(files: ["policy.yaml": Array(block.text.utf8)])
                #expect(throws: Never.self, "\(page.path)") { try result.get() }
                loaded += 1
            }
        }
        #expect(loaded > 0)
    }

    @Test func `every link leads to a file or a page`() throws {
        for page in try Page.all() {
            let folder = House.root.appending(path: page.path).deletingLastPathComponent()
            for match in page.prose.matches(of: /\]\(([^)#]+)(?:#[^)]*)?\)/) {
                let target = String(match.1)
                if target.hasPrefix("https://") { continue }
                let file = folder.appending(path: target).path
                #expect(FileManager.default.fileExists(atPath: file), "\(page.path): \(target)")
            }
            let names = try Page.all().map {
                URL(filePath: $0.path).deletingPathExtension().lastPathComponent
            }
            for match in page.prose.matches(of: /<doc:([^>]+)>/) {
                #expect(names.contains(String(match.1)), "\(page.path): \(match.0)")
            }
        }
    }

    @Test func `no page speaks of one machine or of work left undone`() throws {
        for page in try Page.all() {
            for word in ["/home/", "/root/", "/tmp/", "TODO", "FIXME"] {
                #expect(!page.text.contains(word), "\(page.path): \(word)")
            }
        }
    }

    @Test func `the README names every module on its layer`() throws {
        let manifest = try String(
            contentsOf: House.root.appending(path: "Package.swift"), encoding: .utf8)
        let rows = try Page("README.md").text.split(separator: "\n").filter { $0.hasPrefix("| ") }
        let modules = manifest.matches(of: /Module\(\s*layer: (\d), name: "(\w+)"/)
        #expect(modules.count > 15)
        for module in modules {
            let row = rows.first { $0.hasPrefix("| \(module.1) ") && $0.contains("`\(module.2)`") }
            #expect(row != nil, "layer \(module.1), \(module.2)")
        }
    }

    @Test func `the README names every package that is used, and no other`() throws {
        let readme = try Page("README.md")
        let section = try #require(readme.text.range(of: "## What it rests on"))
        let text = readme.text[section.upperBound...]
        let manifest = try String(
            contentsOf: House.root.appending(path: "Package.swift"), encoding: .utf8)
        for match in manifest.matches(of: /url: "https:\/\/[^"]*\/([^"\/]+)"/) {
            #expect(text.contains(match.1), "\(match.1)")
        }
        for match in text.matches(of: /swift-[a-z0-9-]+/) {
            #expect(manifest.contains("/\(match.0)\""), "\(match.0) is not used")
        }
        let script = try String(
            contentsOf: House.root.appending(path: "Tests/Scripts/install"), encoding: .utf8)
        let list = try #require(script.firstMatch(of: /(?m)^packages=\(((?s:.*?))\)/))
        let installed = Set(list.1.split(whereSeparator: \.isWhitespace).map(String.init))
        let named = Set(text.matches(of: /`([a-z0-9+.-]+)`/).map { String($0.1) })
        #expect(installed.subtracting(named) == [], "installed, and not in the README")
        #expect(named.subtracting(installed) == [], "in the README, and not installed")
    }

    @Test func `the README's exit codes are those the program names`() throws {
        let help = try Program.run(["--help"]).output
        let rows = try Page("README.md").text.matches(of: /(?m)^\| (\d+) \| ([^|\n]+) \|$/)
        #expect(rows.count == 7)
        for row in rows { #expect(help.contains("\(row.1) "), "\(row.1)") }
    }

    @Test func `the README's operations are those the API has`() throws {
        let source = try String(
            contentsOf: House.root.appending(
                path: "Sources/PosternDialectSecureMessaging/Routes/RouteTable.swift"),
            encoding: .utf8)
        let routes = source.matches(of: /RouteEntry\(\s*"(\w+)", \.(\w+),\s*"([^"]+)"/)
            .map { "`\($0.1)` | \($0.2.uppercased()) `\($0.3)`" }
        let rows = try Page("README.md").table("operations")
            .matches(of: /(?m)^\| (`\w+` \| [A-Z]+ `[^`]+`) \|/).map { String($0.1) }
        #expect(rows.count > 30)
        // The one operation that has a route of its own.
        let send = "`SendMessage` | PUT `messages/{messageGuid}/send`"
        #expect(Set(rows) == Set(routes + [send]))
    }

    @Test func `every metric on a page is one that is served`() throws {
        let sources = try House.swiftFiles(under: House.root.appending(path: "Sources"))
            .map { try String(contentsOf: $0, encoding: .utf8) }
        for page in try Page.all() {
            for match in page.text.matches(of: /`(postern_[a-z_]+)`/) {
                #expect(
                    sources.contains { $0.contains("\"\(match.1)\"") }, "\(page.path): \(match.1)")
            }
        }
    }

    @Test func `every threat names a test there is`() throws {
        let tests = try House.swiftFiles(under: House.root.appending(path: "Tests"))
            .map { try String(contentsOf: $0, encoding: .utf8) }
        let page = try Page("Sources/postern/postern.docc/ThreatModel.md")
        let named = page.text.matches(of: /(?m)\| `([^`\n]+)` \|$/)
        #expect(named.count > 15)
        for match in named {
            #expect(tests.contains { $0.contains("func `\(match.1)`") }, "\(match.1)")
        }
    }

    /// The codes as the running gateway's catalogue has them: those a send can get, or those only other operations get.
    static func codes(ofSends: Bool) throws -> String {
        let request = HTTPRequest(
            method: .get, scheme: "https", authority: "localhost", path: "/errors")
        let answer = try #require(
            SecureMessagingDialect.errorCatalogue.response(to: DialectRequest(head: request)))
        struct Catalogue: Decodable {
            struct Row: Decodable {
                let code: String
                let name: String?
                let status: Int
                let meaning: String
                let fixableBy: [String]
            }
            let errors: [Row]
        }
        let catalogue = try JSONDecoder().decode(Catalogue.self, from: Data(answer.body))
        return catalogue.errors.filter {
            ofSends ? $0.name == nil && Int($0.code) != nil : $0.name != nil
        }.reduce(
            into: "| code | HTTP | meaning | who can fix it |\n|---|---|---|---|\n"
        ) { table, row in
            let fixers = row.fixableBy.joined(separator: ", ")
            table += "| \(row.code) | \(row.status) | \(row.meaning) | \(fixers) |\n"
        }
    }

    /// The settings that only a core has, or has with another default.
    static func coreSettings() throws -> String {
        let gateway = try Program.run(["settings"]).output.split(separator: "\n")
        let lines = try Program.run(["settings", "--core"]).output.split(separator: "\n")
        let own = lines.dropFirst(2).filter { !gateway.contains($0) }
        return (lines.prefix(2) + own).joined(separator: "\n") + "\n"
    }

    /// The faults as the log and the client meet them.
    static func faults() -> String {
        FaultCode.allCases.reduce(
            into: "| fault | whose turn | the client hears | look here first |\n|---|---|---|---|\n"
        ) { table, code in
            let entry = code.entry
            table +=
                "| `\(code.rawValue)` | \(entry.turn.rawValue) | \(entry.clientSentence) | \(entry.operatorHint) |\n"
        }
    }
}
