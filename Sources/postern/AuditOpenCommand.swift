import ArgumentParser
import PosternAudit
import PosternModel
import PosternPipeline
import PosternSettings
import PosternStorage

/// Opens entries of the audit log from the ledger.
struct AuditOpenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open",
        abstract: "Open entries from the ledger: whom they are about, and which messages.",
        discussion: """
            Each value is checked against what the entry commits to in the log. Exits with 65 when one does not match, or \
            when the ledger's entry is not the log's, and with 1 when there is no such entry. Of a person who was forgotten \
            (`postern account forget`) nothing can be opened; that is no fault.
            """)

    @Argument(
        help: ArgumentHelp(
            "The entries' numbers, which `postern audit tail` prints first.", valueName: "index"))
    var entries: [UInt64]
    @OptionGroup var options: SettingsOptions
    @OptionGroup var format: OutputFormat

    func run() async throws {
        let settings = try options.read()
        let log = TileLogSettings(settings.audit).folder
        var end = ExitCode.success
        do {
            let store = try SQLiteStore(settings, for: .command, mustExist: true)
            for index in entries {
                guard let entry = try recorded(index, in: store, log) else {
                    printError("There is no entry \(index).")
                    if end == .success { end = .failure }
                    continue
                }
                try format.show(entry.row, as: entry.lines.joined(separator: "\n"))
                for finding in entry.findings { printError("entry \(index): \(finding)") }
                if !entry.findings.isEmpty { end = .badData }
            }
            await store.close()
        } catch let trouble as StartTrouble {
            printError(trouble.description)
            throw trouble.code
        } catch let fault as Fault {
            printError("\(fault)\n\(fault.code.entry.operatorHint)")
            throw ExitCode.unavailable
        }
        guard end == .success else { throw end }
    }

    /// An entry as the ledger has it, beside the log's; nil when there is none.
    private func recorded(
        _ index: UInt64, in store: SQLiteStore, _ log: String
    ) throws -> RecordedEntry? {
        guard let place = Int64(exactly: index),
            let leaf = try store.leaves(from: place, limit: 1).first
        else { return nil }
        return RecordedEntry(
            logged: try logged(index, in: log), held: RecordedEntry.Line(index: index, leaf: leaf),
            openings: try store.openings(at: place))
    }

    /// An entry as the log has it; nil when the log has not grown to it yet.
    private func logged(_ index: UInt64, in folder: String) throws -> RecordedEntry.Line? {
        do throws(Fault) {
            var tail = AuditTail(DiskLogFolder(folder), from: index)
            return try tail.read().first
        } catch {
            printError("\(folder.escapedForLine): \(error.note)")
            throw ExitCode.noInput
        }
    }
}

/// An entry of the audit log and what opens it, one checked against the other.
private struct RecordedEntry {
    typealias Line = AuditTail<DiskLogFolder>.Line

    /// The entry as JSON: as in the log, with what opens it.
    struct Row: Encodable {
        enum State: String, Encodable {
            /// What it commits to is opened.
            case opened
            /// The person whom it is about was forgotten.
            case forgotten
            /// It commits to nothing.
            case nothing
        }

        /// A value, and what makes the entry's commitment of it.
        struct Value: Encodable {
            var field: String
            var value: String
            var salt: String
            var matches: Bool
        }

        var index: UInt64
        /// Nil when it is no entry this program knows.
        var entry: AuditEntry?
        /// The log has grown to it, and its openings were checked against that.
        var inLog: Bool
        var state: State
        var openings: [Value]
    }

    let row: Row
    let lines: [String]
    /// What is not as it should be, a sentence each.
    let findings: [String]

    init(logged: Line?, held: Line, openings: [Opening]?) {
        // What the log signed counts, once it has the entry.
        let line = logged ?? held
        var findings: [String] = []
        if line.leaf != held.leaf {
            findings.append("the ledger's entry is NOT the one that the log has")
        }
        let entry: AuditEntry? = if case .entry(let entry) = line.content { entry } else { nil }
        if entry == nil { findings.append("it is NO entry that this program can check") }
        let commitments = entry?.commitments ?? [:]
        let values = (openings ?? []).map { opening in
            Row.Value(
                field: opening.field, value: opening.value,
                salt: Hexadecimal.encode(opening.salt),
                matches: commitments[opening.field] == opening.commitment)
        }
        for value in values where !value.matches {
            findings.append("`\(value.field.escapedForLine)` is NOT what the entry commits to")
        }
        let state: Row.State
        if openings == nil {
            state = .forgotten
        } else {
            let closed = Set(commitments.keys).subtracting(values.map(\.field)).sorted()
            findings += closed.map { "`\($0.escapedForLine)` has NOTHING that opens it" }
            state = commitments.isEmpty && values.isEmpty ? .nothing : .opened
        }
        row = Row(
            index: line.index, entry: entry, inLog: logged != nil, state: state, openings: values)
        lines = [line.text] + Self.lines(state, values)
        self.findings = findings
    }

    /// A line for each value: several messages or recipients stand in one opening.
    private static func lines(_ state: Row.State, _ values: [Row.Value]) -> [String] {
        switch state {
        case .forgotten: ["  the person it is about was forgotten: nothing can be opened"]
        case .nothing: ["  it commits to nothing: there is nothing to open"]
        case .opened:
            values.flatMap { value in
                value.value.split(separator: "\n", omittingEmptySubsequences: false).map {
                    "  \(value.field.escapedForLine): \($0.escapedForLine)"
                        + (value.matches ? "" : " DOES NOT MATCH")
                }
            }
        }
    }
}
