/// The `Content-Disposition` of a file that is sent to be kept (RFC 6266).
public enum ContentDisposition {
    /// `attachment` with a file's name.
    ///
    /// A name that is a token stands bare, `filename=scan.pdf`: the vendor's client takes what follows the equals sign
    /// as it is. Another is quoted, and where quotes cannot hold it the field says it twice: with `_` for what old
    /// readers would stumble over, then exactly, as RFC 8187 encodes it.
    ///
    /// A name cannot end the field or begin another one, lead into a folder or be shown backwards: control
    /// characters, line ends, slashes, backslashes and marks of direction become `_`, and a name of dots or nothing
    /// becomes `unnamed`. The value is at most four times as long as the name, and a little; the caller bounds the
    /// name.
    ///
    /// - Parameter fileName: The name as the sender gave it.
    /// - Returns: The field's value, in ASCII.
    public static func attachment(fileName: String) -> String {
        var name = ""
        for scalar in fileName.unicodeScalars {
            name.unicodeScalars.append(isSafe(scalar) ? scalar : "_")
        }
        if name.utf8.allSatisfy({ $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: " ") }) {
            name = "unnamed"
        }
        // Some readers decode `%41` wherever they meet it.
        let isPlain = name.utf8.allSatisfy { $0.isTokenCharacter && $0 != UInt8(ascii: "%") }
        if isPlain { return "attachment; filename=\(name)" }

        var fallback = ""
        for scalar in name.unicodeScalars {
            let stands = scalar.isASCII && scalar != "\"" && scalar != "%"
            fallback.unicodeScalars.append(stands ? scalar : "_")
        }
        let quoted = "attachment; filename=\"\(fallback)\""
        return fallback == name ? quoted : "\(quoted); filename*=UTF-8''\(encoded(name))"
    }

    private static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: false
        default: scalar != "/" && scalar != "\\" && !scalar.properties.isBidiControl
        }
    }

    /// RFC 8187 section 3.2.1: everything but `attr-char` as an escape.
    private static func encoded(_ name: String) -> String {
        var bytes: [UInt8] = []
        for byte in name.utf8 {
            switch Unicode.Scalar(byte) {
            case "%", "'", "*": bytes += escape(byte)
            default: if byte.isTokenCharacter { bytes.append(byte) } else { bytes += escape(byte) }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func escape(_ byte: UInt8) -> [UInt8] {
        let hexadecimal = Array("0123456789ABCDEF".utf8)
        return [UInt8(ascii: "%"), hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)]]
    }
}
