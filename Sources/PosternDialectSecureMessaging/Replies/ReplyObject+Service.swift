import PosternModel

extension ReplyObject {
    /// The answer to Ping: the dialect's version, not the program's, which is nobody's business.
    static let ping: ReplyObject = [
        "Build": .text(ServiceDescription.dialectVersion), "Version": 1, "MinSupportedVersion": 1,
    ]

    /// The portal as discovery shows it: `PublicGetServiceResponse`.
    init(discovered service: ServiceDescription) {
        self = [
            "ServiceStatus": "Active", "ServiceName": .text(service.name),
            "ServiceCode": .text(service.code), "PrimaryDomain": .text(String(service.host)),
            "SsoEnabled": false,
            "Urls": .dictionary([(name: "SecMsgAPI", text: service.baseURL + "api")]),
        ]
    }

    /// What clients may know before they sign in: `GetServicePublicSettingsResponse`.
    init(publicSettingsOf service: ServiceDescription) {
        self = [
            "ServiceName": .text(service.name), "ServiceCode": .text(service.code),
            "RememberMe": .feature(false), "KeepMeLoggedIn": .feature(false),
            "AutoComplete": .feature(false), "SecureCookies": .feature(true),
            "EnableWebApp": .feature(false), "EnableLegacyWebMail": .feature(false),
            "WebmailLink": "", "WebAppLink": "", "BannerLink": "", "MobileLink": "",
            "Terms": .terms, "Localization": .localization, "Branding": .branding,
            "PasswordManagement": .passwordManagement, "Theme": .dictionary([]),
            "Sso": .feature(false), "EnableTouchValidation": .feature(false),
            "ConsumerMode": .feature(false),
        ]
    }

    /// What the policy in force lets the caller do: `GetServiceSettingsResponse`, with every member that cannot be
    /// absent; what Postern has not is switched off.
    init(rights: GrantedRights, of service: ServiceDescription) {
        let portal: ReplyObject = [
            "ServiceName": .text(service.name), "ServiceCode": .text(service.code),
            "WebmailLink": "", "WebAppLink": "", "BannerLink": "", "MobileLink": "",
            "AdministratorEmailAddress": .text(service.administrator?.description ?? ""),
            "RememberMe": .feature(false), "KeepMeLoggedIn": .feature(false),
            "AutoComplete": .feature(false), "SecureCookies": .feature(true),
            "EnableWebApp": .feature(false), "EnableLegacyWebMail": .feature(false),
            "Files": .feature(rights.attach), "Users": .feature(false),
        ]
        let messages: ReplyObject = [
            "InviteUser": .feature(rights.invite),
            "CreateMessage": .object([
                "Enabled": true, "Restrictions": "", "AllowedEmailAddress": "",
            ]),
            "ReplyMessage": .feature(rights.reply), "ReplyAllMessage": .feature(rights.replyAll),
            "ForwardMessage": .feature(rights.forward), "DeleteMessage": .feature(true),
            "MessageRecall": .feature(rights.recall), "FYEO": .feature(rights.fyeo),
            "Confidential": .feature(rights.confidential), "MessageTracking": .feature(true),
            "Identities": .feature(false), "HideEmail": .feature(false),
            "VisuallyImparedInterface": .feature(false), "SecureEmail": .feature(true),
            "SecureLargeFiles": .feature(rights.attach), "EnableTouchValidation": .feature(false),
            "BasicEncryption": .feature(false), "AllowedInAppNotificationEvents": .texts([]),
            "AllowedPushNotificationEvents": .texts([]),
            "AllowedEmailNotificationEvents": .texts([]), "Branding": .branding,
            "RestrictedExtensions": .object([
                "Enabled": .truth(!rights.deniedTypes.isEmpty),
                "Extensions": .texts(rights.deniedTypes),
            ]),
            "PasswordManagement": .passwordManagement,
            "NotificationServices": .feature(false), "Terms": .terms,
            "CRA": .object([
                "Enabled": .truth(rights.challenge), "CRACaption": "", "SenderHelpLink": "",
                "RecipientHelpLink": "",
            ]),
            "Localization": .localization, "UniversalAccess": .object([:]),
            "Menu": .object([:]), "MaxMessageFileSizeBytes": .number(rights.largestFile),
            "Theme": .dictionary([]), "AttachmentPreview": .feature(false),
        ]
        self = portal.adding(messages).adding(Self.unsigned).adding([
            "MessageExpiry": .feature(rights.expiry),
            "MessageRetention": .feature(rights.retention), "AttachmentTypes": .texts([]),
            "Campaigns": .feature(false), "EnableLabels": .feature(true),
            "EnablePreSendPreview": .feature(false),
            "EnableMessageAutomaticReminders": .feature(false),
            "DefaultMessageExpiry": .number(rights.defaultExpiry?.wholeDays ?? 0),
            "NotificationSessionTimeout": 0, "MessageQrCodes": "Disabled",
            "AttachmentQrCodes": "Disabled", "EnableHashValidation": .feature(false),
            "EnableSharing": .feature(false), "ConsumerMode": .feature(false),
            "AdvancedTracking": .feature(false), "EnablePrimeTime": .feature(false),
            "DefaultSecureSettings": .object([
                "DefaultSecure": "", "DefaultSecureListRegex": "",
                "DefaultSecureListAttach": .feature(false),
                "DefaultSecureAttachExcludeEmbedImg": .feature(false),
                "DefaultSecureDomainList": .texts([]),
            ]),
        ])
    }

    /// Electronic signatures, all of them off.
    private static let unsigned: ReplyObject = [
        "ESignatures": .feature(false), "ESignatureCompose": .feature(false),
        "EnableESignatureInPlace": .feature(false), "EnableESignatureDeadline": .feature(false),
        "EnableESignatureManualReminders": .feature(false),
        "EnableESignatureAutomaticReminders": .feature(false),
        "EnableESignatureNotifications": .feature(false), "DefaultESignatureDeadline": 0,
        "ReminderAfterNDaysESignatureReceived": 0, "ReminderEveryNDaysESignatureReceived": 0,
        "ReminderMaxNDaysESignatureReceived": 0, "Reminder1NDaysBeforeESignatureDeadline": 0,
        "Reminder2NDaysBeforeESignatureDeadline": 0, "Reminder3NDaysBeforeESignatureDeadline": 0,
        "Reminder4NDaysBeforeESignatureDeadline": 0, "Reminder5NDaysBeforeESignatureDeadline": 0,
        "ESignatureQrCodes": "Disabled", "EnableESignatureInPlaceQuick": .feature(false),
        "ForceESignatureReauthentication": .feature(false),
    ]
}

extension ReplyValue {
    fileprivate static let terms = ReplyValue.object(["Enabled": false, "TermsLink": ""])
    fileprivate static let localization = ReplyValue.object([
        "Enabled": false, "SupportedLanguages": .texts(["en"]),
    ])
    fileprivate static let passwordManagement = ReplyValue.object([
        "Enabled": false, "MinimumPasswordLength": 0, "MaximumPasswordLength": 0,
        "MinimumCapitalCharacters": 0, "MinimumNumericCharacters": 0, "MinimumSymbols": 0,
    ])
    fileprivate static let branding = ReplyValue.object([
        "ImageLinkBanner": "", "ImageLink24x": "", "ImageLink48x": "", "ImageLink64x": "",
        "ImageLinkFavIcon": "",
        "PoweredBy": .object([
            "Enabled": false, "ImageLink": "", "ImageText": "", "WebsiteUrl": "",
        ]),
    ])
}

extension ServiceDescription {
    /// The version of the vendor's API that is spoken.
    static let dialectVersion = "8.12"
}

extension Duration {
    /// Whole days, a begun one counted.
    fileprivate var wholeDays: Int64 {
        let (seconds, attoseconds) = components
        let (days, rest) = seconds.quotientAndRemainder(dividingBy: 86_400)
        return days + (rest > 0 || attoseconds > 0 ? 1 : 0)
    }
}
