import HTTPTypes
import PosternDialectKit
import PosternDialectSecureMessaging
import PosternModel
import Testing

/// The members the vendor's types cannot be without, by its own description of them.
@Suite struct RequiredMembersTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let method: HTTPRequest.Method
        let path: String
        let outcome: String
        let members: [String]
        var testDescription: String { path }

        init(_ method: HTTPRequest.Method, _ path: String, _ outcome: String, _ members: String) {
            self.method = method
            self.path = path
            self.outcome = outcome
            self.members = members.split(whereSeparator: \.isWhitespace).map(String.init)
        }
    }

    static let rows = [
        Row(
            .get, "/api/v1/service/settings", "done",
            """
            serviceName serviceCode webmailLink webAppLink bannerLink mobileLink
            administratorEmailAddress rememberMe keepMeLoggedIn autoComplete secureCookies
            enableWebApp enableLegacyWebMail files users inviteUser createMessage replyMessage
            replyAllMessage forwardMessage deleteMessage messageRecall fyeo confidential
            messageTracking identities hideEmail visuallyImparedInterface secureEmail
            secureLargeFiles enableTouchValidation basicEncryption
            allowedInAppNotificationEvents allowedPushNotificationEvents
            allowedEmailNotificationEvents branding restrictedExtensions passwordManagement
            notificationServices terms cra localization universalAccess menu
            maxMessageFileSizeBytes theme attachmentPreview eSignatures eSignatureCompose
            messageExpiry messageRetention attachmentTypes campaigns enableLabels
            enablePreSendPreview enableESignatureInPlace enableESignatureDeadline
            enableESignatureManualReminders enableESignatureAutomaticReminders
            enableESignatureNotifications enableMessageAutomaticReminders defaultMessageExpiry
            defaultESignatureDeadline notificationSessionTimeout
            reminderAfterNDaysESignatureReceived reminderEveryNDaysESignatureReceived
            reminderMaxNDaysESignatureReceived reminder1NDaysBeforeESignatureDeadline
            reminder2NDaysBeforeESignatureDeadline reminder3NDaysBeforeESignatureDeadline
            reminder4NDaysBeforeESignatureDeadline reminder5NDaysBeforeESignatureDeadline
            messageQrCodes attachmentQrCodes eSignatureQrCodes enableHashValidation
            enableSharing enableESignatureInPlaceQuick forceESignatureReauthentication
            consumerMode advancedTracking enablePrimeTime defaultSecureSettings
            """),
        Row(
            .get, "/api/v1/user/settings", "done",
            """
            emailAddress state registrationDate language enableWebApp customSignatureUploaded
            customInitialsUploaded includeSignatureOnReplyForward
            """),
        Row(
            .get, "/api/v1/user/quotas", "done",
            """
            dailyInvitesAllowed dailyMessagesAllowed dailyMessagesLeft dailyInvitesLeft
            """),
        Row(
            .get, "/api/v1/public/service/settings", "",
            """
            serviceName serviceCode consumerMode
            """),
        Row(
            .get, "/api/v1/public/ping", "",
            """
            build
            """),
        Row(
            .get, "/api/v1/messages/00112233445566778899aabbccddeeff", "done draft",
            """
            guid date subject status action method sender bodyFormat messageOptions expiryGroup
            retrieved conversationGuid senderIpAddress shares
            """),
        Row(
            .post, "/api/v1/login", "done",
            """
            sessionToken
            """),
        Row(
            .get, "/api/v1/messages/search", "done none",
            """
            pageSize totalPages totalItems currentPage
            """),
        // What the vendor's Java client fails without, and what else is never absent.
        Row(
            .get, "/api/v1/messages/00112233445566778899aabbccddeeff", "done recalled",
            "to cc bcc sender messageOptions attachments labels extensions shares body"),
    ]

    @Test(arguments: rows)
    func `an answer has every member its type cannot be without`(_ row: Row) throws {
        let dialect = SecureMessagingDialect()
        let head = HTTPRequest(
            method: row.method, scheme: "https", authority: "gateway.test", path: row.path)
        let response: DialectResponse
        switch dialect.decode(DialectRequest(head: head)) {
        case .answer(let answer): response = answer
        case .operate(let request, let manner):
            response = dialect.encode(
                try #require(
                    OperationOutcome(
                        transcript: row.outcome, of: request.operation, in: dialect.name)),
                in: manner)
        default:
            Issue.record("\(row.path) is no operation.")
            return
        }
        let value = try JSONValue(strict: response.body)
        let object: JSONObject? = if case .object(let object) = value { object } else { nil }
        let names = Set(try #require(object).members.map(\.name))
        #expect(Set(row.members).subtracting(names) == [])
        #expect(!names.contains("responseStatus"))
    }
}
