import HTTPTypes
import PosternDialectKit
import PosternListener
import PosternModel

/// A W3C trace context (Trace Context, Level 1, section 3.2): which trace a request belongs to.
struct TraceContext: Sendable, Equatable {
    /// 32 lower-case hexadecimal digits, not all zero.
    let trace: String
    /// The caller's span: 16 digits, not all zero.
    let parent: String
    /// The two digits of flags.
    let flags: String

    /// Reads a `traceparent` field; nil when it breaks the rules, and then the request starts no trace.
    init?(traceparent: String) {
        let fields = traceparent.split(separator: "-", omittingEmptySubsequences: false)
        guard fields.count >= 4, fields[0].utf8.count == 2, fields[0] != "ff",
            fields[0] != "00" || fields.count == 4,
            Self.isName(fields[1], digits: 32), Self.isName(fields[2], digits: 16),
            fields[3].utf8.count == 2,
            fields.prefix(4).allSatisfy({ $0.utf8.allSatisfy(Self.isLowerHexadecimal) })
        else { return nil }
        trace = String(fields[1])
        parent = String(fields[2])
        flags = String(fields[3])
    }

    /// The field that tells the caller which span answered it (Trace Context, Level 2, section 4).
    func traceresponse(span: String) -> String { "00-\(trace)-\(span)-\(flags)" }

    private static func isName(_ field: Substring, digits: Int) -> Bool {
        field.utf8.count == digits && field.utf8.contains { $0 != UInt8(ascii: "0") }
    }

    private static func isLowerHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}

extension ReceivedRequest {
    /// The trace the caller says this request belongs to.
    var trace: TraceContext? {
        head.headerFields[.traceparent].flatMap(TraceContext.init(traceparent:))
    }
}

extension HTTPField.Name {
    fileprivate static let traceparent = known("traceparent")
}
