import PosternDialectKit
import PosternModel

/// Reads one message of a send.
struct MessageReader {
    /// A message that may be asked for.
    struct Message {
        var composition: Composition
        /// When it goes out; nil for now.
        var at: Instant?
    }

    private static let mostTags = 50
    private static let longestTag = 64
    private static let longestSender = 64
    private static let events = ["delivered", "sent", "read", "price", "click"]

    private let fields: MessageFields

    init(_ value: JSONValue, index: Int) throws(BadRequest) {
        fields = try MessageFields(value, index: index)
    }

    /// Checks every member of the contract's table; members that are not in it are passed over.
    ///
    /// - Throws: The first that is wrong, by index and name.
    func message(now: Instant, callbackHosts: Set<String>) throws(BadRequest) -> Message {
        let channel = try channel()
        let sender = try sender(channel)
        let recipient = try recipient()
        let (text, isObject) = try content(channel)
        let timing = try MessageTiming(fields, now: now)
        let annex = MessageAnnex(
            channel: channel, senderName: sender, contentIsObject: isObject, tags: try tags(),
            useLocalTime: try fields.truth("useLocalTime") ?? true,
            localSendTime: timing.start?.text, localCompletionTime: timing.end?.text,
            ttl: try fields.whole("ttl", channel.shortestLife...86_400),
            sending: timing.sending, shortURL: try fields.truth("shortUrl") ?? false,
            callback: try callback(hosts: callbackHosts),
            callbackEvents: try callbackEvents())
        let callback = try wish(of: annex)
        let externalID = try fields.line("externalMessageId", 0...100)
        return Message(
            composition: Composition(
                externalID: externalID?.isEmpty == true ? nil : externalID,
                content: DraftContent(
                    body: text, targets: [.address(.phone(recipient))], annex: annex.annex),
                callback: callback),
            at: timing.at)
    }

    private func channel() throws(BadRequest) -> Channel {
        guard let channel = fields["channelType"]?.text.flatMap(Channel.init(rawValue:)) else {
            let names = Channel.allCases.map(\.rawValue).joined(separator: ", ")
            throw fields.bad("channelType", "is required, and must be one of \(names).")
        }
        return channel
    }

    private func sender(_ channel: Channel) throws(BadRequest) -> String {
        guard let sender = try fields.line("senderName", 1...Self.longestSender) else {
            throw fields.bad("senderName", "is required.")
        }
        guard channel != .voiceCode || sender == "voicecode" else {
            throw fields.bad("senderName", "must be voicecode for VOICECODE.")
        }
        return sender
    }

    private func recipient() throws(BadRequest) -> PhoneNumber {
        guard let digits = fields["destination"]?.text, let phone = PhoneNumber("+\(digits)") else {
            throw fields.bad(
                "destination",
                "is required, and must be 7 to 15 digits of which the first is not 0, without a plus."
            )
        }
        return phone
    }

    private func tags() throws(BadRequest) -> [String] {
        try fields.texts(
            "tags", atMost: Self.mostTags,
            "must be a list of at most 50 texts, each of 1 to 64 letters, digits and underscores."
        ) { tag in
            (1...Self.longestTag).contains(tag.utf8.count)
                && tag.utf8.allSatisfy {
                    $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "_")
                }
        }
    }

    private func callback(hosts: Set<String>) throws(BadRequest) -> CallbackAddress? {
        guard let value = fields["callbackUrl"] else { return nil }
        guard let address = value.text.flatMap({ CallbackAddress($0) }) else {
            throw fields.bad("callbackUrl", "must be an https address of at most 1024 bytes.")
        }
        guard hosts.contains(address.host) else {
            throw fields.bad("callbackUrl", "is at a host that this gateway does not call.")
        }
        return address
    }

    /// Who is to be told; nobody where only events are asked for that never come.
    private func wish(of annex: MessageAnnex) throws(BadRequest) -> Callback? {
        guard let address = annex.callback else { return nil }
        guard let url = CallbackURL(address.text) else {
            throw fields.bad(
                "callbackUrl", "must have a host, a login and a password that can be used.")
        }
        let events = Set(annex.callbackEvents.compactMap { DispatchEvent.Kind(revicom: $0) })
        return events.isEmpty
            ? nil : Callback(dialect: MessageAnnex.dialect, url: url, events: events)
    }

    private func callbackEvents() throws(BadRequest) -> [String] {
        let events = try fields.texts(
            "callbackEvents", atMost: Self.events.count,
            "must be a list of \(Self.events.joined(separator: ", ")).", Self.events.contains)
        return events.isEmpty ? ["delivered"] : events
    }
}

extension MessageReader {
    /// The text a message brings, and whether it was in an object.
    ///
    /// DIVERGENCE: an object may hold a text and nothing else. Pictures, buttons and captions would be seen by no rule.
    private func content(_ channel: Channel) throws(BadRequest) -> (String, isObject: Bool) {
        guard let value = fields["content"] else { throw fields.bad("content", "is required.") }
        if channel == .flashCall { return (try code(value), false) }
        switch value {
        case .string(let text) where channel.shapes.contains(.text):
            return (try checked(text, as: "content", channel), false)
        case .object(let object) where channel.shapes.contains(.object):
            for member in object.members {
                switch (member.name, member.value) {
                case ("contentType", .string("text")), ("text", .string): break
                case ("contentType", _):
                    throw fields.bad("content.contentType", "must be text.")
                case ("text", _): break
                default:
                    throw fields.bad("content", "may have contentType and text and nothing else.")
                }
            }
            guard case .string(let text)? = object["text"] else {
                throw fields.bad("content.text", "is required, and must be a text.")
            }
            return (try checked(text, as: "content.text", channel), true)
        default:
            let shape =
                channel.shapes == .text
                ? "a text"
                : channel.shapes == .object
                    ? "an object with a text" : "a text, or an object with one"
            throw fields.bad("content", "must be \(shape) for \(channel.rawValue).")
        }
    }

    /// A flash call's four digits; some clients write them as a number.
    private func code(_ value: JSONValue) throws(BadRequest) -> String {
        let digits: String? =
            switch value {
            case .string(let text): text
            case .number(let text): text
            default: nil
            }
        guard let digits, digits.utf8.count == 4, digits.utf8.allSatisfy(\.isASCIIDigit) else {
            throw fields.bad("content", "must be four digits for FLASHCALL.")
        }
        return digits
    }

    private func checked(
        _ text: String, as name: String, _ channel: Channel
    ) throws(BadRequest) -> String {
        guard (1...channel.longestText).contains(text.unicodeScalars.count) else {
            throw fields.bad(
                name, "must have 1 to \(channel.longestText) characters for \(channel.rawValue).")
        }
        guard text.unicodeScalars.first != "\u{FEFF}" else {
            throw fields.bad(name, "must not begin with a byte order mark.")
        }
        return text
    }
}
