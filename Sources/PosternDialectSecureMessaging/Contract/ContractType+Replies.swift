import PosternModel

// What replies hold, type by type, under JSON's names. A test compares each with what is written.

extension ContractType {
    /// Every type of replies.
    static let replies = errors + sessions + messages + attachments + labels + settings

    private static let errors = [
        ContractType(
            "ErrorResponse", .always(.type("ResponseStatus"), "responseStatus"),
            .sometimes(.truth, "notificationSent", note: "false; in answers to SendMessage alone.")),
        ContractType(
            "ResponseStatus",
            .always(
                .text(), "errorCode",
                note: "What clients compare with: a number in decimal digits, or a word."),
            .always(.text(), "message"), .sometimes(.list(.type("ResponseError")), "errors")),
        ContractType("ResponseError", .always(.text(), "errorCode", "fieldName", "message")),
    ]

    private static let sessions = [
        ContractType(
            "LoginResponse", .always(.secret, "sessionToken"), .always(.guid, "userServiceGuid"),
            .always(.choice(["Success"]), "result"),
            .always(.emptyList, "availableMfa", "allowedMfaTypes")),
        ContractType("AuthenticateResponse", .always(.secret, "sessionToken")),
        ContractType(
            "GetNewAuthenticationTokenResponse", .always(.secret, "authenticationToken")),
        ContractType(
            "GetUserQuotasResponse",
            .always(
                .number(), "dailyInvitesAllowed", "dailyMessagesAllowed", "dailyMessagesLeft",
                "dailyInvitesLeft")),
        ContractType(
            "PingResponse", .always(.text(), "build"),
            .always(.number(), "version", "minSupportedVersion")),
        ContractType(
            "PublicGetServiceResponse",
            .always(.text(), "serviceStatus", "serviceName", "serviceCode", "primaryDomain"),
            .always(.truth, "ssoEnabled"),
            .always(.dictionary, "urls", note: "`SecMsgAPI` is where this API is.")),
    ]

    private static let summary: [ContractMember] = .of(
        .always(.guid, "guid", "conversationGuid"), .sometimes(.guid, "parentGuid"),
        .always(.date, "date"), .sometimes(.date, "expiryDate", "recallDate"),
        .always(.text(), "subject", "senderIpAddress", "expiryGroup"),
        .sometimes(.text(), "recallReason"),
        .always(.choice(["Draft", "Sent", "Trash", "Read", "Unread", "Recalled"]), "status"),
        .always(.choice(MessageAction.allCases.map(\.contractName)), "action"),
        .always(.choice(["Secure"]), "method"), .always(.type("User"), "sender"),
        .always(.list(.type("User")), "to", "cc", "bcc"),
        .always(.choice(BodyFormat.allCases.map(\.contractName)), "bodyFormat"),
        .always(.type("MessageOptions"), "messageOptions"),
        .always(.list(.type("AttachmentSummary")), "attachments"),
        .always(.list(.type("Label")), "labels"), .always(.emptyList, "extensions", "shares"),
        .always(.truth, "retrieved", "hasAccess"),
        .sometimes(.type("TrackingSummary"), "trackingSummary", note: "For the sender alone."))

    private static let page: [ContractMember] = .of(
        .always(
            .number(), "pageSize", "totalPages", "totalItems", "currentPage"))

    private static let messages = [
        ContractType("PreCreateMessageResponse", .always(.guid, "messageGuid")),
        ContractType(
            "SendMessageResponse",
            .sometimes(.text(), "notificationBodyText", "notificationBodyHtml"),
            .always(.truth, "notificationSent"),
            .sometimes(.type("DryRun"), "dryRun", note: "What a dry run found.")),
        ContractType("DryRun", .always(.truth, "wouldBeAccepted", "passwordRequired")),
        ContractType("MessageSummary", summary),
        ContractType(
            "GetMessageResponse", summary,
            .always(
                .text(), "body", note: "Empty where it was not asked for, and after a recall.")),
        ContractType(
            "SearchMessagesPagedResponse", page,
            .always(.list(.type("MessageSummary")), "results")),
        ContractType(
            "User", .sometimes(.guid, "guid"), .always(.text(), "email", "firstName", "lastName")),
        ContractType(
            "MessageOptions",
            .always(
                .truth, "allowForward", "allowReply", "allowReplyAll", "allowTracking",
                "shareTracking"),
            .always(.choice(FYEOType.allCases.map(\.contractName)), "fyeoType")),
        ContractType(
            "TrackingSummary",
            .always(
                .number(), "totalRecipients", "totalRetrieved", "totalReviewed", "totalReplied",
                "totalForwarded", "totalPrinted", "totalDeleted")),
        ContractType(
            "SearchTrackingPagedResponse", page,
            .always(.list(.type("TrackingDetail")), "results")),
        ContractType(
            "TrackingDetail", .always(.guid, "ownerUserGuid", "actorUserGuid", "messageGuid"),
            .always(.text(), "ownerUserEmail", "actorUserEmail"),
            .sometimes(.guid, "attachmentGuid"),
            .always(.choice(TrackingEvent.Kind.allCases.map(\.contractName)), "trackingType"),
            .always(.date, "date")),
    ]

    private static let file: [ContractMember] = .of(
        .always(.guid, "guid"),
        .always(.text(), "fileName", "type", "originalFileExtension", "uploadedBy"),
        .always(.number(), "fileSize", "chunkCount"),
        .always(.choice(["Complete", "Uploading"]), "status"), .always(.date, "uploadDate"),
        .always(
            .truth, "canPreview", "eSignatureRequired", "eSignatureDeclined", "hasAccess"),
        .always(.emptyList, "extensions", "labels", "shares"))

    private static let attachments = [
        ContractType(
            "AttachmentSummary", file, .always(.type("AttachmentOptions"), "attachmentOptions")),
        ContractType(
            "AttachmentOptions",
            .always(.choice(FYEOType.allCases.map(\.contractName)), "fyeoType"),
            .always(.truth, "trackingEnabled", "trackingShared")),
        ContractType(
            "GetAttachmentResponse", file,
            .always(.emptyList, "recipients", "additionalDownloadInformation")),
        ContractType(
            "PreCreateAttachmentsResponse",
            .always(.list(.type("AttachmentPlaceholder")), "attachmentPlaceholders")),
        ContractType(
            "AttachmentPlaceholder", .always(.guid, "attachmentGuid"), .always(.text(), "fileName"),
            .always(.list(.type("AttachmentPlaceholderChunk")), "chunks")),
        ContractType(
            "AttachmentPlaceholderChunk", .always(.number(from: 1), "chunkNumber"),
            .always(.number(), "bytesSize", "byteStartIndex"),
            .always(.number(), "byteEndIndex", note: "The byte after the last."),
            .always(.text(), "uploadUri", note: "Where the chunk is posted.")),
        ContractType(
            "GetAttachmentsUploadProgressResponse",
            .always(.list(.type("AttachmentProgress")), "attachmentProgresses")),
        ContractType(
            "AttachmentProgress", .always(.guid, "attachmentGuid"), .always(.text(), "fileName"),
            .always(.choice(["Complete", "Uploading"]), "status"),
            .always(.number(), "totalBytes", "uploadedBytes"),
            .always(.list(.type("ChunkProgress")), "chunkProgresses")),
        ContractType(
            "ChunkProgress", .always(.guid, "attachmentGuid"),
            .always(.number(from: 1), "chunkNumber"),
            .always(.choice(["Complete", "Pending"]), "status")),
    ]

    private static let labels = [
        ContractType("CreateLabelResponse", .always(.guid, "labelGuid")),
        ContractType("GetLabelsResponse", .always(.list(.type("Label")), "results")),
        ContractType(
            "Label", .always(.guid, "labelGuid"), .always(.date, "created"),
            .always(
                .truth, "allowDelete", "allowRename", "allowAssetAdd", "allowAssetRemove",
                "allowAssetShare"), .always(.text(), "name")),
    ]
}
