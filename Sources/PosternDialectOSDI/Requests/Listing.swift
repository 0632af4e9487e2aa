import PosternDialectKit
import PosternModel

/// Which page of a collection is asked for, and how the links to its neighbours begin.
struct Listing: Sendable, Equatable {
    /// Items a page when nothing is said, as in the specification's samples.
    static let usual = 25
    /// The most items a page; more are asked for in vain.
    static let most = 100

    let address: String
    let page: Int
    let size: Int
    /// What is looked for, as the client wrote it; empty for all.
    let filter: String

    /// - Throws: A page or size that is no positive number, or a filter of more than 1,000 bytes.
    init(_ address: String, _ query: JSONObject) throws(BadRequest) {
        self.address = address
        page = try Self.number("page", query) ?? 1
        size = min(try Self.number("per_page", query) ?? Self.usual, Self.most)
        filter = try query.line("filter", longest: 1000) ?? ""
    }

    private static func number(_ name: String, _ query: JSONObject) throws(BadRequest) -> Int? {
        guard let text = try query.text(name), !text.isEmpty else { return nil }
        guard text.utf8.allSatisfy(\.isASCIIDigit), let number = Int(text), number > 0 else {
            throw BadRequest("\(name) must be a whole number from 1.", at: name)
        }
        return number
    }

    /// The part of the list.
    var window: Window { .page(page, of: size) }

    /// The address of a page.
    func href(ofPage page: Int) -> String {
        let href = "\(address)?page=\(page)&per_page=\(size)"
        return filter.isEmpty ? href : "\(href)&filter=\(Self.encoded(filter))"
    }

    /// For collections that cannot be filtered.
    func refuseFilter() throws(BadRequest) {
        guard filter.isEmpty else {
            throw BadRequest("This collection cannot be filtered.", at: "filter")
        }
    }

    /// RFC 3986 section 2: everything but unreserved characters as an escape.
    private static func encoded(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            let isUnreserved = byte.isASCIILetter || byte.isASCIIDigit || "-._~".utf8.contains(byte)
            if isUnreserved {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return encoded
    }
}
