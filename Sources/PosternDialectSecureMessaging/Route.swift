import HTTPTypes
import PosternDialectKit
import PosternModel

/// Where a request goes, read from its path alone.
///
/// Names are compared without regard to case and empty segments are gone already, as ServiceStack does
/// it (contract section 1). A new operation is a case of ``Operation`` and a line in ``init(_:)``.
struct Route: Equatable {
    /// What is asked for.
    enum Operation: Equatable {
        /// SendMessage; the GUID is in the path, or nil there when it is none.
        case send(path: MessageGUID?)
        /// SendMessage with the GUID among the parameters.
        case sendByParameters
        /// Some other name under `/json/reply`.
        case unknown
    }

    var operation: Operation
    /// The format the path or its suffix names.
    var format: ReplyFormat?

    /// The methods the operation takes.
    var methods: [HTTPRequest.Method] {
        switch operation {
        case .send: [.put]
        // The documented sample POSTs, the documented route PUTs; each means the same send.
        case .sendByParameters: [.post, .put]
        case .unknown: []
        }
    }

    /// Whether the path lies among the vendor's pre-defined routes that name their format.
    var isPredefined: Bool {
        switch operation {
        case .send: false
        case .sendByParameters, .unknown: true
        }
    }

    /// Finds the route; nil when the path is none of this API's.
    init?(_ segments: [String?]) {
        guard let named = segments.last, let last = named else { return nil }
        let name: Substring
        (name, format) = Self.withoutSuffix(last)
        let isUnderAPI = Self.segment(segments.first, is: "api")
        let inner = segments.dropFirst(isUnderAPI ? 1 : 0).dropLast()
        if inner.count == 2, Self.segment(inner.last, is: "reply"), let first = inner.first,
            let word = first, let named = ReplyFormat(serviceStackName: word)
        {
            format = named
            operation = name.equalsIgnoringCase("SendMessage") ? .sendByParameters : .unknown
            return
        }
        let unversioned = inner.dropFirst(Self.segment(inner.first, is: "v1") ? 1 : 0)
        guard isUnderAPI, unversioned.count == 2, name.equalsIgnoringCase("send"),
            Self.segment(unversioned.first, is: "messages"), let guid = unversioned.last
        else { return nil }
        operation = .send(path: guid.flatMap { MessageGUID($0) })
    }

    private static func segment(_ segment: String??, is word: String) -> Bool {
        guard let decoded = segment, let decoded else { return false }
        return decoded.equalsIgnoringCase(word)
    }

    /// Cuts a suffix such as `.json`, where it names a format.
    private static func withoutSuffix(_ segment: String) -> (Substring, ReplyFormat?) {
        guard let dot = segment.utf8.lastIndex(of: UInt8(ascii: ".")),
            let format = ReplyFormat(serviceStackName: segment[segment.index(after: dot)...])
        else { return (segment[...], nil) }
        return (segment[..<dot], format)
    }
}
