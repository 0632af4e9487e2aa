import PosternDialectKit
import PosternModel

/// What this API says of a message that no other word of Postern's does: kept with it, and shown to its sender again.
///
/// Bounded by what ``MessageReader`` lets through, to a quarter of ``Annex/largest``.
struct MessageAnnex: Equatable {
    static let dialect = "revicom"

    var channel: Channel
    var senderName: String
    /// `content` was an object with a text.
    var contentIsObject = false
    var tags: [String] = []
    var useLocalTime = true
    var localSendTime: String?
    var localCompletionTime: String?
    var ttl: Int?
    var sending = SendingHours(hours: [], days: [])
    var shortURL = false
    /// With the client's own login and password where it has them: what calls back needs them, and nobody else.
    var callback: CallbackAddress?
    var callbackEvents = ["delivered"]
}

extension MessageAnnex {
    /// What is kept.
    var annex: Annex {
        var json = JSONWriter()
        json.object { json in
            json.member("channelType", channel.rawValue)
            json.member("senderName", senderName)
            if contentIsObject { json.member("contentType", "text") }
            json.array("tags", of: tags) { $0.string($1) }
            json.member("useLocalTime", useLocalTime)
            json.member("localSendTime", ifPresent: localSendTime)
            json.member("localCompletionTime", ifPresent: localCompletionTime)
            if let ttl { json.member("ttl", ttl) }
            json.array("hours", of: sending.hours) { $0.number($1) }
            json.array("days", of: sending.days) { $0.number($1) }
            json.member("shortUrl", shortURL)
            json.member("callbackUrl", ifPresent: callback?.text)
            json.array("callbackEvents", of: callbackEvents) { $0.string($1) }
        }
        // Telephones show whom a message is from.
        return Annex(dialect: Self.dialect, bytes: json.bytes, words: [senderName])
    }

    /// Reads what was kept; nil for a message of another API.
    init?(_ annex: Annex?) {
        guard let annex, annex.dialect == Self.dialect,
            case .object(let object)? = try? JSONValue(strict: annex.bytes),
            let channel = object["channelType"]?.text.flatMap(Channel.init(rawValue:)),
            let senderName = object["senderName"]?.text
        else { return nil }
        func list<Item>(_ name: String, _ item: (JSONValue) -> Item?) -> [Item] {
            if case .array(let values)? = object[name] { values.compactMap(item) } else { [] }
        }
        self.init(channel: channel, senderName: senderName)
        contentIsObject = object["contentType"] != nil
        tags = list("tags", \.text)
        useLocalTime = object["useLocalTime"] != .boolean(false)
        localSendTime = object["localSendTime"]?.text
        localCompletionTime = object["localCompletionTime"]?.text
        ttl = object["ttl"]?.whole
        sending = SendingHours(hours: list("hours", \.whole), days: list("days", \.whole))
        shortURL = object["shortUrl"] == .boolean(true)
        callback = object["callbackUrl"]?.text.flatMap { CallbackAddress($0) }
        callbackEvents = list("callbackEvents", \.text)
    }
}
