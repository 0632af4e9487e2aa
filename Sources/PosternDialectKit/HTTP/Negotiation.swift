public import HTTPTypes

/// A format replies can be written in.
public enum ReplyFormat: Sendable, Equatable {
    /// `application/json`.
    case json
    /// `application/xml`.
    case xml

    /// The format a ServiceStack path, suffix or `format` parameter names, in any case.
    ///
    /// - Returns: nil for a name ServiceStack does not know. DIVERGENCE: `jsv`, `csv` and `html` are
    ///   known and answered in JSON: a refusal in a table or a web page helps no client.
    public init?(serviceStackName name: some StringProtocol) {
        switch name.asciiLowercased() {
        case "json", "jsv", "csv", "html": self = .json
        case "xml": self = .xml
        default: return nil
        }
    }
}

/// What a client asked its answer to look like, where nothing in the path or query says so.
public struct Negotiation: Sendable, Equatable {
    /// The format it likes best among those there are; never "none", since a refusal that cannot be
    /// read is still better than a 406 that hides it.
    public var format: ReplyFormat
    /// Whether refusals are wanted as problem documents (RFC 9457).
    public var wantsProblem: Bool

    /// Reads `Accept`, then `Content-Type`.
    public init(_ fields: HTTPFields) {
        let sent: ReplyFormat =
            fields.first(.contentType).map { MediaType($0).isXML ? .xml : .json } ?? .json
        // What nearly every client sends needs no list.
        let first = fields.first(.accept)
        if first == nil
            || (first == "*/*" || first == "application/json") && !fields.repeats(.accept)
        {
            format = first == "application/json" ? .json : sent
            wantsProblem = false
            return
        }
        let accept = AcceptList(fields[values: .accept])
        let problem = accept.namedQuality(of: "application/problem+json") ?? 0
        let json = max(
            accept.quality(of: "application/json"), accept.namedQuality(of: "text/json") ?? 0,
            problem)
        let xml = max(
            accept.quality(of: "application/xml"), accept.namedQuality(of: "text/xml") ?? 0)
        format = json == xml ? sent : json > xml ? .json : .xml
        wantsProblem =
            problem > 0 && problem >= accept.namedQuality(of: "application/json") ?? 0
            && problem >= accept.namedQuality(of: "application/xml") ?? 0
    }
}

/// A JSONP callback's name, safe to write into a script.
public struct JSONPCallback: Sendable, Equatable {
    /// Identifiers of ASCII letters, digits, `_` and `$`, divided by dots; at most 128 bytes.
    public let name: String

    /// Checks a name; nil for anything that could be more than the name of a function.
    public init?(_ text: String) {
        guard (1...128).contains(text.utf8.count) else { return nil }
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isName = parts.allSatisfy { part in
            guard let first = part.first, !first.isASCIIDigit else { return false }
            return part.allSatisfy {
                $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "_")
                    || $0 == UInt8(ascii: "$")
            }
        }
        guard isName else { return nil }
        name = text
    }
}
