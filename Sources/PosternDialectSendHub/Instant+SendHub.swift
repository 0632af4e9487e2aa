import PosternDialectKit
import PosternModel

extension Instant {
    /// `2012-02-17T15:36:36.639000`: UTC in microseconds, with nothing that says so.
    var microseconds: String { String(clientText.dropLast(2)) }

    /// `2011-02-17T22:30:00`: UTC in seconds, with nothing that says so.
    var seconds: String { String(rfc3339.dropLast()) }

    /// Reads `2011-02-17T20:29:40-0800`, exactly 24 characters; nil for another form or a day no calendar has.
    init?(scheduled text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 24 else { return nil }
        // `d` is any digit, `s` either sign.
        for (byte, form) in zip(bytes, "dddd-dd-ddTdd:dd:ddsdddd".utf8) {
            let fits =
                switch form {
                case UInt8(ascii: "d"): byte.isASCIIDigit
                case UInt8(ascii: "s"): byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
                default: byte == form
                }
            guard fits else { return nil }
        }
        self.init(clientText: text)
    }
}
