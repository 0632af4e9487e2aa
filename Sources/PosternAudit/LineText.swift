import Foundation
import PosternModel
import PosternPipeline
import PosternPolicy

/// Writes entries as lines for a terminal.
enum LineText {
    static func text(_ index: UInt64, _ content: LeafContent) -> String {
        switch content {
        case .malformed: "\(index) not an audit entry"
        case .newer(let version): "\(index) an entry of version \(version), newer than this program"
        case .entry(let entry): ([String(index)] + words(entry)).joined(separator: " ")
        }
    }

    private static func words(_ entry: AuditEntry) -> [String] {
        var words = [time(entry.at), entry.kind.rawValue, "id=\(entry.id)"]
        if let decision = entry.decision {
            words.append(decision.answer.rawValue)
            if let first = decision.objections.first { words.append("code=\(first.code.rawValue)") }
            if !decision.objections.isEmpty {
                words.append(
                    "rules="
                        + decision.objections.map { escaped($0.rule.rawValue) }.joined(
                            separator: ","))
            }
        }
        if let operation = entry.operation {
            words.append(escaped(operation))
            words.append(entry.refusal.map { "refused code=\(escaped($0))" } ?? "done")
        }
        words.append("policy=\(entry.policy.description.prefix(12))")
        if let send = entry.facts?.send {
            words.append("group=\(escaped(send.group))")
            words.append("recipients=\(send.recipients.distinct)")
            if !send.content.isEmpty { words.append("hits=\(send.content.count)") }
        }
        if let dialect = entry.dialect { words.append("dialect=\(escaped(dialect))") }
        if let request = entry.request { words.append("request=\(escaped(request))") }
        if let count = entry.count { words.append("count=\(count)") }
        if let note = entry.note { words.append("note=\"\(escaped(note))\"") }
        return words
    }

    private static func time(_ instant: Instant) -> String {
        // Years beyond four digits are no times a calendar should be asked about.
        guard (-62_135_596_800_000...253_402_300_799_999).contains(instant.milliseconds) else {
            return "\(instant.milliseconds)ms"
        }
        // In whole numbers: floating point would lose the last millisecond of every other instant.
        let fraction = (instant.milliseconds % 1000 + 1000) % 1000
        let seconds = (instant.milliseconds - fraction) / 1000
        let date = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
        let digits = String(fraction + 1000).dropFirst()
        return "\(date.dropLast()).\(digits)Z"
    }

    /// Printable ASCII as it is, everything else as `\u{…}`: what an entry says must not move a terminal's
    /// cursor, hide itself or end the line.
    static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case " "..."~": String(scalar)
            default: "\\u{" + String(scalar.value, radix: 16) + "}"
            }
        }.joined()
    }

    /// JSON on one line: outside strings a newline is only white space, and within them JSON allows none.
    static func oneLine(_ leaf: [UInt8]) -> String {
        let flat = leaf.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }
        return String(decoding: flat, as: UTF8.self).unicodeScalars.map { scalar in
            // C1 controls, line separators and the like may stand in JSON and drive a terminal.
            if scalar.value < 0x7F || scalar.properties.generalCategory.isHarmless {
                return String(scalar)
            }
            return String(scalar).utf16.map {
                let digits = String($0, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }.joined()
        }.joined()
    }
}

extension Unicode.GeneralCategory {
    fileprivate var isHarmless: Bool {
        switch self {
        case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse,
            .surrogate:
            false
        default: true
        }
    }
}
