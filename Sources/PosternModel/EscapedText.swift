extension StringProtocol {
    /// This text safe to put on a line of a log, a terminal or an error: control characters, line breaks,
    /// back-quotes, backslashes and invisible or direction-changing characters are written as `\u{…}`.
    public var escapedForLine: String {
        var safe = String()
        for scalar in unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
                .paragraphSeparator:
                safe += "\\u{\(String(scalar.value, radix: 16))}"
            default:
                if scalar == "`" || scalar == "\\" {
                    safe += "\\u{\(String(scalar.value, radix: 16))}"
                } else {
                    safe.unicodeScalars.append(scalar)
                }
            }
        }
        return safe
    }
}

extension StringProtocol {
    /// This text safe as the content or quoted attribute of an HTML or XML element.
    public var escapedForHTML: String {
        var safe = String()
        for character in unicodeScalars {
            switch character {
            case "&": safe += "&amp;"
            case "<": safe += "&lt;"
            case ">": safe += "&gt;"
            case "\"": safe += "&quot;"
            case "'": safe += "&#39;"
            default: safe.unicodeScalars.append(character)
            }
        }
        return safe
    }
}
