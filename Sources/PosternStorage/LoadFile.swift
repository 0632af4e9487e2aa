import Foundation
import PosternCredentials
import PosternModel
import Yams

/// A mistake in a load file, with its place.
public struct LoadFileFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// The line, from 1; 0 where no line is known.
    public var line: Int
    /// The column, from 1.
    public var column: Int
    /// What is wrong, as a whole sentence.
    public var sentence: String

    /// `line:column: sentence`.
    public var description: String { "\(line):\(column): \(sentence)" }
}

/// Every mistake in a load file, in file order.
public struct LoadFileFaults: Error, Sendable, Equatable, CustomStringConvertible {
    /// The mistakes; never empty.
    public var faults: [LoadFileFault]
    /// One mistake a line.
    public var description: String { faults.map(\.description).joined(separator: "\n") }
}

/// Reads what `postern load` loads: YAML, of which JSON is a part.
///
/// Strict: unknown keys, wrong types and impossible values are mistakes, and all of them are reported at once.
/// The format is described in the module's article.
public enum LoadFile {
    /// The largest file that is read, in bytes.
    public static let largestFile = 256 << 20

    /// Reads a file's text; where channels are named, messages of dispatches may go no other way.
    ///
    /// - Throws: Every mistake in it.
    public static func read(
        _ text: String, channels: [String] = []
    ) throws(LoadFileFaults) -> LoadPlan {
        var reader = LoadReader()
        reader.channels = channels
        let bytes = Array(text.utf8)
        if let alias = YAMLAliases.first(in: bytes) {
            let before = bytes[..<alias]
            let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            throw LoadFileFaults(faults: [
                LoadFileFault(
                    line: before.count { $0 == UInt8(ascii: "\n") } + 1,
                    // Characters, not bytes: continuation bytes do not start one.
                    column: before[start...].count { $0 & 0xC0 != 0x80 } + 1,
                    sentence: "Aliases (`*name`) are not allowed: write the value out.")
            ])
        }
        let root: Node?
        do {
            root = try compose(yaml: text)
        } catch {
            let mark = (error as? YamlError)?.mark
            throw LoadFileFaults(faults: [
                LoadFileFault(
                    line: mark?.line ?? 0, column: mark?.column ?? 0,
                    sentence: "This is not well-formed YAML or JSON.")
            ])
        }
        if let root { reader.file(root) }
        guard reader.faults.isEmpty else {
            throw LoadFileFaults(
                faults: reader.faults.sorted { ($0.line, $0.column) < ($1.line, $1.column) })
        }
        return reader.plan
    }
}

extension YamlError {
    fileprivate var mark: Mark? {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
            mark
        default: nil
        }
    }
}
