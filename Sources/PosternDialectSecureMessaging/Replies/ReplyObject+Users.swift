import PosternModel

extension ReplyObject {
    /// A session, as Login answers; the second factor is not offered.
    init(session token: Secret, user: AccountID) {
        self = [
            "SessionToken": .secret(token), "UserServiceGuid": .guid(user.guid),
            "Result": "Success", "AvailableMfa": .list(of: "Mfa", []),
            "AllowedMfaTypes": .texts([]),
        ]
    }

    /// Who the caller is: `GetUserSettingsResponse`.
    init(settings user: UserProfile) {
        self = [
            "EmailAddress": .text(user.person.address.description), "State": "Active",
            "RegistrationDate": .date(user.since), "FirstName": .text(user.person.firstName),
            "LastName": .text(user.person.lastName), "Language": "en",
            "UserGroup": .object([
                "Name": .text(user.group), "Type": user.mayInvite ? "Professional" : "Guest",
            ]),
            "AutoRetrieveMessage": .feature(false),
            "OutOfOffice": .object(["Enabled": false, "Message": ""]),
            "PushNotificationEvents": .texts([]), "InAppNotificationEvents": .texts([]),
            "EmailNotificationEvents": .texts([]),
            "AllowedTrackingEvents": .texts(TrackingEvent.Kind.allCases.map(\.contractName)),
            "EnableWebApp": false, "SignatureHtml": "", "CustomSignatureUploaded": false,
            "CustomInitialsUploaded": false, "IncludeSignatureOnReplyForward": false,
        ]
    }

    /// What is left of the caller's day: `GetUserQuotasResponse`.
    init(quotas left: DayLeft) {
        self = [
            "DailyInvitesAllowed": .number(Int64(left.invites)),
            "DailyMessagesAllowed": .number(Int64(left.messages)),
            "DailyMessagesLeft": .number(Int64(left.messagesLeft)),
            "DailyInvitesLeft": .number(Int64(left.invitesLeft)),
        ]
    }
}

extension ReplyValue {
    /// A secret that is the caller's own, and the point of the answer.
    static func secret(_ secret: Secret) -> ReplyValue { secret.withExposed { .text($0) } }
}
