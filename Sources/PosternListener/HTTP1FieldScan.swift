internal import HTTPTypes

/// The fields as they are read, with those that steer the connection set aside.
struct HTTP1FieldScan {
    private(set) var judge = FieldJudge()
    /// The client, or an upgrade it asks for, ends the connection with this request.
    private(set) var endsConnection = false
    private var isChunked = false
    private var count = 0
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Reads the field whose line begins at an offset.
    ///
    /// - Returns: Where the next one begins; nil for the empty line, which ends a head.
    mutating func add(_ bytes: Span<UInt8>, lineAt start: Int) throws(ListenerProblem) -> Int? {
        let colon = UInt8(ascii: ":")
        let carriageReturn = UInt8(ascii: "\r")
        var at = start
        while at < bytes.count, bytes[at] != colon, bytes[at] != carriageReturn { at += 1 }
        if at == start, at < bytes.count, bytes[at] == carriageReturn {
            guard at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "\n") else {
                throw .malformed(.framing)
            }
            return nil
        }
        guard at > start, at < bytes.count, bytes[at] == colon else { throw .malformed(.field) }
        count += 1
        guard count <= limit else { throw .tooManyFields(limit: limit) }
        let name = start..<at
        var begin = at + 1
        let end = RequestRules.index(of: carriageReturn, in: bytes, from: begin)
        guard end + 1 < bytes.count, bytes[end + 1] == UInt8(ascii: "\n") else {
            throw .malformed(.field)
        }
        var last = end
        while begin < last, RequestRules.isBlank(bytes[begin]) { begin += 1 }
        while begin < last, RequestRules.isBlank(bytes[last - 1]) { last -= 1 }
        try add(bytes.extracting(name), bytes.extracting(begin..<last))
        return end + 2
    }

    private mutating func add(_ name: Span<UInt8>, _ value: Span<UInt8>) throws(ListenerProblem) {
        guard let text = RequestRules.fieldValue(value) else { throw .malformed(.field) }
        switch try judge.take(name, text) {
        case .transferEncoding: try readCoding(text)
        case .connection:
            for option in text.utf8.split(separator: UInt8(ascii: ",")) {
                let option = Substring(option).trimmingBlanks()
                if RequestRules.equal(option, "close") || RequestRules.equal(option, "upgrade") {
                    endsConnection = true
                }
            }
        case .upgrade: endsConnection = true
        default: break
        }
    }

    private mutating func readCoding(_ text: String) throws(ListenerProblem) {
        let codings = text.utf8.split(
            separator: UInt8(ascii: ","), omittingEmptySubsequences: false
        ).map { Substring($0).trimmingBlanks() }
        guard !isChunked, let last = codings.last, RequestRules.equal(last, "chunked") else {
            throw .malformed(.framing)
        }
        isChunked = true
        guard codings.count == 1 else {
            throw codings.dropLast().contains { RequestRules.equal($0, "chunked") }
                ? .malformed(.framing) : .codingUnknown
        }
    }

    /// How many bytes follow the head; nil for chunks (RFC 9112 section 6.3).
    func bodyLength(_ version: ReceivedRequest.Version) throws(ListenerProblem) -> Int? {
        guard isChunked else { return judge.contentLength ?? 0 }
        guard judge.contentLength == nil, version == .http11 else { throw .malformed(.framing) }
        return nil
    }
}

extension Substring {
    /// Without blanks and tabs at either end.
    fileprivate func trimmingBlanks() -> Substring {
        var text = self
        while let first = text.utf8.first, RequestRules.isBlank(first) { text = text.dropFirst() }
        while let last = text.utf8.last, RequestRules.isBlank(last) { text = text.dropLast() }
        return text
    }
}
