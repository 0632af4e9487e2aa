import PosternModel

extension ContractType {
    private static let feature = ContractSchema.type("BoolFeature")

    /// What a portal and its users are set to.
    static let settings = [
        ContractType(
            "GetUserSettingsResponse", .always(.text(), "emailAddress", "firstName", "lastName"),
            .always(.choice(["Active"]), "state"), .always(.date, "registrationDate"),
            .always(.text(), "language", "signatureHtml"),
            .always(.type("UserGroup"), "userGroup"), .always(feature, "autoRetrieveMessage"),
            .always(.type("OutOfOffice"), "outOfOffice"),
            .always(
                .emptyList, "pushNotificationEvents", "inAppNotificationEvents",
                "emailNotificationEvents"),
            .always(
                .list(.choice(TrackingEvent.Kind.allCases.map(\.contractName))),
                "allowedTrackingEvents"),
            .always(
                .truth, "enableWebApp", "customSignatureUploaded", "customInitialsUploaded",
                "includeSignatureOnReplyForward")),
        ContractType(
            "UserGroup", .always(.text(), "name"),
            .always(.choice(["Professional", "Guest"]), "type")),
        ContractType("OutOfOffice", .always(.truth, "enabled"), .always(.text(), "message")),
        ContractType("BoolFeature", .always(.truth, "enabled")),
        ContractType(
            "GetServicePublicSettingsResponse", portal,
            .always(.type("Terms"), "terms"), .always(.type("Localization"), "localization"),
            .always(.type("Branding"), "branding"),
            .always(.type("PasswordManagement"), "passwordManagement"),
            .always(.dictionary, "theme"),
            .always(feature, "sso", "enableTouchValidation", "consumerMode")),
        ContractType(
            "GetServiceSettingsResponse", portal, messages, parts, eSignatures,
            .always(.text(), "administratorEmailAddress", "messageQrCodes", "attachmentQrCodes")),
        ContractType("Terms", .always(.truth, "enabled"), .always(.text(), "termsLink")),
        ContractType(
            "Localization", .always(.truth, "enabled"),
            .always(.list(.text()), "supportedLanguages")),
        ContractType(
            "Branding",
            .always(
                .text(), "imageLinkBanner", "imageLink24x", "imageLink48x", "imageLink64x",
                "imageLinkFavIcon"), .always(.type("PoweredBy"), "poweredBy")),
        ContractType(
            "PoweredBy", .always(.truth, "enabled"),
            .always(.text(), "imageLink", "imageText", "websiteUrl")),
        ContractType(
            "PasswordManagement", .always(.truth, "enabled"),
            .always(
                .number(), "minimumPasswordLength", "maximumPasswordLength",
                "minimumCapitalCharacters", "minimumNumericCharacters", "minimumSymbols")),
        ContractType(
            "CreateMessage", .always(.truth, "enabled"),
            .always(.text(), "restrictions", "allowedEmailAddress")),
        ContractType(
            "RestrictedExtensions", .always(.truth, "enabled"),
            .always(.list(.text()), "extensions")),
        ContractType(
            "CRA", .always(.truth, "enabled"),
            .always(.text(), "craCaption", "senderHelpLink", "recipientHelpLink")),
        ContractType(
            "DefaultSecureSettings", .always(.text(), "defaultSecure", "defaultSecureListRegex"),
            .always(feature, "defaultSecureListAttach", "defaultSecureAttachExcludeEmbedImg"),
            .always(.emptyList, "defaultSecureDomainList")),
    ]

    /// What clients may know of a portal before they sign in.
    private static let portal: [ContractMember] = .of(
        .always(
            .text(), "serviceName", "serviceCode", "webmailLink", "webAppLink", "bannerLink",
            "mobileLink"),
        .always(
            feature, "rememberMe", "keepMeLoggedIn", "autoComplete", "secureCookies",
            "enableWebApp", "enableLegacyWebMail"))

    private static let messages: [ContractMember] = .of(
        .always(
            feature, "files", "users", "inviteUser", "replyMessage", "replyAllMessage",
            "forwardMessage", "deleteMessage", "messageRecall", "fyeo", "confidential",
            "messageTracking", "identities", "hideEmail", "visuallyImparedInterface",
            "secureEmail", "secureLargeFiles", "enableTouchValidation", "basicEncryption",
            "notificationServices", "attachmentPreview", "messageExpiry", "messageRetention",
            "campaigns", "enableLabels", "enablePreSendPreview",
            "enableMessageAutomaticReminders", "enableHashValidation", "enableSharing",
            "consumerMode", "advancedTracking", "enablePrimeTime"),
        .always(
            .number(), "maxMessageFileSizeBytes", "defaultMessageExpiry",
            "notificationSessionTimeout"))

    private static let parts: [ContractMember] = .of(
        .always(.type("CreateMessage"), "createMessage"),
        .always(.type("Branding"), "branding"),
        .always(.type("RestrictedExtensions"), "restrictedExtensions"),
        .always(.type("PasswordManagement"), "passwordManagement"),
        .always(.type("Terms"), "terms"), .always(.type("CRA"), "cra"),
        .always(.type("Localization"), "localization"),
        .always(.dictionary, "universalAccess", "menu", "theme"),
        .always(.type("DefaultSecureSettings"), "defaultSecureSettings"),
        .always(
            .emptyList, "allowedInAppNotificationEvents", "allowedPushNotificationEvents",
            "allowedEmailNotificationEvents", "attachmentTypes"))

    private static let eSignatures: [ContractMember] = .of(
        .always(
            feature, "eSignatures", "eSignatureCompose", "enableESignatureInPlace",
            "enableESignatureDeadline", "enableESignatureManualReminders",
            "enableESignatureAutomaticReminders", "enableESignatureNotifications",
            "enableESignatureInPlaceQuick", "forceESignatureReauthentication"),
        .always(
            .number(), "defaultESignatureDeadline", "reminderAfterNDaysESignatureReceived",
            "reminderEveryNDaysESignatureReceived", "reminderMaxNDaysESignatureReceived",
            "reminder1NDaysBeforeESignatureDeadline", "reminder2NDaysBeforeESignatureDeadline",
            "reminder3NDaysBeforeESignatureDeadline", "reminder4NDaysBeforeESignatureDeadline",
            "reminder5NDaysBeforeESignatureDeadline"), .always(.text(), "eSignatureQrCodes"))
}
