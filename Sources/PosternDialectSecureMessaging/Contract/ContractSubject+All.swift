import PosternModel

extension ContractSubject {
    /// Every operation, in the order they are shown in.
    static let all = [sessions, portal, messages, attachments, labels]

    private static let sessions = ContractSubject(
        name: "sessions", description: "Signing in and out, and who is signed in.",
        operations: [
            ContractOperation(
                "Login", "Opens a session for whoever has an account's password.",
                given: .always(.text(), "username", note: "The account's address."),
                .always(.secret, "password"), cookieless,
                own: [
                    .userUnknown, .credentialsWrong, .signInsUsedUp, .passwordExpired,
                    .registrationPending, .notRegistered, .userDisabled, .userRestricted,
                    .challengeUnanswered,
                ]),
            ContractOperation(
                "Authenticate", "Opens a session for whoever has an authentication token.",
                given: .always(.secret, "authenticationToken"), cookieless,
                own: [
                    .credentialsWrong, .registrationPending, .userDisabled, .userRestricted,
                    .challengeUnanswered,
                ]),
            ContractOperation("Logout", "Ends the session."),
            ContractOperation(
                "GetNewAuthenticationToken", "Makes a token that opens sessions.",
                given: .sometimes(
                    .number(from: nil), "authenticationTokenMaxDays",
                    note: "How long it can be used, 14 days by default; from 1 to 365 count.")),
            ContractOperation(
                "ExpireAuthenticationToken", "Withdraws a token that opens sessions.",
                given: .sometimes(.secret, "authenticationToken")),
            ContractOperation(
                "ExpireAuthenticationTokens", "Withdraws all of the caller's such tokens."),
            ContractOperation("GetUserSettings", "Says who the caller is."),
            ContractOperation("GetUserQuotas", "Says what is left of the caller's day."),
        ])

    private static let cookieless: [ContractMember] = .of(
        .sometimes(
            .truth, "cookieless", note: "Set no cookie; false by default."))

    private static let portal = ContractSubject(
        name: "portal", description: "What the portal is and allows.",
        operations: [
            ContractOperation("Ping", "Says that somebody is there."),
            ContractOperation(
                "PublicGetService", "Finds the portal's addresses by its code.",
                given: .always(.text(), "serviceCode")),
            ContractOperation(
                "GetServicePublicSettings", "Says what may be known before signing in."),
            ContractOperation("GetServiceSettings", "Says what the caller may do."),
        ])

    private static let messages = ContractSubject(
        name: "messages", description: "Messages, from their draft to their end.",
        operations: [
            ContractOperation(
                "PreCreateMessage", "Begins a draft.",
                given: .always(
                    .choice(MessageAction.allCases.map(\.contractName)), "actionCode",
                    note: "Any other word is answered 928."),
                .sometimes(
                    .givenGUID, "parentGuid", note: "The message replied to or forwarded."),
                .sometimes(
                    .secret, "password", note: "The parent's, where it needs one to be read."),
                .sometimes(
                    .text(atMost: 255), "externalMessageId",
                    note: "A name of the client's own for the draft."),
                refusals: [.messageRecalled, .replyForbidden, .forwardForbidden, .passwordWrong],
                own: [.invalid, .parentMissing, .parentForeign]),
            ContractOperation(
                "SaveMessage", "Replaces what a draft says.",
                given: .sometimes(.list(.address), "to", "cc", "bcc"),
                .sometimes(.text(), "subject", "body"),
                .sometimes(.choice(BodyFormat.allCases.map(\.contractName)), "bodyFormat"),
                .sometimes(.type("GivenMessageOptions"), "messageOptions"),
                .sometimes(.date, "expiryDate"),
                .sometimes(.text(), "expiryGroup", note: "`Always` is none."),
                refusals: [.messageNotFound, .fyeoForbidden, .confidentialForbidden]),
            ContractOperation(
                "SaveMessageExt", "Adds recipients to a draft by the client's own name for it.",
                given: .always(.text(atLeast: 1), "externalMessageId"),
                .sometimes(
                    .list(.address), "additionalTo", "additionalCc", "additionalBcc"),
                refusals: [.messageNotFound]),
            ContractOperation(
                "SendMessage", "Sends a draft.",
                given: .sometimes(
                    .secret, "password", note: "The message's own, or the account's."),
                .sometimes(
                    .truth, "inviteNewUsers", note: "Invite the unknown; true by default."),
                .sometimes(
                    .truth, "sendEmailNotification",
                    note: "Tell recipients by email; true by default."),
                .sometimes(.text(), "craCode"),
                .sometimes(
                    .list(.choice(BodyFormat.allCases.map(\.contractName))),
                    "notificationFormats", note: "The texts of the notification wanted back."),
                .sometimes(
                    .truth, "dryRun",
                    note: "Postern's own: say what a send would get, and send nothing."),
                refusals: RefusalCode.allCases.filter { $0 != .sessionInvalid }),
            ContractOperation(
                "SearchMessages", "Lists messages.",
                given: pages, .sometimes(.type("MessageFilter"), "filter"),
                .sometimes(.type("MessageSort"), "sort"), own: [.answerTooLarge]),
            ContractOperation(
                "GetMessage", "Reads a message.",
                given: .sometimes(
                    .truth, "retrieveBody",
                    note: "The body as well, which counts as reading; true by default."),
                takesPassword: true,
                refusals: [.messageNotFound, .passwordMissing, .passwordWrong]),
            ContractOperation(
                "DeleteMessage", "Moves a message to the trash, or deletes what is there.",
                refusals: [.messageNotFound]),
            ContractOperation(
                "RecallMessage", "Takes a sent message back.",
                given: .sometimes(.text(), "recallReason"),
                .sometimes(
                    .truth, "singleRecall",
                    note: "Of no consequence: forwards are messages of their own."),
                .sometimes(
                    .truth, "unshareAttachments",
                    note: "The files as well; true by default."),
                .sometimes(
                    .list(.address, atLeast: 1), "recipients",
                    note: "From these alone; from everybody by default."),
                refusals: [.messageNotFound], own: [.recallForbidden]),
            ContractOperation(
                "SearchMessageTracking", "Lists what recipients have done with messages.",
                given: pages, .sometimes(.type("TrackingFilter"), "filter"),
                .sometimes(.type("TrackingSort"), "sort")),
        ])

    private static let pages: [ContractMember] = .of(
        .sometimes(.number(from: 1, to: 1_000_000), "page", note: "1 by default."),
        .sometimes(.number(from: 1, to: 1000), "pageSize", note: "25 by default."))

    private static let attachments = ContractSubject(
        name: "attachments", description: "Files, which come in chunks.",
        operations: [
            ContractOperation(
                "PreCreateAttachments", "Announces files, and says where their chunks go.",
                given: .always(.givenGUID, "messageGuid"),
                .always(
                    .list(.type("GivenAttachmentPlaceholder"), atLeast: 1, atMost: 100),
                    "attachmentPlaceholders"), refusals: [.messageNotFound],
                own: [.attachmentsForbidden, .attachmentType, .attachmentSize, .attachmentCount]),
            ContractOperation(
                "UploadAttachmentChunk", "Takes a chunk of a file.",
                own: [.attachmentMissing, .chunkMismatch, .chunkConflict]),
            ContractOperation(
                "DownloadAttachmentChunk", "Gives a chunk of a file.", takesPassword: true,
                refusals: [.passwordMissing, .passwordWrong],
                own: [.attachmentMissing, .attachmentIncomplete, .chunkMismatch]),
            ContractOperation(
                "GetAttachmentsUploadProgress", "Says which chunks have arrived.",
                given: .always(.list(.givenGUID, atLeast: 1, atMost: 64), "attachmentGuids"),
                own: [.attachmentMissing]),
            ContractOperation(
                "DownloadAttachment", "Gives a file.", takesPassword: true,
                refusals: [.passwordMissing, .passwordWrong],
                own: [.attachmentMissing, .attachmentIncomplete]),
            ContractOperation("GetAttachment", "Says what a file is.", own: [.attachmentMissing]),
            ContractOperation(
                "RemoveAttachment", "Takes a file off a draft.", refusals: [.messageNotFound],
                own: [.attachmentMissing]),
            ContractOperation(
                "LinkAttachment", "Attaches a file the caller can reach already.",
                takesPassword: true,
                refusals: [.messageNotFound, .passwordMissing, .passwordWrong],
                own: [
                    .attachmentMissing, .attachmentsForbidden, .attachmentType, .attachmentSize,
                    .attachmentCount,
                ]),
            ContractOperation(
                "UnLinkAttachment", "Takes a file off a draft, as RemoveAttachment does.",
                refusals: [.messageNotFound], own: [.attachmentMissing]),
        ])

    private static let labels = ContractSubject(
        name: "labels", description: "Labels that readers put on their messages.",
        operations: [
            ContractOperation(
                "CreateLabel", "Makes a label.", given: labelName, own: [.labelTaken]),
            ContractOperation("GetLabels", "Lists the caller's labels."),
            ContractOperation(
                "UpdateLabel", "Gives a label another name.", given: labelName,
                own: [.labelMissing, .labelTaken]),
            ContractOperation("DeleteLabel", "Deletes a label.", own: [.labelMissing]),
            ContractOperation(
                "AddMessageLabel", "Puts a label on a message.", refusals: [.messageNotFound],
                own: [.labelMissing]),
            ContractOperation(
                "RemoveMessageLabel", "Takes a label off a message.", refusals: [.messageNotFound],
                own: [.labelMissing]),
        ])

    private static let labelName: [ContractMember] = .of(
        .always(
            .text(atLeast: 1, atMost: 255), "name"))
}
