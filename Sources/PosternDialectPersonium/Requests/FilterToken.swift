import PosternDialectKit

/// A word of a `$filter`, as OData 2 divides it.
enum FilterToken: Equatable {
    /// A name, an operator, `null`, `true` or `false`.
    case word(String)
    /// What stands between apostrophes, each of which is written twice within.
    case text(String)
    /// A text with its type before it: `guid'…'`.
    case typed
    /// A number of any kind; nothing here asks which.
    case number
    case open
    case close
    case comma

    /// The types of texts that have one.
    private static let types: Set<String> = [
        "datetime", "datetimeoffset", "time", "guid", "decimal", "binary", "X",
    ]

    /// Takes a filter apart.
    ///
    /// - Throws: `PR400-OD-0003` for a text without an end, for parentheses that do not match, for what stands together and
    ///   must not, and for characters that have no place outside texts.
    static func all(in filter: String) throws(PersoniumProblem) -> [FilterToken] {
        var tokens: [FilterToken] = []
        var rest = Array(filter.utf8)[...]
        var depth = 0
        var isApart = true
        while let byte = rest.first {
            switch byte {
            case UInt8(ascii: " "):
                rest.removeFirst()
                isApart = true
                continue
            case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","):
                rest.removeFirst()
                depth += byte == UInt8(ascii: "(") ? 1 : byte == UInt8(ascii: ")") ? -1 : 0
                guard depth >= 0 else { throw .badFilter }
                isApart = byte != UInt8(ascii: ")")
                tokens.append(bracket(byte))
                continue
            default:
                guard isApart else { throw .badFilter }
                tokens.append(try operand(&rest))
                isApart = false
            }
        }
        guard depth == 0 else { throw .badFilter }
        return tokens
    }

    /// Whether a byte may stand in a name; the first must be a letter or `_`.
    static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "/"): true
        default: byte.isASCIILetter || byte.isASCIIDigit
        }
    }

    private static func bracket(_ byte: UInt8) -> FilterToken {
        switch byte {
        case UInt8(ascii: "("): .open
        case UInt8(ascii: ")"): .close
        default: .comma
        }
    }

    private static func operand(
        _ rest: inout ArraySlice<UInt8>
    ) throws(PersoniumProblem) -> FilterToken {
        guard let first = rest.first else { throw .badFilter }
        switch first {
        case UInt8(ascii: "'"): return .text(try text(&rest))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            rest.removeFirst()
            let digits = rest.prefix {
                $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: ".")
            }
            guard first != UInt8(ascii: "-") || digits.first?.isASCIIDigit == true else {
                throw .badFilter
            }
            rest = rest[digits.endIndex...]
            return .number
        default:
            guard first.isASCIILetter || first == UInt8(ascii: "_") else { throw .badFilter }
            let name = rest.prefix(while: isNameByte)
            rest = rest[name.endIndex...]
            let word = String(decoding: name, as: UTF8.self)
            guard rest.first == UInt8(ascii: "'") else { return .word(word) }
            guard types.contains(word) else { throw .badFilter }
            _ = try text(&rest)
            return .typed
        }
    }

    private static func text(
        _ rest: inout ArraySlice<UInt8>
    ) throws(PersoniumProblem) -> String {
        let quote = UInt8(ascii: "'")
        rest.removeFirst()
        var text: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == quote {
                guard rest.first == quote else { return String(decoding: text, as: UTF8.self) }
                rest.removeFirst()
            }
            text.append(byte)
        }
        throw .badFilter
    }
}
