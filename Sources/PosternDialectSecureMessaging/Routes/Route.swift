import HTTPTypes
import PosternDialectKit
import PosternModel

/// Where a request goes, read from its path alone.
///
/// Names are compared without regard to case and empty segments are gone already, as ServiceStack does
/// it (contract section 1). SendMessage is looked for first and by itself: nearly every request is one. All else is a row
/// of ``RouteTable``.
struct Route {
    /// What is asked for.
    enum Operation {
        /// SendMessage; the GUID is in the path, or nil there when it is none.
        case send(path: MessageGUID?)
        /// SendMessage with the GUID among the parameters.
        case sendByParameters
        /// Anything else.
        case other(RouteMatch)
        /// Some other name under `/json/reply`.
        case unknown
    }

    var operation: Operation
    /// The format the path or its suffix names.
    var format: ReplyFormat?

    /// Whether the path lies among the vendor's pre-defined routes that name their format.
    var isPredefined: Bool {
        switch operation {
        case .send: false
        case .sendByParameters, .unknown: true
        case .other(let match): match.isPredefined
        }
    }

    /// The parameter that may come several times in the query; nil for none.
    var repeating: String? {
        guard case .other(let match) = operation else { return nil }
        return match.entries.contains { $0.name == "GetAttachmentsUploadProgress" }
            ? "attachmentGuids" : nil
    }

    /// Finds the route; nil when the path is none of this API's.
    init?(_ segments: [String?]) {
        guard let named = segments.last, let last = named else {
            // A last segment whose escapes are malformed can still be a value, which then is none.
            guard segments.last != nil, let match = Self.match(segments, last: nil) else {
                return nil
            }
            operation = .other(match)
            return
        }
        let name: Substring
        (name, format) = Self.withoutSuffix(last)
        let isUnderAPI = Self.segment(segments.first, is: "api")
        let inner = segments.dropFirst(isUnderAPI ? 1 : 0).dropLast()
        if inner.count == 2, Self.segment(inner.last, is: "reply"), let first = inner.first,
            let word = first, let named = ReplyFormat(serviceStackName: word)
        {
            format = named
            operation = Self.operation(named: name) ?? .unknown
            return
        }
        let unversioned = inner.dropFirst(Self.segment(inner.first, is: "v1") ? 1 : 0)
        if isUnderAPI, unversioned.count == 2, name.equalsIgnoringCase("send"),
            Self.segment(unversioned.first, is: "messages"), let guid = unversioned.last
        {
            operation = .send(path: guid.flatMap { MessageGUID($0) })
            return
        }
        if let match = Self.match(segments, last: String(name)) {
            operation = .other(match)
        } else if isUnderAPI, inner.isEmpty {
            // ServiceStack since version 6, and its clients: `/api/GetMessage`.
            guard let named = Self.operation(named: name) else { return nil }
            operation = named
        } else {
            return nil
        }
    }

    /// The operation of a request's name; nil when there is none.
    private static func operation(named name: Substring) -> Operation? {
        name.equalsIgnoringCase("SendMessage")
            ? .sendByParameters : RouteTable.match(named: name).map { .other($0) }
    }

    private static func match(_ segments: [String?], last: String?) -> RouteMatch? {
        guard segment(segments.first, is: "api") else { return nil }
        let rest = segments.dropFirst(segment(segments.dropFirst().first, is: "v1") ? 2 : 1)
        return rest.isEmpty ? nil : RouteTable.match(path: rest.dropLast() + [last])
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
