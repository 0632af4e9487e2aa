import PosternDialectKit
import PosternModel

/// What this API says of a group and no other does: kept in the list's annex, and without effect.
struct GroupExtras: Equatable {
    /// The longest keyword, in characters.
    static let longestSlug = 200

    /// The keyword.
    var slug: String?
    /// Texting the keyword would put the sender on the group.
    var textToSubscribe = false

    init(slug: String?, textToSubscribe: Bool) {
        self.slug = slug
        self.textToSubscribe = textToSubscribe
    }

    /// Reads an annex; another dialect's, or one that cannot be read, says nothing.
    init(_ annex: Annex?) {
        let object = annex?.members
        if case .string(let slug)? = object?["slug"] { self.slug = slug }
        textToSubscribe = object?["text_to_subscribe"] == .boolean(true)
    }

    /// The annex; nil where there is nothing to keep.
    var annex: Annex? {
        guard slug != nil || textToSubscribe else { return nil }
        var json = JSONWriter()
        json.object {
            $0.member("slug", ifPresent: slug)
            $0.member("text_to_subscribe", textToSubscribe)
        }
        return Annex(dialect: Annex.sendHub, bytes: json.bytes)
    }
}

extension ContactListContent {
    /// Replaces what this API says of a group; what another dialect keeps with it stays.
    mutating func replace(with content: ContactListContent) {
        name = content.name
        if annex == nil || annex?.dialect == Annex.sendHub { annex = content.annex }
    }
}

extension Annex {
    /// The name this dialect's annexes carry.
    static let sendHub = "sendhub"

    /// Keeps the time a message was scheduled for, which nobody else remembers once it is out.
    init(scheduledAt instant: Instant) {
        var json = JSONWriter()
        json.object { $0.member("scheduled_at", instant.rfc3339) }
        self.init(dialect: Self.sendHub, bytes: json.bytes)
    }

    /// The time a message was scheduled for.
    var scheduledAt: Instant? {
        guard case .string(let text)? = members?["scheduled_at"] else { return nil }
        return Instant(clientText: text)
    }

    /// The members of an annex of this dialect.
    fileprivate var members: JSONObject? {
        guard dialect == Self.sendHub, bytes.count <= Self.largest,
            case .object(let object)? = try? JSONValue(strict: bytes)
        else { return nil }
        return object
    }
}
