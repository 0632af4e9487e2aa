import HTTPTypes
import PosternDialectKit

/// A request as it is meant: after the overrides that clients behind narrow proxies write.
///
/// INVARIANT: nothing in this dialect looks at the method and fields that were sent, only at these; what is judged
/// is what is done.
struct EffectiveRequest {
    /// The method; nil where the one written in its place is none.
    let method: HTTPRequest.Method?
    /// The fields.
    let fields: HTTPFields

    /// Applies `X-HTTP-Method-Override` to a POST, then every `X-Override`.
    ///
    /// The order is Personium's: an `X-Override` cannot write the method's. `X-Forwarded-*` are not honoured, since the
    /// gateway knows of no proxy it could trust.
    init(_ head: HTTPRequest) {
        if head.method == .post, let word = head.headerFields.first(.methodOverride), !word.isEmpty
        {
            // Of two, one would be done and another logged.
            method =
                head.headerFields.repeats(.methodOverride) ? nil : HTTPRequest.Method(word)
        } else {
            method = head.method
        }

        var fields = head.headerFields
        var replaced: Set<HTTPField.Name> = []
        for line in head.headerFields[values: .override] {
            guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")), colon != line.startIndex,
                let name = HTTPField.Name(String(line[..<colon].trimmed))
            else { continue }
            // The first of a name takes the place of what was sent; further ones are added to it.
            if replaced.insert(name).inserted { fields[name] = nil }
            fields.append(
                HTTPField(name: name, value: String(line[line.index(after: colon)...].trimmed)))
        }
        self.fields = fields
    }
}

extension HTTPField.Name {
    static let methodOverride = known("X-HTTP-Method-Override")
    static let override = known("X-Override")
}
