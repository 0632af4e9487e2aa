import Foundation
import GRDB
import Testing

@testable import PosternStorage

/// How SQLite goes about every statement that the module's sources hold, read from the sources.
@Suite struct StatementPlanTests {
    /// What statements of a file do without an index, and why they may.
    static let known: [(step: String, because: String)] = [
        ("DeliverySpool+Keys: SCAN spool", "it has one row"),
        ("DeliverySpool+Trust: SCAN endings", "they are gone through in order, some at a time"),
        ("DeliverySpool+Trust: SCAN spool", "it has one row"),
        ("DeliverySpool: SCAN key_slots", "a start makes sure that no master key is missing"),
        ("DeliverySpool: SCAN outbox", "metrics count what waits"),
        ("DeliverySpool: SCAN spool", "it has one row"),
        ("DeliverySpool: SCAN sqlite_sequence", "it has a row for each table"),
        ("KeySlots: SCAN key_slots USING INDEX free_key_slots", "any free one will do"),
        ("MasterKeysInUse: SCAN dispatches", "an administrator retires keys"),
        ("MasterKeysInUse: SCAN key_slots", "an administrator retires keys"),
        ("MasterKeysInUse: SCAN message_keys", "an administrator retires keys"),
        ("MasterKeysInUse: SCAN spool", "an administrator retires keys"),
        ("MasterKeysInUse: SCAN sqlite_master", "an administrator retires keys"),
        (
            "SQLiteStore+Administration: SCAN accounts USING COVERING INDEX sqlite_autoindex_accounts_1",
            "an administrator counts"
        ),
        ("SQLiteStore+Administration: SCAN d", "an administrator reads the newest dead letters"),
        ("SQLiteStore+Administration: SCAN dead_letters", "an administrator counts"),
        (
            "SQLiteStore+Administration: SCAN messages USING COVERING INDEX messages_by_folder",
            "an administrator counts"
        ),
        ("SQLiteStore+Administration: SCAN outbox", "an administrator counts"),
        ("SQLiteStore+Administration: USE TEMP B-TREE FOR ORDER BY", "an account has few sessions"),
        (
            "SQLiteStore+Callbacks: SCAN callbacks USING COVERING INDEX callbacks_by_due",
            "the first is enough"
        ),
        ("SQLiteStore+Dispatch: USE TEMP B-TREE FOR ORDER BY", "Decisions/0005"),
        ("SQLiteStore+Dispatch: USE TEMP B-TREE FOR RIGHT PART OF ORDER BY", "Decisions/0005"),
        ("SQLiteStore+Dispatches: SCAN d", "an administrator reads the newest"),
        ("SQLiteStore+Dispatches: SCAN dispatches", "an administrator rotates keys"),
        ("SQLiteStore+Entrusted: SCAN core_cursor", "it has one row"),
        ("SQLiteStore+Entrusted: SCAN o USING INDEX outbox_withdrawn", "all that is in it is owed"),
        (
            "SQLiteStore+Entrusted: SCAN outbox USING INDEX outbox_entrusted",
            "metrics count what is in it"
        ),
        ("SQLiteStore+Stop: USE TEMP B-TREE FOR count(DISTINCT)", "a message has few recipients"),
        ("SQLiteStore: SCAN k", "a start opens the newest"),
        ("SQLiteView+Attachments: USE TEMP B-TREE FOR ORDER BY", "a file is in few messages"),
        (
            "SQLiteView+Outgoing: USE TEMP B-TREE FOR count(DISTINCT)",
            "a message has few recipients"
        ),
    ]

    @Test func `every statement finds what it needs by an index, but for those that are known`()
        async throws
    {
        let folder = NSTemporaryDirectory() + "postern-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        await (try SQLiteStore(folder: folder)).close()
        await (try DeliverySpool(folder: folder)).close()
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let files = try ["spool", "postern"].map {
            try DatabaseQueue(path: "\(folder)/\($0).sqlite", configuration: configuration)
        }
        var (found, count) = (Set<String>(), 0)
        for (file, sql) in try Self.statements() {
            // Some tables have the same names in both files.
            let isOfSpool = file.hasPrefix("DeliverySpool") || file == "KeySlots"
            let plan = try #require(
                (isOfSpool ? files : files.reversed()).compactMap {
                    try? Self.plan(of: sql, in: $0)
                }.first, "\(file): \(sql)")
            found.formUnion(plan.filter(Self.isNotable).map { "\(file): \($0)" })
            count += 1
        }
        #expect(count > 200)
        #expect(found.sorted() == Self.known.map(\.step).sorted())
    }

    private static func isNotable(_ step: String) -> Bool {
        (step.hasPrefix("SCAN ") && step != "SCAN CONSTANT ROW" && !step.hasPrefix("SCAN ("))
            || step.contains("TEMP B-TREE") || step.contains("AUTOMATIC")
    }

    private static func plan(of sql: String, in file: DatabaseQueue) throws -> [String] {
        try file.read { db in
            // Places are numbered, or else in order.
            let places = sql.matches(of: /\?(\d*)/).enumerated().map {
                Int($0.element.output.1) ?? $0.offset + 1
            }
            return try String.fetchAll(
                db.makeStatement(sql: "EXPLAIN QUERY PLAN " + sql),
                arguments: StatementArguments(Array(repeating: 0, count: places.max() ?? 0)),
                adapter: SuffixRowAdapter(fromIndex: 3))
        }
    }

    /// Every literal that is a statement, with the name of its file.
    private static func statements() throws -> [(file: String, sql: String)] {
        let sources = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/PosternStorage").standardizedFileURL
        let literal =
            /(?s)#"""(?<a>.*?)"""#|"""(?<b>.*?)"""|#"(?<c>.*?)"#|"(?<d>(?:[^"\\\n]|\\.)*)"/
        let verb = /(?:SELECT|INSERT|UPDATE|DELETE|WITH)\s/
        let paths = try FileManager.default.subpathsOfDirectory(atPath: sources.path).sorted()
        return try paths.flatMap { path -> [(file: String, sql: String)] in
            let name = URL(filePath: path).deletingPathExtension().lastPathComponent
            // Steps from one shape to the next look at everything.
            let isOfSteps = ["Schema", "SealingStep", "SpoolSchema"].contains(name)
            guard path.hasSuffix(".swift"), !isOfSteps else { return [] }
            return try String(contentsOf: sources.appending(path: path), encoding: .utf8)
                .matches(of: literal)
                .compactMap { $0.output.a ?? $0.output.b ?? $0.output.c ?? $0.output.d }
                .map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
                .filter { $0.prefixMatch(of: verb) != nil }
                .map { (name, $0) }
        }
    }
}
