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

    /// What differs between the steps of a cascade.
    struct Part {
        var channel: Channel
        var sender: String
        var text: String
        var isObject: Bool
        var ttl: Int?
    }

    /// What they have in common.
    struct Frame {
        /// The members of a message that belong to it.
        static let members = [
            "destination", "tags", "useLocalTime", "localSendTime", "localCompletionTime", "hours",
            "days", "shortUrl", "callbackUrl", "callbackEvents", "externalMessageId",
        ]

        var recipient: PhoneNumber
        var timing: MessageTiming
        /// With a channel and a sender that stand for those of each part.
        fileprivate var annex: MessageAnnex
        var callback: Callback?
        var externalID: String?

        /// Puts a part into the frame.
        func composition(of part: Part) -> Composition {
            var annex = annex
            (annex.channel, annex.senderName) = (part.channel, part.sender)
            (annex.contentIsObject, annex.ttl) = (part.isObject, part.ttl)
            return Composition(
                content: DraftContent(
                    body: part.text, targets: [.address(.phone(recipient))], annex: annex.annex),
                callback: callback)
        }
    }

    let fields: MessageFields

    init(_ value: JSONValue, place: String) throws(BadRequest) {
        fields = try MessageFields(value, place: place)
    }

    /// Checks every member of the contract's table; members that are not in it are passed over.
    ///
    /// - Throws: The first that is wrong, by index and name.
    func message(now: Instant, callbackHosts: Set<String>) throws(BadRequest) -> Message {
        let part = try part()
        let frame = try frame(now: now, callbackHosts: callbackHosts)
        var composition = frame.composition(of: part)
        composition.externalID = frame.externalID
        return Message(composition: composition, at: frame.timing.at)
    }

    /// Reads what a step of a cascade has of its own; `content` is written as its channel has it where no other shapes are
    /// named.
    func part(_ shapes: Channel.Shapes? = nil) throws(BadRequest) -> Part {
        let channel = try channel()
        let sender = try sender(channel)
        let (text, isObject) = try content(channel, shapes ?? channel.shapes)
        return Part(
            channel: channel, sender: sender, text: text, isObject: isObject,
            ttl: try fields.whole("ttl", channel.shortestLife...86_400))
    }

    /// Reads what the steps of a cascade have in common.
    func frame(now: Instant, callbackHosts: Set<String>) throws(BadRequest) -> Frame {
        let recipient = try recipient()
        let timing = try MessageTiming(fields, now: now)
        let annex = MessageAnnex(
            channel: .sms, senderName: "", tags: try tags(),
            useLocalTime: try fields.truth("useLocalTime") ?? true,
            localSendTime: timing.start?.text, localCompletionTime: timing.end?.text,
            sending: timing.sending, shortURL: try fields.truth("shortUrl") ?? false,
            callback: try callback(hosts: callbackHosts),
            callbackEvents: try callbackEvents())
        let callback = try wish(of: annex)
        let externalID = try fields.line("externalMessageId", 0...100)
        return Frame(
            recipient: recipient, timing: timing, annex: annex, callback: callback,
            externalID: externalID?.isEmpty == true ? nil : externalID)
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
    private func content(
        _ channel: Channel, _ shapes: Channel.Shapes
    ) throws(BadRequest) -> (String, isObject: Bool) {
        guard let value = fields["content"] else { throw fields.bad("content", "is required.") }
        switch value {
        // A flash call's four digits; some clients write them as a number.
        case .number(let text) where channel == .flashCall:
            return (try checked(text, as: "content", channel), false)
        case .string(let text) where shapes.contains(.text):
            return (try checked(text, as: "content", channel), false)
        case .object(let object) where shapes.contains(.object):
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
            if channel == .flashCall { throw noCode("content") }
            let shape =
                shapes == .text
                ? "a text"
                : shapes == .object
                    ? "an object with a text" : "a text, or an object with one"
            throw fields.bad("content", "must be \(shape) for \(channel.rawValue).")
        }
    }

    private func checked(
        _ text: String, as name: String, _ channel: Channel
    ) throws(BadRequest) -> String {
        if channel == .flashCall {
            guard text.utf8.count == 4, text.utf8.allSatisfy(\.isASCIIDigit) else {
                throw noCode(name)
            }
            return text
        }
        guard (1...channel.longestText).contains(text.unicodeScalars.count) else {
            throw fields.bad(
                name, "must have 1 to \(channel.longestText) characters for \(channel.rawValue).")
        }
        guard text.unicodeScalars.first != "\u{FEFF}" else {
            throw fields.bad(name, "must not begin with a byte order mark.")
        }
        return text
    }

    private func noCode(_ name: String) -> BadRequest {
        fields.bad(name, "must be four digits for FLASHCALL.")
    }
}
