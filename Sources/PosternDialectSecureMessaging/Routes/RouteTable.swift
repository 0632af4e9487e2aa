import HTTPTypes
import PosternDialectKit
import PosternModel

/// Every operation but SendMessage, which ``Route`` knows by itself.
///
/// Each is reached under `/api/v1` and `/api`, where the original has some under one of them only, and by its name under
/// `[/api]/{json,xml,…}/reply`.
enum RouteTable {
    private static let sessions: [RouteEntry] = [
        RouteEntry("Ping", .get, "public/ping", .answer { _, _ in .ping }),
        RouteEntry(
            "PublicGetService", .get, "public/services/single",
            .answer { reader, service throws(BadRequest) in
                guard let code = try reader.parameters.text("serviceCode"),
                    code.equalsIgnoringCase(service.code)
                else { throw BadRequest(.notFound, "There is no such service here.") }
                return ReplyObject(discovered: service)
            }),
        RouteEntry(
            "GetServicePublicSettings", .get, "public/service/settings",
            .answer { ReplyObject(publicSettingsOf: $1) }),
        RouteEntry(
            "Login", .post, "login",
            .operation { reader throws(BadRequest) in try reader.signIn() }),
        RouteEntry(
            "Authenticate", .post, "authenticate",
            .operation { reader throws(BadRequest) in
                .signInByToken(try reader.secret("authenticationToken"))
            }),
        RouteEntry("Logout", .post, "logout", .operation { _ in .signOut }),
        RouteEntry(
            "GetNewAuthenticationToken", .get, "user/authenticationtoken",
            .operation { reader throws(BadRequest) in try reader.mintAuthenticationToken() }),
        RouteEntry(
            "ExpireAuthenticationToken", .delete, "user/authenticationtoken",
            .operation { reader throws(BadRequest) in
                .revokeAuthenticationToken(try reader.secret("authenticationToken"))
            }),
        RouteEntry(
            "ExpireAuthenticationTokens", .delete, "user/authenticationtokens",
            .operation { _ in .revokeAuthenticationTokens }),
        RouteEntry("GetUserSettings", .get, "user/settings", .operation { _ in .describeUser }),
        RouteEntry("GetUserQuotas", .get, "user/quotas", .operation { _ in .describeQuotas }),
        RouteEntry(
            "GetServiceSettings", .get, "service/settings", .operation { _ in .describeRights }),
    ]

    private static let messages: [RouteEntry] = [
        RouteEntry(
            "PreCreateMessage", .post, "messages",
            .operation { reader throws(BadRequest) in try reader.createDraft() }),
        RouteEntry(
            "SaveMessage", .put, "messages/{messageGuid}/save", bodyLimit: 1 << 20,
            .operation { reader throws(BadRequest) in try reader.saveDraft() }),
        RouteEntry(
            "SaveMessageExt", .put, "messages/saveext",
            .operation { reader throws(BadRequest) in try reader.addRecipients() }),
        RouteEntry(
            "SearchMessages", .get, "messages/search", response: "SearchMessagesPagedResponse",
            .operation { reader throws(BadRequest) in try reader.search() }),
        RouteEntry(
            "GetMessage", .get, "messages/{messageGuid}",
            .operation { reader throws(BadRequest) in
                .readMessage(
                    try reader.message(),
                    withBody: try reader.parameters.truth("retrieveBody") ?? true,
                    password: try reader.messagePassword())
            }),
        // DIVERGENCE: the original has a switch for it and no route; see `Divergences.md`.
        RouteEntry(
            "DeleteMessage", .delete, "messages/{messageGuid}",
            .operation { reader throws(BadRequest) in .deleteMessage(try reader.message()) }),
        RouteEntry(
            "RecallMessage", .post, "messages/{messageGuid}/recall",
            .operation { reader throws(BadRequest) in try reader.recall() }),
        RouteEntry(
            "SearchMessageTracking", .get, "tracking/message/search",
            response: "SearchTrackingPagedResponse",
            .operation { reader throws(BadRequest) in try reader.searchTracking() }),
    ]

    private static let attachments: [RouteEntry] = [
        RouteEntry(
            "PreCreateAttachments", .post, "attachments/precreate",
            .operation { reader throws(BadRequest) in try reader.reserveAttachments() }),
        RouteEntry(
            "UploadAttachmentChunk", .post, "attachments/{attachmentGuid}/chunk/{chunkNumber}",
            content: .chunk, bodyLimit: (512 + 16) << 10,
            .operation { reader throws(BadRequest) in try reader.storeChunk() }),
        RouteEntry(
            "DownloadAttachmentChunk", .get, "attachments/{attachmentGuid}/chunk/{chunkNumber}",
            .operation { reader throws(BadRequest) in
                .download(
                    try reader.attachment(), chunk: try reader.chunkNumber(),
                    password: try reader.messagePassword())
            }),
        RouteEntry(
            "GetAttachmentsUploadProgress", .get, "attachments/progress",
            .operation { reader throws(BadRequest) in try reader.describeUploads() }),
        RouteEntry(
            "DownloadAttachment", .get, "attachments/{attachmentGuid}",
            .operation { reader throws(BadRequest) in
                .download(
                    try reader.attachment(), chunk: nil, password: try reader.messagePassword())
            }),
        RouteEntry(
            "GetAttachment", .get, "attachments/{attachmentGuid}/details",
            .operation { reader throws(BadRequest) in
                .describeAttachment(try reader.attachment())
            }),
        RouteEntry(
            "RemoveAttachment", .delete, "messages/{messageGuid}/attachments/{attachmentGuid}",
            .operation { reader throws(BadRequest) in
                .removeAttachment(try reader.message(), try reader.attachment())
            }),
        RouteEntry(
            "LinkAttachment", .put, "messages/{messageGuid}/attachments/{attachmentGuid}/link",
            .operation { reader throws(BadRequest) in
                .linkAttachment(
                    try reader.message(), try reader.attachment(),
                    password: try reader.messagePassword())
            }),
        RouteEntry(
            "UnLinkAttachment", .put,
            "messages/{messageGuid}/attachments/{attachmentGuid}/unlink",
            .operation { reader throws(BadRequest) in
                .removeAttachment(try reader.message(), try reader.attachment())
            }),
    ]

    private static let labels: [RouteEntry] = [
        RouteEntry(
            "CreateLabel", .post, "labels",
            .operation { reader throws(BadRequest) in try reader.createLabel() }),
        RouteEntry("GetLabels", .get, "labels", .operation { _ in .labels(.listLabels) }),
        RouteEntry(
            "UpdateLabel", .put, "labels/{labelGuid}",
            .operation { reader throws(BadRequest) in
                .labels(.renameLabel(try reader.label(), name: try reader.labelName()))
            }),
        RouteEntry(
            "DeleteLabel", .delete, "labels/{labelGuid}",
            .operation { reader throws(BadRequest) in .labels(.deleteLabel(try reader.label())) }),
        RouteEntry(
            "AddMessageLabel", .post, "labels/{labelGuid}/messages/{messageGuid}",
            .operation { reader throws(BadRequest) in
                .labels(.addLabel(try reader.label(), try reader.message()))
            }),
        RouteEntry(
            "RemoveMessageLabel", .delete, "labels/{labelGuid}/messages/{messageGuid}",
            .operation { reader throws(BadRequest) in
                .labels(.removeLabel(try reader.label(), try reader.message()))
            }),
    ]

    /// All rows, by subject.
    static let entries = sessions + messages + attachments + labels

    private static let byName = Dictionary(
        uniqueKeysWithValues: entries.map { ($0.name.asciiLowercased(), $0) })

    /// The row of a request's name, in any case.
    static func match(named name: some StringProtocol) -> RouteMatch? {
        byName[name.asciiLowercased()].map { RouteMatch(entries: [$0], isPredefined: true) }
    }

    /// The rows of a path; a word comes before a value, so that `messages/search` is no message.
    ///
    /// - Parameter segments: What follows `/api/v1` or `/api`, without a suffix that names a format.
    /// - Returns: nil when no row fits.
    static func match(path segments: [String?]) -> RouteMatch? {
        var best: (match: RouteMatch, valueCount: Int)?
        for entry in entries {
            guard let values = entry.values(in: segments) else { continue }
            if best.map({ values.count < $0.valueCount }) ?? true {
                best = (RouteMatch(entries: [entry], values: values), values.count)
            } else if best?.valueCount == values.count {
                best?.match.entries.append(entry)
            }
        }
        return best?.match
    }
}
