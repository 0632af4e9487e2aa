import HTTPTypes
import PosternDialectKit
import PosternModel

extension SendIntent {
    /// Reads a SendMessage request.
    ///
    /// Absent switches are on: every vendor client's own objects begin that way (contract section 8).
    init(
        operation: Route.Operation, parameters: Parameters, fields: HTTPFields
    ) throws(BadRequest) {
        // DIVERGENCE: ServiceStack binds these from a query as well; see `Divergences.md`.
        try parameters.refuseInQuery(["password", "craCode"])
        let notify = try parameters.name("sendEmailNotification", alias: "sendNotification")
        self.init(
            credential: Self.credential(fields),
            draft: try Self.draft(operation, parameters),
            password: try parameters.text("password").map { Secret($0) },
            inviteNewUsers: try parameters.truth("inviteNewUsers") ?? true,
            sendEmailNotification: try parameters.truth(notify) ?? true,
            challengeCode: try parameters.text("craCode").map { Secret($0) },
            notificationFormats: try parameters.formats("notificationFormats"),
            dryRun: try parameters.truth("dryRun") ?? false)
    }

    /// The session token; several, an empty one or one above 512 bytes count as none, since no session
    /// can have them and 811 is the answer either way.
    private static func credential(_ fields: HTTPFields) -> PresentedCredential? {
        guard let token = fields.first(.sessionToken), !fields.repeats(.sessionToken),
            (1...512).contains(token.utf8.count)
        else { return nil }
        return PresentedCredential(token: Secret(token))
    }

    /// The draft named; nil when what names it is no GUID.
    ///
    /// DIVERGENCE: ServiceStack lets a query replace the path's GUID. A gateway that judged one draft
    /// while a proxy or log saw another would be talked past, so all that name one must agree.
    private static func draft(
        _ operation: Route.Operation, _ parameters: Parameters
    ) throws(BadRequest) -> MessageGUID? {
        var names: [MessageGUID?] = []
        for value in parameters.values("messageGuid") {
            guard case .string(let text) = value else {
                throw BadRequest(
                    .serialization, "messageGuid must be a text.", field: "messageGuid")
            }
            names.append(MessageGUID(text))
        }
        if case .send(let path) = operation {
            // A malformed path gets 929 whatever else is said, like any draft that is not there.
            guard let path else { return nil }
            names.append(path)
        }
        guard let draft = names.last else { return nil }
        guard names.allSatisfy({ $0 == draft }) else {
            throw BadRequest(
                .argument, "messageGuid names different messages.", field: "messageGuid")
        }
        return draft
    }
}

extension HTTPField.Name {
    /// The session token of every vendor client.
    // Proof: the constant is a token (RFC 9110 section 5.6.2).
    // swift-format-ignore: NeverForceUnwrap
    static let sessionToken = HTTPField.Name("x-sm-session-token")!
}
