import FoundationEssentials
import HTTPTypes
import PosternDialectKit
import PosternModel

/// What an operation is read from: path, query, body and fields.
struct OperationReader {
    let parameters: Parameters
    /// What the path gives, by name; nil where its escapes are malformed.
    let path: [String: String?]
    let request: DialectRequest

    /// The message named.
    func message() throws(BadRequest) -> MessageGUID? {
        try guid("messageGuid", of: "messages") { MessageGUID($0) }
    }

    /// The file named.
    func attachment() throws(BadRequest) -> AttachmentGUID? {
        try guid("attachmentGuid", of: "files") { AttachmentGUID($0) }
    }

    /// The label named.
    func label() throws(BadRequest) -> LabelGUID? {
        try guid("labelGuid", of: "labels") { LabelGUID($0) }
    }

    private func guid<GUID: Equatable>(
        _ name: String, of things: String, _ read: (String) -> GUID?
    ) throws(BadRequest) -> GUID? {
        let inPath: GUID?? = path[name].map { $0.flatMap(read) }
        return try parameters.guid(name, of: things, path: inPath, read)
    }

    /// The chunk's number; 0, which no chunk has, when what is given is none.
    func chunkNumber() throws(BadRequest) -> Int {
        let given = path["chunkNumber"].map { $0.flatMap { Int($0) } ?? 0 }
        let asked = try parameters.integer("chunkNumber").map { Int(clamping: $0) }
        if let given, let asked, given != asked {
            throw parameters.wrongValue("chunkNumber", "chunkNumber names different chunks.")
        }
        return max(0, given ?? asked ?? 0)
    }

    /// The password to read a message with, which comes in a field of its own; an empty one counts as none.
    func messagePassword() throws(BadRequest) -> Secret? {
        let fields = request.head.headerFields
        guard let text = fields.first(.messagePassword), !text.isEmpty else { return nil }
        guard !fields.repeats(.messagePassword), let data = Data(base64Encoded: text),
            let password = String(validating: data, as: UTF8.self)
        else {
            throw BadRequest(
                .argument, "x-sm-password must be UTF-8 in base64.", field: "x-sm-password")
        }
        return password.isEmpty ? nil : Secret(password)
    }

    /// A secret from the body; an absent one is empty, and no secret is.
    func secret(_ name: String) throws(BadRequest) -> Secret {
        Secret(try parameters.text(name) ?? "")
    }
}

// MARK: sessions

extension OperationReader {
    func signIn() throws(BadRequest) -> Operation {
        let username = try parameters.text("username")
        return .signIn(
            SignIn(
                address: username.flatMap { EmailAddress($0) }, password: try secret("password")))
    }

    /// Days beyond the bounds are the corridor's to shorten.
    func mintAuthenticationToken() throws(BadRequest) -> Operation {
        let days = try parameters.integer("authenticationTokenMaxDays") ?? 14
        return .mintAuthenticationToken(days: Int(clamping: days))
    }
}

// MARK: drafts

extension OperationReader {
    func createDraft() throws(BadRequest) -> Operation {
        let password = try parameters.text("password").map { Secret($0) }
        let externalID = try parameters.text("externalMessageId")
        if let externalID, externalID.utf8.count > 255 {
            throw parameters.wrongValue(
                "externalMessageId", "externalMessageId may have 255 bytes at most.")
        }
        let code = try parameters.text("actionCode") ?? ""
        guard
            let action = MessageAction.allCases.first(where: {
                code.equalsIgnoringCase($0.contractName)
            })
        else {
            // 928 is the answer, and it is the corridor's to give once it knows who asks: a new message that names a
            // parent contradicts itself.
            return .createDraft(DraftBeginning(action: .new, parent: .malformed))
        }
        let parent: DraftBeginning.NamedMessage =
            switch try parameters.text("parentGuid") {
            case nil: .absent
            case let text?: MessageGUID(text).map { .named($0) } ?? .malformed
            }
        return .createDraft(
            DraftBeginning(
                action: action, parent: parent, password: password, externalID: externalID))
    }

    func saveDraft() throws(BadRequest) -> Operation {
        let group = try parameters.text("expiryGroup")
        let content = DraftContent(
            to: try parameters.addresses("to"), cc: try parameters.addresses("cc"),
            bcc: try parameters.addresses("bcc"), subject: try parameters.text("subject") ?? "",
            body: try parameters.text("body") ?? "",
            bodyFormat: try parameters.choice("bodyFormat", \.contractName) ?? .text,
            options: try messageOptions(),
            expiry: Expiry(
                date: try parameters.date("expiryDate"),
                group: group.flatMap { $0.equalsIgnoringCase("Always") ? nil : $0 }))
        return .saveDraft(try message(), content)
    }

    private func messageOptions() throws(BadRequest) -> MessageOptions {
        var options = MessageOptions()
        guard let given = try parameters.object("messageOptions") else { return options }
        options.allowForward = try given.truth("allowForward") ?? options.allowForward
        options.allowReply = try given.truth("allowReply") ?? options.allowReply
        options.allowReplyAll = try given.truth("allowReplyAll") ?? options.allowReplyAll
        options.allowTracking = try given.truth("allowTracking") ?? options.allowTracking
        options.shareTracking = try given.truth("shareTracking") ?? options.shareTracking
        options.fyeoType = try given.choice("fyeoType", \.contractName) ?? options.fyeoType
        return options
    }

    func addRecipients() throws(BadRequest) -> Operation {
        guard let externalID = try parameters.text("externalMessageId") else {
            throw parameters.wrongValue("externalMessageId", "externalMessageId is missing.")
        }
        return .addRecipients(
            externalID: externalID, to: try parameters.addresses("additionalTo"),
            cc: try parameters.addresses("additionalCc"),
            bcc: try parameters.addresses("additionalBcc"))
    }

    /// A recall takes this message back and no other, whatever `singleRecall` says: forwards are messages of their own.
    func recall() throws(BadRequest) -> Operation {
        _ = try parameters.truth("singleRecall")
        var recalling = Recalling(
            reason: try parameters.text("recallReason") ?? "",
            withAttachments: try parameters.truth("unshareAttachments") ?? true)
        if parameters.value("recipients") != nil {
            let recipients = try parameters.addresses("recipients")
            guard !recipients.isEmpty else {
                throw parameters.wrongValue("recipients", "recipients names nobody.")
            }
            recalling.recipients = recipients
        }
        return .recall(try message(), recalling)
    }
}

// MARK: labels

extension OperationReader {
    func labelName() throws(BadRequest) -> String {
        guard let name = try parameters.text("name"), (1...255).contains(name.utf8.count),
            name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else {
            throw parameters.wrongValue(
                "name", "name must have 1 to 255 bytes, and no control characters.")
        }
        return name
    }

    func createLabel() throws(BadRequest) -> Operation {
        guard parameters.value("parentLabelGuid") == nil else {
            throw parameters.wrongValue("parentLabelGuid", "Labels have no parents here.")
        }
        return .labels(.createLabel(name: try labelName()))
    }
}
