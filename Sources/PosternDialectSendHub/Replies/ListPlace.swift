import PosternDialectKit
import PosternModel

/// Where a list is found, for the links to its other parts; credentials have no place in it.
struct ListPlace: Sendable {
    /// The path, `/v1/contacts/` say.
    var path: String
    /// What the list is narrowed by.
    var filters: [(name: String, value: String)] = []

    /// Writes a part of the list, the way the page's framework does: `meta`, then `objects`.
    func write<Item>(
        _ excerpt: Excerpt<Item>, to json: inout JSONWriter, below prefix: String,
        _ element: (inout JSONWriter, Item) -> Void
    ) {
        let window = excerpt.window
        let (end, overflow) = window.offset.addingReportingOverflow(window.limit)
        let hasNext = !overflow && end < excerpt.total
        let start = max(0, window.offset - window.limit)
        func link(_ offset: Int) -> String { prefix + self.link(window.limit, offset) }
        json.object("meta") { json in
            json.member("limit", window.limit)
            json.member("next", orNull: hasNext ? link(end) : nil)
            json.member("offset", window.offset)
            json.member("previous", orNull: window.offset > 0 ? link(start) : nil)
            json.member("total_count", excerpt.total)
        }
        json.array("objects", of: excerpt.items) { json, item in
            json.object { element(&$0, item) }
        }
    }

    private func link(_ limit: Int, _ offset: Int) -> String {
        let pairs =
            filters.map { "\($0.name)=\(Self.encoded($0.value))" }
            + ["limit=\(limit)", "offset=\(offset)"]
        return path + "?" + pairs.joined(separator: "&")
    }

    private static func encoded(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            if byte.isASCIILetter || byte.isASCIIDigit || "-._~".utf8.contains(byte) {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return encoded
    }
}
