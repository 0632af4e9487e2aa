import PosternCredentials
import PosternModel
import Yams

/// Walks the nodes of a load file and collects what it finds wrong.
struct LoadReader {
    var plan = LoadPlan()
    var faults: [LoadFileFault] = []
    var addresses: Set<EmailAddress> = []
    var guids: Set<MessageGUID> = []
    var handles: Set<Handle> = []
    var dispatches: Set<DispatchID> = []
    /// The ways that messages of dispatches may go; empty for any.
    var channels: [String] = []

    mutating func file(_ root: Node) {
        guard
            let fields = fields(
                root, "the file", ["version", "accounts", "messages", "dispatches"])
        else {
            return
        }
        if let version = fields["version"], version.int != 1 {
            fault(version, "`version` must be 1.")
        }
        for node in items(fields["accounts"], "accounts") { account(node) }
        for node in items(fields["messages"], "messages") { message(node) }
        for node in items(fields["dispatches"], "dispatches") { dispatch(node) }
    }

    private mutating func account(_ node: Node) {
        guard
            let fields = fields(
                node, "an account",
                [
                    "address", "name", "group", "status", "password", "passwordHash", "contacts",
                    "tokens", "challengePassed", "used", "attempts", "handle", "addressBook",
                    "lists",
                ])
        else { return }
        let address = required(fields, "address", node, "an account").flatMap { self.address($0) }
        let group = required(fields, "group", node, "an account").flatMap { self.text($0, "group") }
        guard let address, let group else { return }
        if !addresses.insert(address).inserted {
            fault(fields["address"] ?? node, "The account `\(address)` stands twice in this file.")
        }
        var account = LoadPlan.Account(address: address, group: group)
        if let node = fields["name"] { account.name = text(node, "name") ?? "" }
        if let node = fields["status"] { account.status = word(node, "status", or: .active) }
        account.password = password(fields)
        account.contacts = items(fields["contacts"], "contacts").compactMap { self.address($0) }
        account.tokens = items(fields["tokens"], "tokens").compactMap { self.token($0) }
        account.challengePassed = flag(fields["challengePassed"], "challengePassed") ?? false
        if let node = fields["used"] { account.used = used(node) }
        if let node = fields["attempts"] { account.attempts = count(node, "attempts") }
        account.handle = fields["handle"].flatMap { self.handle($0) }
        account.addressBook = addressBook(fields["addressBook"])
        account.lists = lists(fields["lists"], of: account)
        plan.accounts.append(account)
    }

    private mutating func token(_ node: Node) -> LoadPlan.Token? {
        guard
            let fields = fields(
                node, "a token",
                ["token", "digest", "revoked", "idleMinutes", "lasting", "readingOnly"])
        else { return nil }
        var digest: TokenDigest?
        switch (fields["token"], fields["digest"]) {
        case (let token?, nil):
            if let text = text(token, "token") { digest = TokenDigest(of: Secret(text)) }
        case (nil, let node?):
            digest = text(node, "digest").flatMap { Hexadecimal.decode($0) }
                .flatMap { TokenDigest(bytes: $0) }
            if digest == nil { fault(node, "`digest` must be 64 hexadecimal digits.") }
        default: fault(node, "A token needs either `token` or `digest`.")
        }
        let revoked = flag(fields["revoked"], "revoked") ?? false
        let idle = fields["idleMinutes"].flatMap { self.count($0, "idleMinutes") } ?? 0
        let lasting = flag(fields["lasting"], "lasting") ?? false
        let readingOnly = flag(fields["readingOnly"], "readingOnly") ?? false
        return digest.map {
            LoadPlan.Token(
                digest: $0, revoked: revoked, idle: .seconds(idle) * 60, lasting: lasting,
                readingOnly: readingOnly)
        }
    }

    private mutating func used(_ node: Node) -> [String: (messages: Int, invites: Int)] {
        guard let mapping = node.mapping else {
            fault(node, "`used` must give days, as `2026-03-10: {messages: 3, invites: 1}`.")
            return [:]
        }
        var days: [String: (messages: Int, invites: Int)] = [:]
        for (key, value) in mapping {
            guard let day = key.string, isDay(day) else {
                fault(key, "A day must be written `yyyy-MM-dd`.")
                continue
            }
            guard let fields = fields(value, "a day", ["messages", "invites"]) else { continue }
            days[day] = (
                fields["messages"].flatMap { self.count($0, "messages") } ?? 0,
                fields["invites"].flatMap { self.count($0, "invites") } ?? 0
            )
        }
        return days
    }

    private func isDay(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.count) == [4, 2, 2]
            && parts.allSatisfy { $0.utf8.allSatisfy { (48...57).contains($0) } }
    }

    private mutating func message(_ node: Node) {
        guard
            let fields = fields(
                node, "a message",
                [
                    "guid", "owner", "action", "parent", "to", "cc", "bcc", "subject", "body",
                    "format", "options", "expiryDate", "expiryGroup", "attachments", "recalled",
                    "sent", "password", "passwordHash", "attempts", "revision",
                ])
        else { return }
        let guid = required(fields, "guid", node, "a message").flatMap { self.guid($0) }
        let owner = required(fields, "owner", node, "a message").flatMap { self.address($0) }
        guard let guid, let owner else { return }
        if !guids.insert(guid).inserted {
            fault(fields["guid"] ?? node, "The message `\(guid)` stands twice in this file.")
        }
        var draft = Draft(guid: guid, owner: AccountID(rawValue: 0))
        if let node = fields["action"] { draft.action = word(node, "action", or: .new) }
        draft.parent = fields["parent"].flatMap { self.guid($0) }
        if draft.action == .new, let parent = fields["parent"] {
            fault(parent, "A new message has no `parent`.")
        } else if draft.action != .new, fields["parent"] == nil {
            fault(node, "An answer needs a `parent`.")
        }
        draft.to = items(fields["to"], "to").compactMap { self.address($0) }
        draft.cc = items(fields["cc"], "cc").compactMap { self.address($0) }
        draft.bcc = items(fields["bcc"], "bcc").compactMap { self.address($0) }
        if let node = fields["subject"] { draft.subject = text(node, "subject") ?? "" }
        if let node = fields["body"] { draft.body = text(node, "body") ?? "" }
        if let node = fields["format"] { draft.bodyFormat = word(node, "format", or: .text) }
        if let node = fields["options"] { options(node, &draft.options) }
        draft.expiry.date = fields["expiryDate"].flatMap { self.instant($0, "expiryDate") }
        draft.expiry.group = fields["expiryGroup"].flatMap { self.text($0, "expiryGroup") }
        if let node = fields["revision"] { draft.revision = Int64(count(node, "revision") ?? 1) }
        var message = LoadPlan.Message(draft: draft, owner: owner)
        for node in items(fields["attachments"], "attachments") { attachment(node, &message) }
        message.recalled = flag(fields["recalled"], "recalled") ?? false
        message.sent = flag(fields["sent"], "sent") ?? false
        message.password = password(fields)
        message.attempts = fields["attempts"].flatMap { self.count($0, "attempts") }
        plan.messages.append(message)
    }

    private mutating func attachment(_ node: Node, _ message: inout LoadPlan.Message) {
        guard let fields = fields(node, "an attachment", ["name", "size"]),
            let name = required(fields, "name", node, "an attachment").flatMap({
                self.text($0, "name")
            })
        else { return }
        message.draft.attachmentNames.append(name)
        message.attachmentSizes.append(
            Int64(fields["size"].flatMap { self.count($0, "size") } ?? 0))
    }

    private mutating func options(_ node: Node, _ options: inout MessageOptions) {
        guard
            let fields = fields(
                node, "the options",
                [
                    "allowForward", "allowReply", "allowReplyAll", "allowTracking", "shareTracking",
                    "fyeoType",
                ])
        else { return }
        let flags: [(String, WritableKeyPath<MessageOptions, Bool>)] = [
            ("allowForward", \.allowForward), ("allowReply", \.allowReply),
            ("allowReplyAll", \.allowReplyAll), ("allowTracking", \.allowTracking),
            ("shareTracking", \.shareTracking),
        ]
        for (key, path) in flags {
            if let value = flag(fields[key], key) { options[keyPath: path] = value }
        }
        if let node = fields["fyeoType"] {
            options.fyeoType = word(node, "fyeoType", or: .disabled)
        }
    }
}
