import PosternModel
import Yams

/// Reads YAML text into nodes, within bounds: no aliases, bounded size, every fault with its place.
enum YAMLText {
    /// The largest file read, in bytes.
    static let largestFile = 1 << 20

    /// The root node of a file; nil when there is none, with a fault saying why.
    static func compose(_ bytes: [UInt8], file: String, faults: FaultList) -> Node? {
        let start = Place(file: file, line: 1, column: 1)
        guard bytes.count <= largestFile else {
            faults.add(start, "The file is larger than \(largestFile) bytes.")
            return nil
        }
        guard var text = String(validating: bytes, as: UTF8.self) else {
            faults.add(invalidUTF8(bytes, file: file), "The file is not valid UTF-8 here.")
            return nil
        }
        if let alias = YAMLAliases.first(in: bytes) {
            faults.add(
                place(at: alias, in: bytes, file: file),
                "Aliases (`*name`) are not allowed: write the value out, or let one group inherit from another."
            )
            return nil
        }
        guard text.contains(where: { !$0.isWhitespace }) else {
            faults.add(start, "The file is empty.")
            return nil
        }
        // A duplicate key stops the composer. Each one is reported, its first occurrence put out of
        // the way, and the file read again, so that the faults behind it are found too.
        for _ in 0..<100 {
            do {
                guard let node = try Yams.compose(yaml: text, .basic, .default, .utf8) else {
                    faults.add(start, "The file is empty.")
                    return nil
                }
                return node
            } catch let error as YamlError {
                guard
                    let next = reportDuplicate(error, in: text, file: file, faults: faults)
                else {
                    if case .duplicatedKeysInMapping = error { return nil }
                    faults.add(place(of: error, file: file), sentence(for: error))
                    return nil
                }
                text = next
            } catch {
                faults.add(start, "The file cannot be read as YAML.")
                return nil
            }
        }
        return nil
    }

    /// Says that a key is not the only one of its name.
    static func repeated(_ key: String) -> String {
        "The key `\(Quote.text(key))` stands more than once in the same mapping."
    }

    private static func reportDuplicate(
        _ error: YamlError, in text: String, file: String, faults: FaultList
    ) -> String? {
        guard case .duplicatedKeysInMapping(let names, let context) = error else { return nil }
        let place = place(of: context.mark, file: file)
        let name = names.first ?? ""
        faults.add(place, repeated(name))
        var scalars = Array(text.unicodeScalars)
        guard let index = offset(of: context.mark, in: scalars),
            scalars[index...].starts(with: name.unicodeScalars), !name.isEmpty,
            let aside = Unicode.Scalar(0xE000 + UInt32(faults.faults.count % 256))
        else { return nil }
        scalars[index] = aside
        faults.setKeyAside(at: place)
        var changed = String.UnicodeScalarView()
        changed.append(contentsOf: scalars)
        return String(changed)
    }

    private static func offset(of mark: Mark, in scalars: [Unicode.Scalar]) -> Int? {
        var line = 1
        var index = 0
        while line < mark.line {
            guard let feed = scalars[index...].firstIndex(of: "\n") else { return nil }
            index = feed + 1
            line += 1
        }
        index += mark.column - 1
        return scalars.indices.contains(index) ? index : nil
    }

    private static func place(of mark: Mark, file: String) -> Place {
        Place(file: file, line: max(1, mark.line), column: max(1, mark.column))
    }

    private static func place(of error: YamlError, file: String) -> Place {
        switch error {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
            return place(of: mark, file: file)
        case .reader(_, let offset, _, let yaml):
            let before = yaml.prefix(offset ?? 0)
            let column =
                before.lastIndex(where: \.isNewline)
                .map { before.distance(from: $0, to: before.endIndex) } ?? before.count + 1
            return Place(
                file: file, line: before.count(where: \.isNewline) + 1, column: max(1, column))
        default: return Place(file: file, line: 1, column: 1)
        }
    }

    private static func sentence(for error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _),
            .composer(_, let problem, _, _), .reader(let problem, _, _, _):
            problem.hasPrefix("Maximum nesting")
                ? "The file is nested too deeply."
                : "The file is not well-formed YAML: \(problem)."
        default: "The file cannot be read as YAML."
        }
    }

    /// Where invalid UTF-8 begins.
    static func invalidUTF8(_ bytes: [UInt8], file: String) -> Place {
        var valid = 0
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        while case .scalarValue(let scalar) = decoder.decode(&iterator) {
            valid += UTF8.width(scalar)
        }
        return place(at: valid, in: bytes, file: file)
    }

    private static func place(at offset: Int, in bytes: [UInt8], file: String) -> Place {
        let before = bytes[..<min(offset, bytes.count)]
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        // Columns count characters, not bytes: continuation bytes do not start one.
        let column = before[start...].count { $0 & 0xC0 != 0x80 } + 1
        return Place(file: file, line: line, column: column)
    }
}
