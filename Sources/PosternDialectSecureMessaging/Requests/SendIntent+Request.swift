import HTTPTypes
import PosternDialectKit
import PosternModel

extension SendIntent {
    /// Reads a SendMessage request.
    ///
    /// Absent switches are on: every vendor client's own objects begin that way (contract section 8).
    ///
    /// - Parameters:
    ///   - path: The draft the path names, nil in it when that is no GUID; nil when the path names none.
    ///   - parameters: The query's and the body's.
    ///   - head: What the token is taken from.
    /// - Throws: What cannot be understood.
    init(
        draft path: MessageGUID??, parameters: Parameters, head: HTTPRequest
    ) throws(BadRequest) {
        // DIVERGENCE: ServiceStack binds these from a query as well; see `Divergences.md`.
        try parameters.refuseInQuery(["password", "craCode"])
        let notify = try parameters.name("sendEmailNotification", alias: "sendNotification")
        self.init(
            credential: PresentedCredential(shownIn: head, readsOnly: false),
            draft: try parameters.guid("messageGuid", of: "messages", path: path) {
                MessageGUID($0)
            },
            password: try parameters.newPassword("password"),
            inviteNewUsers: try parameters.truth("inviteNewUsers") ?? true,
            sendEmailNotification: try parameters.truth(notify) ?? true,
            challengeCode: try parameters.newPassword("craCode"),
            notificationFormats: try parameters.formats("notificationFormats"),
            dryRun: try parameters.dryRun())
    }
}
