import Foundation
import PosternSettings
import Testing

/// A file that is read strictly, written for a test.
struct StrictText {
    /// Where it lay.
    let path: String
    private let text: String

    init(_ text: String) {
        path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("strict-\(UUID().uuidString).yaml").path
        self.text = text
    }

    var folder: String { URL(fileURLWithPath: path).deletingLastPathComponent().path }

    func read<Entry>(
        _ read: (String) throws(SettingFaults) -> [Entry]
    ) throws -> [Entry] {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return try read(path)
    }

    func faults<Entry>(
        _ read: (String) throws(SettingFaults) -> [Entry]
    ) throws -> [String] {
        let thrown = #expect(throws: SettingFaults.self) { _ = try self.read(read) }
        return try #require(thrown).faults.map(\.description)
    }

    /// Expects faults and no others, each with a piece of its place and sentence.
    func expect<Entry>(
        faults expected: [String], _ read: (String) throws(SettingFaults) -> [Entry]
    ) throws {
        let found = try faults(read)
        #expect(found.count == expected.count, "\(found.joined(separator: "\n"))")
        for (fault, part) in zip(found, expected) { #expect(fault.contains(part), "\(fault)") }
    }
}

/// What holds of every file that is read strictly and holds one list.
@Suite struct StrictFileTests {
    enum Kind: String, CaseIterable, Sendable {
        case issuers
        case units

        func faults(_ text: String) throws -> [String] {
            switch self {
            case .issuers: try StrictText(text).faults(IssuersFile.read)
            case .units: try StrictText(text).faults(UnitsFile.read)
            }
        }
    }

    @Test(arguments: Kind.allCases)
    func `what holds no list is refused`(_ kind: Kind) throws {
        for text in [
            "", "KEY: 7", "KEY: {}", "- a", "KEY: [", "other: 1",
            "KEY:\n - account: a\n   account: b\n", "a: &a 1\nKEY: [*a]\n",
        ] {
            #expect(try !kind.faults(text.replacing("KEY", with: kind.rawValue)).isEmpty, "\(text)")
        }
    }

    @Test func `only a list of units may be empty`() throws {
        #expect(try StrictText("units: []").read(UnitsFile.read).isEmpty)
        try StrictText("issuers: []").expect(
            faults: [":1:10: `issuers` must be a list with at least one issuer."],
            IssuersFile.read)
        try StrictText("units: 7").expect(
            faults: [":1:8: `units` must be a list; `[]` for none."], UnitsFile.read)
    }

    @Test func `a file that is not there is a fault`() {
        #expect(throws: SettingFaults.self) { _ = try IssuersFile.read("/nowhere/a.yaml") }
        #expect(throws: SettingFaults.self) { _ = try UnitsFile.read("/nowhere/a.yaml") }
    }
}
