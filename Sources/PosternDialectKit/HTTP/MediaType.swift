/// A `Content-Type`, read: RFC 9110 section 8.3.1.
public struct MediaType: Sendable, Equatable {
    /// The type and subtype in lower case, `application/json` say.
    public var essence: String
    /// The `charset` parameter in lower case; nil when there is none.
    public var charset: String?

    /// Reads a field value; parameters other than `charset` are ignored.
    public init(_ text: String) {
        // Most requests say exactly this.
        if text == "application/json" {
            essence = text
            return
        }
        let parts = text.split(separator: ";", omittingEmptySubsequences: false)
        essence = (parts.first ?? "").trimmed.asciiLowercased()
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].trimmed.equalsIgnoringCase("charset") else { continue }
            let value = pair[1].trimmed
            charset = value.filter { $0 != "\"" }.asciiLowercased()
        }
    }

    /// Whether this is JSON, whatever it is JSON of (RFC 6839 section 3.1).
    public var isJSON: Bool {
        essence == "application/json" || essence == "text/json" || essence.hasSuffix("+json")
    }

    /// Whether this is XML, whatever it is XML of (RFC 7303).
    public var isXML: Bool {
        essence == "application/xml" || essence == "text/xml" || essence.hasSuffix("+xml")
    }

    /// Whether this is an HTML form's encoding.
    public var isForm: Bool { essence == "application/x-www-form-urlencoded" }

    /// Whether this is an HTML form with files in it (RFC 7578).
    public var isMultipartForm: Bool { essence == "multipart/form-data" }
}

/// The media ranges of an `Accept`, read: RFC 9110 section 12.5.1.
public struct AcceptList: Sendable, Equatable {
    private struct Range: Sendable, Equatable {
        var essence: String
        var quality: Int
    }

    private var ranges: [Range] = []

    /// Reads the field's values; beyond 32 ranges the rest is ignored, and so is what cannot be read.
    public init(_ values: some Sequence<String>) {
        for value in values {
            for item in value.split(separator: ",") {
                guard ranges.count < 32 else { return }
                let parts = item.split(separator: ";")
                guard let first = parts.first, first.utf8.contains(UInt8(ascii: "/")) else {
                    continue
                }
                var quality = 1000
                for part in parts.dropFirst() {
                    let pair = part.split(separator: "=", maxSplits: 1)
                    guard pair.count == 2, pair[0].trimmed.equalsIgnoringCase("q") else { continue }
                    quality = Self.quality(pair[1].trimmed)
                }
                ranges.append(Range(essence: first.trimmed.asciiLowercased(), quality: quality))
            }
        }
    }

    /// Whether nothing was asked for.
    public var isEmpty: Bool { ranges.isEmpty }

    /// How much a type is wanted, from 0 to 1000: the most specific range decides; 0 without one.
    public func quality(of essence: String) -> Int {
        if let exact = namedQuality(of: essence) { return exact }
        let group = essence.prefix { $0 != "/" } + "/*"
        return ranges.first { $0.essence == group }?.quality
            ?? ranges.first { $0.essence == "*/*" }?.quality ?? 0
    }

    /// How much a type is wanted by its own name; nil when it is not named.
    public func namedQuality(of essence: String) -> Int? {
        ranges.first { $0.essence == essence }?.quality
    }

    /// Thousandths; a weight that cannot be read counts as none given.
    private static func quality(_ text: Substring) -> Int {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = parts.first, whole == "0" || whole == "1" else {
            return 1000
        }
        let digits = parts.count == 2 ? parts[1].utf8.prefix(3) : Substring("").utf8.prefix(3)
        guard digits.allSatisfy(\.isASCIIDigit) else { return 1000 }
        var fraction = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        for _ in digits.count..<3 { fraction *= 10 }
        return min(1000, (whole == "1" ? 1000 : 0) + fraction)
    }
}

extension Substring {
    /// Without spaces and tabs at either end, the white space of a field (RFC 9110 section 5.6.3).
    public var trimmed: Substring {
        var rest = self
        while let first = rest.utf8.first, first == 0x20 || first == 0x09 { rest.removeFirst() }
        while let last = rest.utf8.last, last == 0x20 || last == 0x09 { rest.removeLast() }
        return rest
    }
}
