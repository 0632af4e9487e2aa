import PosternModel

/// A value written for a group.
struct Setting<Value: Sendable>: Sendable {
    var value: Value
    var place: Place
    var group: String
}

extension Setting {
    /// What stands in a group's own text; nil where nothing does.
    init?(_ located: Located<Value>?, of group: String) {
        guard let located else { return nil }
        self.init(value: located.value, place: located.place, group: group)
    }
}

/// A group as it is written: what it does not say, it inherits.
struct GroupText {
    let name: Located<String>
    let inherits: Located<String>?
    var dailyMessages: Setting<Int>?
    var dailyInvites: Setting<Int>?
    var recipientLimit: Setting<Int>?
    var fyeo: Setting<Bool>?
    var confidential: Setting<Bool>?
    var reply: Setting<Bool>?
    var replyAll: Setting<Bool>?
    var forward: Setting<Bool>?
    var mayWriteTo: Setting<ReachText>?
    var phones: OutsiderText<PhonePrefix>
    var cells: OutsiderText<UnitURL>
    var expiryAllowed: Setting<Bool>?
    var expiryMinimum: Setting<Duration?>?
    var expiryMaximum: Setting<Duration?>?
    var expiryDefault: Setting<Duration?>?
    var invitingAllowed: Setting<Bool>?
    var invitingDomains: Setting<[Located<String>]>?
    var invitingDenied: Setting<[Located<String>]>?
    var challengeRequired: Setting<Bool>?
    var challengeExemptDomains: Setting<[Located<String>]>?
    var challengeExemptAddresses: Setting<[Located<String>]>?
    var keywordLists: Setting<ListsText>?
    var recall: Setting<Bool>?
    var retention: Setting<Duration?>?
    var attachments: AttachmentText
    /// What is written but cannot be read: it has its fault already, and is not missing.
    private(set) var unreadable: Set<String> = []

    /// Whom a group may write to, as written.
    enum ReachText {
        case anyone
        case some(contacts: Bool, groups: [Located<String>])
    }

    /// Which keyword lists apply, as written.
    enum ListsText {
        case all
        case some([Located<String>])
    }

    static let keys = [
        "inherits", "dailyMessages", "dailyInvites", "recipientLimit", "fyeo", "confidential",
        "reply", "replyAll", "forward", "recall", "mayWriteTo", "phones", "cells",
        "expiry", "retention", "attachments", "inviting", "challenge", "keywordLists",
    ]

    /// Reads what is written, leaving references to other groups and lists to be resolved.
    init(_ fields: Fields, name: Located<String>, faults: FaultList) {
        func setting<Value>(_ located: Located<Value>?) -> Setting<Value>? {
            Setting(located, of: name.value)
        }
        self.name = name
        inherits = fields.text("inherits")
        dailyMessages = setting(fields.number("dailyMessages", 0...1_000_000))
        dailyInvites = setting(fields.number("dailyInvites", 0...1_000_000))
        recipientLimit = setting(fields.number("recipientLimit", 1...100_000))
        fyeo = setting(fields.flag("fyeo"))
        confidential = setting(fields.flag("confidential"))
        reply = setting(fields.flag("reply"))
        replyAll = setting(fields.flag("replyAll"))
        forward = setting(fields.flag("forward"))
        mayWriteTo = setting(Self.reach(fields))
        phones = OutsiderText(fields, name: name.value, faults: faults)
        cells = OutsiderText(fields, name: name.value, faults: faults)
        keywordLists = setting(Self.lists(fields))
        recall = setting(fields.flag("recall"))
        retention = setting(fields.period("retention", or: "forever"))
        attachments = AttachmentText(fields, name: name.value, faults: faults)
        let plain = [
            ("dailyMessages", dailyMessages == nil), ("dailyInvites", dailyInvites == nil),
            ("recipientLimit", recipientLimit == nil), ("fyeo", fyeo == nil),
            ("confidential", confidential == nil), ("reply", reply == nil),
            ("replyAll", replyAll == nil), ("forward", forward == nil),
            ("mayWriteTo", mayWriteTo == nil), ("keywordLists", keywordLists == nil),
        ]
        for (key, isUnread) in plain where isUnread && fields.has(key) { unreadable.insert(key) }
        /// Notes a flag inside a mapping.
        func note(_ key: String, in inner: Fields?, of outer: String, isUnread: Bool) {
            if isUnread, inner?.has(key) ?? fields.has(outer) {
                unreadable.insert("\(outer).\(key)")
            }
        }
        let expiry = fields.fields(
            "expiry", "`expiry`", known: ["allowed", "minimum", "maximum", "default"])
        if let expiry {
            expiryAllowed = setting(expiry.flag("allowed"))
            expiryMinimum = setting(expiry.duration("minimum"))
            expiryMaximum = setting(expiry.duration("maximum", or: "never"))
            expiryDefault = setting(expiry.duration("default", or: "never"))
        }
        note("allowed", in: expiry, of: "expiry", isUnread: expiryAllowed == nil)
        let inviting = fields.fields(
            "inviting", "`inviting`", known: ["allowed", "domains", "deniedDomains"])
        if let inviting {
            invitingAllowed = setting(inviting.flag("allowed"))
            invitingDomains = setting(inviting.domains("domains"))
            invitingDenied = setting(inviting.domains("deniedDomains"))
        }
        note("allowed", in: inviting, of: "inviting", isUnread: invitingAllowed == nil)
        let challenge = fields.fields(
            "challenge", "`challenge`", known: ["required", "exemptDomains", "exemptAddresses"])
        if let challenge {
            challengeRequired = setting(challenge.flag("required"))
            challengeExemptDomains = setting(challenge.domains("exemptDomains"))
            challengeExemptAddresses = setting(challenge.addresses("exemptAddresses"))
        }
        note("required", in: challenge, of: "challenge", isUnread: challengeRequired == nil)
    }

    /// Takes over whatever this group does not say itself.
    mutating func inherit(from parent: GroupText) {
        unreadable.formUnion(parent.unreadable)
        dailyMessages = dailyMessages ?? parent.dailyMessages
        dailyInvites = dailyInvites ?? parent.dailyInvites
        recipientLimit = recipientLimit ?? parent.recipientLimit
        fyeo = fyeo ?? parent.fyeo
        confidential = confidential ?? parent.confidential
        reply = reply ?? parent.reply
        replyAll = replyAll ?? parent.replyAll
        forward = forward ?? parent.forward
        mayWriteTo = mayWriteTo ?? parent.mayWriteTo
        phones.inherit(from: parent.phones)
        cells.inherit(from: parent.cells)
        expiryAllowed = expiryAllowed ?? parent.expiryAllowed
        expiryMinimum = expiryMinimum ?? parent.expiryMinimum
        expiryMaximum = expiryMaximum ?? parent.expiryMaximum
        expiryDefault = expiryDefault ?? parent.expiryDefault
        invitingAllowed = invitingAllowed ?? parent.invitingAllowed
        invitingDomains = invitingDomains ?? parent.invitingDomains
        invitingDenied = invitingDenied ?? parent.invitingDenied
        challengeRequired = challengeRequired ?? parent.challengeRequired
        challengeExemptDomains = challengeExemptDomains ?? parent.challengeExemptDomains
        challengeExemptAddresses = challengeExemptAddresses ?? parent.challengeExemptAddresses
        keywordLists = keywordLists ?? parent.keywordLists
        recall = recall ?? parent.recall
        retention = retention ?? parent.retention
        attachments.inherit(from: parent.attachments)
    }

    private static func reach(_ fields: Fields) -> Located<ReachText>? {
        guard fields.has("mayWriteTo") else { return nil }
        if fields.isScalar("mayWriteTo") {
            guard let text = fields.text("mayWriteTo") else { return nil }
            if text.value == "anyone" { return Located(value: .anyone, place: text.place) }
            fields.fault(
                "mayWriteTo",
                "`mayWriteTo` must be `anyone`, or a mapping with `contacts` and `groups`, not `\(Quote.text(text.value))`.",
                suggestion: Spelling.nearest(to: text.value, among: ["anyone"]))
            return nil
        }
        guard
            let inner = fields.fields(
                "mayWriteTo", "`mayWriteTo`", known: ["contacts", "groups"])
        else { return nil }
        let contacts = inner.flag("contacts")?.value ?? false
        let groups = inner.words("groups")?.value ?? []
        if !contacts, groups.isEmpty {
            fields.fault(
                "mayWriteTo", "`mayWriteTo` leaves nobody to write to: name `contacts` or `groups`."
            )
            return nil
        }
        return Located(value: .some(contacts: contacts, groups: groups), place: inner.place)
    }

    private static func lists(_ fields: Fields) -> Located<ListsText>? {
        guard fields.has("keywordLists") else { return nil }
        if fields.isScalar("keywordLists") {
            guard let text = fields.text("keywordLists") else { return nil }
            if text.value == "all" { return Located(value: .all, place: text.place) }
            fields.fault(
                "keywordLists",
                "`keywordLists` must be `all` or a list of names, not `\(Quote.text(text.value))`.",
                suggestion: Spelling.nearest(to: text.value, among: ["all"]))
            return nil
        }
        return fields.words("keywordLists")
            .map { Located(value: .some($0.value), place: $0.place) }
    }
}
