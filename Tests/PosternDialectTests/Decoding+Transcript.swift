import HTTPTypes
import PosternDialectKit
import PosternModel

extension Decoding {
    /// The decoding as a transcript writes it; secrets are shown, since these are made up.
    var transcript: String {
        switch self {
        case .notMine: "not mine"
        case .methodNotAllowed(let methods):
            "method not allowed: \(methods.map(\.rawValue).joined(separator: ", "))"
        case .answer: "answered at once"
        case .send(let intent, _):
            """
            token: \(intent.credential?.token.shown ?? "none")
            draft: \(intent.draft?.description ?? "none")
            password: \(intent.password?.shown ?? "none")
            inviteNewUsers: \(intent.inviteNewUsers)
            sendEmailNotification: \(intent.sendEmailNotification)
            craCode: \(intent.challengeCode?.shown ?? "none")
            notificationFormats: \(intent.notificationFormats.map(\.rawValue).sorted().joined(separator: ", "))
            dryRun: \(intent.dryRun)
            """
        case .operate(let request, _):
            (["token: \(request.credential?.token.shown ?? "none")"] + request.operation.transcript)
                .joined(separator: "\n")
        }
    }
}

extension Operation {
    /// The operation as a transcript writes it: its name, then what belongs to it.
    fileprivate var transcript: [String] {
        ["operation: \(name)"] + parts.map { "\($0.0): \($0.1)" }
    }

    private var parts: [(String, String)] {
        switch self {
        case .signIn(let signIn):
            [
                ("address", signIn.address?.description ?? "none"),
                ("password", signIn.password.shown),
            ]
        case .signInByToken(let token), .revokeAuthenticationToken(let token):
            [("authenticationToken", token.shown)]
        case .mintAuthenticationToken(let days): [("days", "\(days)")]
        case .signOut, .revokeAuthenticationTokens, .describeUser, .describeQuotas,
            .describeRights, .listLabels:
            []
        case .createDraft(let beginning):
            [
                ("action", beginning.action.rawValue), ("parent", "\(beginning.parent)"),
                ("password", beginning.password?.shown ?? "none"),
                ("externalID", beginning.externalID ?? "none"),
            ]
        case .saveDraft(let guid, let content):
            [("message", guid.shown)] + content.parts
        case .addRecipients(let id, let to, let cc, let bcc):
            [("externalID", id), ("to", to.shown), ("cc", cc.shown), ("bcc", bcc.shown)]
        case .reserveAttachments(let guid, let plans):
            [("message", guid.shown)]
                + plans.map { ("file", "`\($0.name)` of \($0.size) bytes") }
        case .storeChunk(let guid, let number, let bytes):
            [
                ("attachment", guid.shown), ("chunk", "\(number)"),
                ("bytes", "`\(String(decoding: bytes, as: UTF8.self))`"),
            ]
        case .describeUploads(let guids): guids.map { ("attachment", $0.shown) }
        case .removeAttachment(let message, let attachment):
            [("message", message.shown), ("attachment", attachment.shown)]
        case .linkAttachment(let message, let attachment, let password):
            [
                ("message", message.shown), ("attachment", attachment.shown),
                ("password", password?.shown ?? "none"),
            ]
        case .describeAttachment(let guid): [("attachment", guid.shown)]
        case .download(let guid, let chunk, let password):
            [
                ("attachment", guid.shown), ("chunk", chunk.map { "\($0)" } ?? "none"),
                ("password", password?.shown ?? "none"),
            ]
        case .readMessage(let guid, let withBody, let password):
            [
                ("message", guid.shown), ("withBody", "\(withBody)"),
                ("password", password?.shown ?? "none"),
            ]
        case .search(let search):
            [
                ("page", "\(search.page) of \(search.pageSize)"),
                ("folders", search.folders.map(\.rawValue).sorted().joined(separator: ", ")),
                ("text", "`\(search.text)`"), ("messages", search.messages.shown),
                ("senders", search.senders.map { "\($0.rawValue)" }.joined(separator: ", ")),
                ("recipients", search.recipients.map { "\($0.rawValue)" }.joined(separator: ", ")),
                ("labels", search.labels.shown), ("oldestFirst", "\(search.oldestFirst)"),
            ]
        case .searchTracking(let search):
            [
                ("page", "\(search.page) of \(search.pageSize)"),
                ("messages", search.messages.shown),
                ("kinds", search.kinds.map(\.rawValue).sorted().joined(separator: ", ")),
                ("after", search.after?.rfc3339 ?? "none"),
                ("before", search.before?.rfc3339 ?? "none"),
            ]
        case .deleteMessage(let guid): [("message", guid.shown)]
        case .recall(let guid, let recalling):
            [
                ("message", guid.shown), ("reason", "`\(recalling.reason)`"),
                ("recipients", recalling.recipients?.shown ?? "all"),
                ("withAttachments", "\(recalling.withAttachments)"),
            ]
        case .createLabel(let name): [("name", "`\(name)`")]
        case .renameLabel(let guid, let name): [("label", guid.shown), ("name", "`\(name)`")]
        case .deleteLabel(let guid): [("label", guid.shown)]
        case .addLabel(let label, let message), .removeLabel(let label, let message):
            [("label", label.shown), ("message", message.shown)]
        }
    }
}

extension DraftContent {
    fileprivate var parts: [(String, String)] {
        let switches: [(String, Bool)] = [
            ("forward", options.allowForward), ("reply", options.allowReply),
            ("replyAll", options.allowReplyAll), ("tracking", options.allowTracking),
            ("shareTracking", options.shareTracking),
        ]
        let allowed = switches.filter(\.1).map(\.0).joined(separator: ", ")
        return [
            ("to", to.shown), ("cc", cc.shown), ("bcc", bcc.shown), ("subject", "`\(subject)`"),
            ("body", "`\(body)` as \(bodyFormat.rawValue)"), ("allowed", allowed),
            ("fyeo", options.fyeoType.rawValue),
            ("expiry", "\(expiry.date?.rfc3339 ?? "none"), group \(expiry.group ?? "none")"),
        ]
    }
}

extension Secret {
    fileprivate var shown: String { withExposed { "`\($0)`" } }
}

extension Optional where Wrapped: CustomStringConvertible {
    fileprivate var shown: String { map(\.description) ?? "none" }
}

extension Array where Element: CustomStringConvertible {
    fileprivate var shown: String { map(\.description).joined(separator: ", ") }
}
