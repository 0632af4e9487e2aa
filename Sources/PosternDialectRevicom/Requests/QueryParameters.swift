import PosternDialectKit

/// A query's parameters in the order written; most may come several times.
struct QueryParameters {
    /// Parameters in one query.
    private static let most = 256

    /// Names as written, and what they are given.
    private(set) var pairs: [(name: String, value: String)] = []

    /// Reads `name=value` pairs.
    init(_ query: ArraySlice<UInt8>?) throws(BadRequest) {
        for pair in (query ?? []).split(separator: UInt8(ascii: "&")) {
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            guard let name = PercentCoding.decode(pair[..<equals], plusIsSpace: true),
                let value = PercentCoding.decode(pair[equals...].dropFirst(), plusIsSpace: true)
            else { throw .unreadable("The query is not percent-encoded UTF-8.") }
            guard pairs.count < Self.most else {
                throw .unreadable("The query has more than \(Self.most) parameters.")
            }
            pairs.append((name, value))
        }
    }

    /// All a name is given, in any case.
    func values(_ name: String) -> [String] {
        pairs.filter { $0.name.equalsIgnoringCase(name) }.map(\.value)
    }

    /// What a name is given that may come once; nil without it.
    func value(_ name: String) throws(BadRequest) -> String? {
        let values = values(name)
        guard values.count <= 1 else { throw .parameter("\(name) may come once.") }
        return values.first
    }

    /// A truth value; nil without it.
    func truth(_ name: String) throws(BadRequest) -> Bool? {
        switch try value(name) {
        case nil: nil
        case "true", "1": true
        case "false", "0": false
        default: throw .parameter("\(name) must be true or false.")
        }
    }

    /// A whole number from 1; nil without it.
    func count(_ name: String) throws(BadRequest) -> Int? {
        guard let text = try value(name) else { return nil }
        guard (1...9).contains(text.utf8.count), text.utf8.allSatisfy(\.isASCIIDigit),
            let number = Int(text), number > 0
        else { throw .parameter("\(name) must be a whole number from 1.") }
        return number
    }

    /// The only parameter of a send: whether it is to be tried only.
    ///
    /// - Throws: Any other parameter: a misspelt one must not send what was to be tried.
    func dryRun() throws(BadRequest) -> Bool {
        guard pairs.allSatisfy({ $0.name.equalsIgnoringCase("dryRun") }) else {
            throw .parameter("dryRun is the only parameter of this request.")
        }
        return try truth("dryRun") ?? false
    }
}
