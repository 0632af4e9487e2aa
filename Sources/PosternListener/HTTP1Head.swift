internal import HTTPTypes
internal import NIOHTTP1

/// A request's head over HTTP/1, checked: what it asks and how its body is framed.
struct HTTP1Head {
    var request: HTTPRequest
    var version: ReceivedRequest.Version
    /// The client lets the connection live on.
    var keepsAlive: Bool
    /// How many bytes follow; nil for chunks.
    var contentLength: Int?
    var expectsContinue: Bool

    /// Checks what the parser lets through, by RFC 9112 and RFC 9110.
    ///
    /// The parser has already refused what does not parse; this refuses what parses and is unclear.
    static func check(_ head: HTTPRequestHead, limits: ListenerLimits, secure: Bool) -> Result<
        HTTP1Head, ListenerProblem
    > {
        do throws(ListenerProblem) {
            return .success(try checked(head, limits: limits, secure: secure))
        } catch {
            return .failure(error)
        }
    }

    private static func checked(
        _ head: HTTPRequestHead, limits: ListenerLimits, secure: Bool
    ) throws(ListenerProblem) -> HTTP1Head {
        let version: ReceivedRequest.Version
        switch (head.version.major, head.version.minor) {
        case (1, 1): version = .http11
        case (1, 0): version = .http10
        default: throw .versionUnknown
        }
        let targetLength = head.uri.utf8.count
        guard targetLength <= limits.target else { throw .targetTooLong(limit: limits.target) }
        guard head.headers.count <= limits.fields else {
            throw .tooManyFields(limit: limits.fields)
        }
        // Method and target with two blanks, "HTTP/1.1", the line's end and that of the head.
        var size = head.method.rawValue.utf8.count + targetLength + 14

        var scan = FieldScan()
        scan.fields.reserveCapacity(head.headers.count)
        for (name, value) in head.headers {
            size += name.utf8.count + value.utf8.count + 4
            try scan.add(name: name, value: value)
        }
        guard size <= limits.head else { throw .headTooLarge(limit: limits.head) }
        switch head.method {
        case .TRACE, .CONNECT: throw .methodRefused
        default: break
        }
        guard let method = HTTPRequest.Method(head.method.rawValue) else { throw .methodUnknown }

        let (authority, path) = try resolveTarget(
            head, version: version, host: scan.host, secure: secure)
        let length = try framing(scan, version: version)
        var expectsContinue = false
        if let expect = scan.expect {
            guard expect.lowercased() == "100-continue" else { throw .expectationUnknown }
            // An HTTP/1.0 client would not understand an interim answer (RFC 9110 section 10.1.1).
            expectsContinue = version == .http11
        }
        let options = scan.connection
        let keepsAlive =
            version == .http11 && !options.contains("close") && !options.contains("upgrade")
            && scan.upgrade == false
        return HTTP1Head(
            request: HTTPRequest(
                method: method, scheme: secure ? "https" : "http", authority: authority, path: path,
                headerFields: scan.fields),
            version: version, keepsAlive: keepsAlive, contentLength: length,
            expectsContinue: expectsContinue)
    }

    private static func resolveTarget(
        _ head: HTTPRequestHead, version: ReceivedRequest.Version, host: String?, secure: Bool
    ) throws(ListenerProblem) -> (authority: String?, path: String) {
        if let host {
            guard RequestRules.isAuthority(host) else { throw .malformed(.host) }
        } else if version == .http11 {
            throw .malformed(.host)
        }
        var target = head.uri[...]
        if target.utf8.first != UInt8(ascii: "/"), target != "*" {
            let scheme = secure ? "https://" : "http://"
            guard target.lowercased().hasPrefix(scheme) else { throw .malformed(.target) }
            target = target.dropFirst(scheme.count)
            let end = target.utf8.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
            let authority = String(target[..<(end ?? target.endIndex)])
            guard RequestRules.isAuthority(authority) else { throw .malformed(.target) }
            if let host, !RequestRules.agree(host, authority, secure: secure) {
                throw .malformed(.authority)
            }
            let rest = target[(end ?? target.endIndex)...]
            let path = rest.utf8.first == UInt8(ascii: "/") ? rest : "/" + rest
            guard RequestRules.isOriginForm(path, asteriskAllowed: false) else {
                throw .malformed(.target)
            }
            return (authority, String(path))
        }
        guard RequestRules.isOriginForm(target, asteriskAllowed: head.method == .OPTIONS) else {
            throw .malformed(.target)
        }
        return (host, head.uri)
    }

    private static func framing(
        _ scan: FieldScan, version: ReceivedRequest.Version
    ) throws(ListenerProblem) -> Int? {
        guard let coding = scan.transferEncoding else {
            guard let text = scan.contentLength else { return 0 }
            guard let length = RequestRules.length(text) else { throw .malformed(.framing) }
            return length
        }
        guard scan.contentLength == nil, version == .http11 else { throw .malformed(.framing) }
        let codings = coding.lowercased().split(separator: ",", omittingEmptySubsequences: false)
            .map { $0.trimmingBlanks() }
        guard codings.last == "chunked" else { throw .malformed(.framing) }
        guard codings.count == 1 else {
            throw codings.dropLast().contains("chunked") ? .malformed(.framing) : .codingUnknown
        }
        return nil
    }
}

/// The fields as they are read, with those that steer the connection set aside.
private struct FieldScan {
    var fields = HTTPFields()
    var host: String?
    var contentLength: String?
    var transferEncoding: String?
    var expect: String?
    var connection: Set<String> = []
    var upgrade = false
    private var seen: Set<String> = []

    mutating func add(name: String, value: String) throws(ListenerProblem) {
        // An underscore reads as a dash to CGI-like readers behind and before us, so that
        // `Content_Length` would be a second spelling of a field we have judged.
        guard let fieldName = HTTPField.Name(name), !name.utf8.contains(UInt8(ascii: "_")),
            RequestRules.isFieldValue(value)
        else { throw .malformed(.field) }
        let canonical = fieldName.canonicalName
        if RequestRules.singletons.contains(canonical) {
            guard seen.insert(canonical).inserted else {
                switch canonical {
                case "host": throw .malformed(.host)
                case "content-length": throw .malformed(.framing)
                default: throw .malformed(.duplicateField)
                }
            }
        }
        switch canonical {
        case "host": host = value
        case "content-length": contentLength = value
        case "transfer-encoding":
            guard transferEncoding == nil else { throw .malformed(.framing) }
            transferEncoding = value
        case "expect": expect = value
        case "connection":
            for option in value.lowercased().split(separator: ",") {
                connection.insert(String(option.trimmingBlanks()))
            }
        case "upgrade": upgrade = true
        case "keep-alive", "proxy-connection", "te", "trailer": break
        default: fields.append(HTTPField(name: fieldName, value: value))
        }
    }
}

extension Substring {
    /// Without blanks and tabs at either end.
    func trimmingBlanks() -> Substring {
        var text = self
        while let first = text.utf8.first, first == 0x20 || first == 0x09 {
            text = text.dropFirst()
        }
        while let last = text.utf8.last, last == 0x20 || last == 0x09 { text = text.dropLast() }
        return text
    }
}
