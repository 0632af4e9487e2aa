internal import HTTPTypes

/// A request's head over HTTP/1, checked: what it asks and how its body is framed.
struct HTTP1Head {
    var request: HTTPRequest
    var version: ReceivedRequest.Version
    /// The client lets the connection live on.
    var keepsAlive: Bool
    /// How many bytes follow; nil for chunks.
    var contentLength: Int?
    var expectsContinue: Bool

    /// Reads a whole head as ``HTTP1RawHead`` finds it, by RFC 9112 and RFC 9110, and refuses what is unclear.
    init(
        _ bytes: Span<UInt8>, _ range: Range<Int>, limits: ListenerLimits, secure: Bool
    ) throws(ListenerProblem) {
        let line = try RequestLine(bytes, from: range.lowerBound, limits: limits)
        guard range.count <= limits.head else { throw .headTooLarge(limit: limits.head) }
        var scan = HTTP1FieldScan(limit: limits.fields)
        var at = line.end
        while let next = try scan.add(bytes, lineAt: at) { at = next }
        switch line.method {
        case .trace, .connect: throw .methodRefused
        default: break
        }
        let (authority, path) = try Self.resolve(line, host: scan.judge.host, secure: secure)
        contentLength = try scan.bodyLength(line.version)
        version = line.version
        // An HTTP/1.0 client would not understand an interim answer (RFC 9110 section 10.1.1).
        expectsContinue = scan.judge.expectsContinue && version == .http11
        keepsAlive = version == .http11 && !scan.endsConnection
        request = HTTPRequest(
            method: line.method, scheme: secure ? "https" : "http", authority: authority,
            path: path, headerFields: scan.judge.fields)
    }

    private static func resolve(
        _ line: RequestLine, host: String?, secure: Bool
    ) throws(ListenerProblem) -> (authority: String?, path: String) {
        if let host {
            guard RequestRules.isAuthority(host) else { throw .malformed(.host) }
        } else if line.version == .http11 {
            throw .malformed(.host)
        }
        if line.isOriginForm { return (host, line.target) }
        if line.target == "*" {
            guard line.method == .options else { throw .malformed(.target) }
            return (host, line.target)
        }
        var target = line.target[...]
        let scheme = secure ? "https://" : "http://"
        guard target.utf8.count > scheme.utf8.count,
            zip(target.utf8, scheme.utf8).allSatisfy({ RequestRules.lowercased($0) == $1 })
        else { throw .malformed(.target) }
        target = target.dropFirst(scheme.utf8.count)
        let end = target.utf8.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
        let authority = String(target[..<(end ?? target.endIndex)])
        guard RequestRules.isAuthority(authority) else { throw .malformed(.target) }
        if let host, !RequestRules.agree(host, authority, secure: secure) {
            throw .malformed(.authority)
        }
        let rest = target[(end ?? target.endIndex)...]
        let path = rest.utf8.first == UInt8(ascii: "/") ? String(rest) : "/" + rest
        guard RequestRules.isOriginForm(path.utf8.span) else { throw .malformed(.target) }
        return (authority, path)
    }
}

/// `method SP request-target SP HTTP-version` (RFC 9112 section 3).
private struct RequestLine {
    let method: HTTPRequest.Method
    let target: String
    /// The target is a path with an optional query.
    let isOriginForm: Bool
    let version: ReceivedRequest.Version
    /// Where the first field begins.
    let end: Int

    init(_ bytes: Span<UInt8>, from start: Int, limits: ListenerLimits) throws(ListenerProblem) {
        let blank = UInt8(ascii: " ")
        let first = RequestRules.index(of: blank, in: bytes, from: start)
        guard first > start, first < bytes.count else { throw .malformed(.syntax) }
        let second = RequestRules.index(of: blank, in: bytes, from: first + 1)
        // "HTTP/1.1" and the end of the line.
        end = second + 11
        guard second > first + 1, end <= bytes.count, bytes[end - 2] == UInt8(ascii: "\r"),
            bytes[end - 1] == UInt8(ascii: "\n")
        else { throw .malformed(.syntax) }
        version = try Self.version(bytes, at: second + 1)
        guard second - first - 1 <= limits.target else {
            throw .targetTooLong(limit: limits.target)
        }
        method = try Self.method(bytes.extracting(start..<first))
        let text = bytes.extracting((first + 1)..<second)
        isOriginForm = RequestRules.isOriginForm(text)
        target = RequestRules.string(text)
    }

    private static func version(
        _ bytes: Span<UInt8>, at start: Int
    ) throws(ListenerProblem) -> ReceivedRequest.Version {
        let name: StaticString = "HTTP/"
        for offset in 0..<5 where bytes[start + offset] != name.utf8Start[offset] {
            throw .malformed(.syntax)
        }
        let major = bytes[start + 5]
        let minor = bytes[start + 7]
        guard RequestRules.isDigit(major), bytes[start + 6] == UInt8(ascii: "."),
            RequestRules.isDigit(minor)
        else { throw .malformed(.syntax) }
        switch (major, minor) {
        case (UInt8(ascii: "1"), UInt8(ascii: "1")): return .http11
        case (UInt8(ascii: "1"), UInt8(ascii: "0")): return .http10
        default: throw .versionUnknown
        }
    }

    /// The methods of RFC 9110 section 9.3 and RFC 5789; others are refused here, known to somebody or not.
    private static func method(_ name: Span<UInt8>) throws(ListenerProblem) -> HTTPRequest.Method {
        for method in methods where method.rawValue.utf8.count == name.count {
            let letters = method.rawValue.utf8.span
            var matched = 0
            while matched < name.count, name[matched] == letters[matched] { matched += 1 }
            if matched == name.count { return method }
        }
        throw .methodUnknown
    }

    private static let methods: [HTTPRequest.Method] = [
        .put, .get, .post, .head, .delete, .patch, .options, .trace, .connect,
    ]
}
