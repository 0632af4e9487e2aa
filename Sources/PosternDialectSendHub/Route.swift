import HTTPTypes
import PosternDialectKit
import PosternModel

/// What a path leads to; a number that cannot be one is nil, and is answered as one that is not there.
enum Route: Equatable {
    case messages
    case scheduledMessages
    case message(Int64?)
    case contacts
    case contact(Int64?)
    case groups
    case group(Int64?)
    case members(Int64?)
    case inbox

    /// Finds where a request goes; nil when the path is none of this API's.
    ///
    /// Requests go to `/v1`, but the `resource_uri` of every answer says `/api/v1`, and clients follow it. Where other
    /// APIs are reached at the same place, that leads here only for a number, and where the query names a user: no
    /// other API has both.
    ///
    /// - Throws: What a path of this API's that leads nowhere is answered with.
    init?(_ target: RequestTarget, on mount: Mount) throws(Problem) {
        var segments = target.segments[...]
        let isAlias = segments.first == "api"
        if isAlias { segments.removeFirst() }
        guard segments.popFirst() == "v1" else { return nil }
        guard isAlias, mount.isShared else {
            guard let route = try Route(below: segments) else { return nil }
            self = route
            return
        }
        guard let route = try? Route(below: segments), route.isOneOfANumber,
            let bytes = target.query, let query = try? JSONObject(parameters: bytes),
            query["username"] != nil
        else { return nil }
        self = route
    }

    private init?(below segments: ArraySlice<String?>) throws(Problem) {
        let path = Array(segments)
        guard let first = path.first else { return nil }
        let one = path.count == 2 ? path[1] : nil
        switch (first, path.count) {
        case ("messages", 1): self = .messages
        case ("messages", 2):
            self = one == "scheduled" ? .scheduledMessages : .message(Self.number(one))
        case ("contacts", 1): self = .contacts
        case ("contacts", 2): self = .contact(Self.number(one))
        case ("groups", 1): self = .groups
        case ("groups", 2): self = .group(Self.number(one))
        case ("groups", 3) where path[2] == "contacts": self = .members(Self.number(path[1]))
        case ("inbox", 1): self = .inbox
        // Conversations, which Postern does not keep.
        case ("threads", _): throw .notFound(.thread)
        case ("messages", _), ("contacts", _), ("groups", _), ("inbox", _):
            throw RequestProblem.unknownRoute.problem
        default: return nil
        }
    }

    /// The methods the path takes.
    var methods: [HTTPRequest.Method] {
        switch self {
        case .messages, .contacts, .groups, .members: [.get, .post]
        case .message, .contact, .group: [.get, .put, .delete]
        case .scheduledMessages, .inbox: [.get]
        }
    }

    private var isOneOfANumber: Bool {
        switch self {
        case .message(let number), .contact(let number), .group(let number): number != nil
        case .messages, .scheduledMessages, .contacts, .groups, .members, .inbox: false
        }
    }

    private static func number(_ text: String?) -> Int64? { text.flatMap { Int64(id: $0) } }
}

extension Int64 {
    /// Reads an id: digits without a sign or zeros before them, so that nothing has two names.
    init?(id text: some StringProtocol) {
        let bytes = text.utf8
        guard (1...19).contains(bytes.count), bytes.allSatisfy(\.isASCIIDigit),
            bytes.first != UInt8(ascii: "0")
        else { return nil }
        self.init(text)
    }
}
