import PosternModel

extension ReplyObject {
    /// The contract's `MessageSummary`.
    ///
    /// `to`, `cc`, `bcc`, `sender` and `messageOptions` are always there: the vendor's Java client fails without them.
    init(message: MessageView) {
        let isDraft = message.folder == .draft
        let envelope: ReplyObject = [
            "Guid": .guid(message.guid), "ParentGuid": .guid(message.parent),
            "Date": .date(message.date), "Subject": .text(message.subject),
            "Status": .text(message.status), "Action": .text(message.action.contractName),
            "Method": "Secure", "Sender": .object(ReplyObject(user: message.sender)),
            "To": .people(message.to, unnamed: isDraft),
            "Cc": .people(message.cc, unnamed: isDraft),
            "Bcc": .people(message.bcc, unnamed: isDraft),
            "BodyFormat": .text(message.bodyFormat.contractName),
            "MessageOptions": .object(ReplyObject(options: message.options)),
        ]
        let rest: ReplyObject = [
            "Attachments": .list(
                of: "AttachmentSummary",
                message.attachments.map {
                    .object(ReplyObject(attachment: $0, of: message.options))
                }),
            "Labels": .list(of: "Label", message.labels.map { .object(ReplyObject(label: $0)) }),
            "Extensions": .list(of: "Extension", []),
            "ExpiryDate": .date(message.expiresAt ?? message.expiry.date),
            "ExpiryGroup": .text(message.expiry.group ?? "Always"),
            "RecallDate": .date(message.recall?.at),
            "RecallReason": .optional(message.recall?.reason),
            "Retrieved": .truth(message.retrieved),
            "TrackingSummary": message.tracking.map { .object(ReplyObject(tracking: $0)) }
                ?? .absent,
            "ConversationGuid": .guid(message.conversation), "SenderIpAddress": "",
            "Shares": .list(of: "Share", []), "HasAccess": true,
        ]
        self = envelope.adding(rest)
    }

    /// The contract's `User`.
    ///
    /// - Parameters:
    ///   - person: Who.
    ///   - unnamed: Leave the GUID out, as drafts do with the people they are addressed to.
    init(user person: Person, unnamed: Bool = false) {
        self = [
            "Guid": .guid(unnamed ? nil : person.account?.guid),
            "Email": .text(person.address.description), "FirstName": .text(person.firstName),
            "LastName": .text(person.lastName),
        ]
    }

    private init(options: MessageOptions) {
        self = [
            "AllowForward": .truth(options.allowForward), "AllowReply": .truth(options.allowReply),
            "AllowReplyAll": .truth(options.allowReplyAll),
            "AllowTracking": .truth(options.allowTracking),
            "FYEOType": .text(options.fyeoType.contractName),
            "ShareTracking": .truth(options.shareTracking),
        ]
    }

    /// Reading is one event here; the contract tells fetching from reviewing, and both get its number.
    private init(tracking: TrackingSummary) {
        func total(_ kind: TrackingEvent.Kind) -> ReplyValue {
            .number(Int64(tracking.counts[kind] ?? 0))
        }
        self = [
            "TotalRecipients": .number(Int64(tracking.recipients)),
            "TotalRetrieved": total(.retrieved), "TotalReviewed": total(.retrieved),
            "TotalReplied": total(.replied), "TotalForwarded": total(.forwarded),
            "TotalPrinted": 0, "TotalDeleted": total(.deleted),
        ]
    }

    /// The contract's `Label`.
    init(label: Label) {
        self = [
            "LabelGuid": .guid(label.guid), "Created": .date(label.createdAt), "AllowDelete": true,
            "AllowRename": true, "AllowAssetAdd": true, "AllowAssetRemove": true,
            "AllowAssetShare": false, "Name": .text(label.name),
        ]
    }

    /// The contract's `TrackingDetail`.
    init(event: TrackingEvent) {
        self = [
            "OwnerUserGuid": .text(event.owner.requiredGUID),
            "OwnerUserEmail": .text(event.owner.address.description),
            "ActorUserGuid": .text(event.actor.requiredGUID),
            "ActorUserEmail": .text(event.actor.address.description),
            "MessageGuid": .guid(event.message), "AttachmentGuid": .guid(event.attachment),
            "TrackingType": .text(event.kind.contractName), "Date": .date(event.at),
        ]
    }

    /// One page of a list, as all of the contract's searches answer.
    init<Item>(page: Page<Item>, of type: String, _ item: (Item) -> ReplyObject) {
        self = [
            "PageSize": .number(Int64(page.size)), "TotalPages": .number(Int64(page.count)),
            "TotalItems": .number(Int64(page.total)), "CurrentPage": .number(Int64(page.number)),
            "Results": .list(of: type, page.items.map { .object(item($0)) }),
        ]
    }
}

extension ReplyValue {
    fileprivate static func people(_ people: [Person], unnamed: Bool) -> ReplyValue {
        .list(of: "User", people.map { .object(ReplyObject(user: $0, unnamed: unnamed)) })
    }
}

extension Person {
    /// What precedes the last space of the name: contracts ask for two names, and people have one.
    var firstName: String {
        name.lastIndex(of: " ").map { String(name[..<$0]) } ?? name
    }

    /// What follows the last space of the name; empty without one.
    var lastName: String {
        name.lastIndex(of: " ").map { String(name[name.index(after: $0)...]) } ?? ""
    }

    /// The GUID where the contract cannot do without: zeros stand for somebody who has no account.
    fileprivate var requiredGUID: String { account?.guid ?? String(repeating: "0", count: 32) }
}

extension MessageView {
    /// The contract has a text here and no list of what it can be; see `Divergences.md`.
    fileprivate var status: String {
        if recall != nil { return "Recalled" }
        return switch folder {
        case .draft: "Draft"
        case .sent: "Sent"
        case .trash: "Trash"
        case .inbox: retrieved ? "Read" : "Unread"
        }
    }
}
