import HTTPTypes
import PosternDialectKit
import PosternDialectSecureMessaging
import PosternModel
import Testing

/// Every operation by its paths, its name and its method.
@Suite struct RouteTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let method: HTTPRequest.Method
        let path: String
        let operation: String
        var body = "{}"
        var testDescription: String { name }

        init(
            _ name: String, _ method: HTTPRequest.Method, _ path: String, _ operation: String,
            body: String = "{}"
        ) {
            self.name = name
            self.method = method
            self.path = path
            self.operation = operation
            self.body = body
        }
    }

    static let message = "00112233445566778899aabbccddeeff"
    static let file = "a0000000000000000000000000000001"
    static let label = "b0000000000000000000000000000001"

    static let rows: [Row] = [
        Row("Login", .post, "login", "signIn"),
        Row("Authenticate", .post, "authenticate", "signInByToken"),
        Row("Logout", .post, "logout", "signOut"),
        Row(
            "GetNewAuthenticationToken", .get, "user/authenticationtoken",
            "mintAuthenticationToken"),
        Row(
            "ExpireAuthenticationToken", .delete, "user/authenticationtoken",
            "revokeAuthenticationToken"),
        Row(
            "ExpireAuthenticationTokens", .delete, "user/authenticationtokens",
            "revokeAuthenticationTokens"),
        Row("GetUserSettings", .get, "user/settings", "describeUser"),
        Row("GetUserQuotas", .get, "user/quotas", "describeQuotas"),
        Row("GetServiceSettings", .get, "service/settings", "describeRights"),
        Row("PreCreateMessage", .post, "messages", "createDraft"),
        Row("SaveMessage", .put, "messages/\(message)/save", "saveDraft"),
        Row(
            "SaveMessageExt", .put, "messages/saveext", "addRecipients",
            body: #"{"externalMessageId":"x"}"#),
        Row("SearchMessages", .get, "messages/search", "search"),
        Row("GetMessage", .get, "messages/\(message)", "readMessage"),
        Row("DeleteMessage", .delete, "messages/\(message)", "deleteMessage"),
        Row("RecallMessage", .post, "messages/\(message)/recall", "recall"),
        Row("SearchMessageTracking", .get, "tracking/message/search", "searchTracking"),
        Row(
            "PreCreateAttachments", .post, "attachments/precreate", "reserveAttachments",
            body: #"{"attachmentPlaceholders":[{"fileName":"a","totalBytesLength":1}]}"#),
        Row("DownloadAttachmentChunk", .get, "attachments/\(file)/chunk/1", "download"),
        Row(
            "GetAttachmentsUploadProgress", .get, "attachments/progress", "describeUploads",
            body: #"{"attachmentGuids":["\#(file)"]}"#),
        Row("DownloadAttachment", .get, "attachments/\(file)", "download"),
        Row("GetAttachment", .get, "attachments/\(file)/details", "describeAttachment"),
        Row(
            "RemoveAttachment", .delete, "messages/\(message)/attachments/\(file)",
            "removeAttachment"),
        Row(
            "LinkAttachment", .put, "messages/\(message)/attachments/\(file)/link",
            "linkAttachment"),
        Row(
            "UnLinkAttachment", .put, "messages/\(message)/attachments/\(file)/unlink",
            "removeAttachment"),
        Row("CreateLabel", .post, "labels", "createLabel", body: #"{"name":"Tax"}"#),
        Row("GetLabels", .get, "labels", "listLabels"),
        Row("UpdateLabel", .put, "labels/\(label)", "renameLabel", body: #"{"name":"Tax"}"#),
        Row("DeleteLabel", .delete, "labels/\(label)", "deleteLabel"),
        Row("AddMessageLabel", .post, "labels/\(label)/messages/\(message)", "addLabel"),
        Row("RemoveMessageLabel", .delete, "labels/\(label)/messages/\(message)", "removeLabel"),
    ]

    private func decode(
        _ method: HTTPRequest.Method, _ path: String, body: String
    ) -> Decoding {
        var head = HTTPRequest(
            method: method, scheme: "https", authority: "gateway.test", path: path)
        head.headerFields[.contentType] = "application/json"
        return SecureMessagingDialect().decode(
            DialectRequest(head: head, body: Array(body.utf8)))
    }

    private func operation(_ decoding: Decoding) -> String {
        switch decoding {
        case .operate(let request, _): "\(request.operation.name)"
        case .methodNotAllowed: "another method"
        case .answer: "answer"
        case .send, .sends: "send"
        case .notMine: "not mine"
        }
    }

    @Test(arguments: rows)
    func `an operation has its paths and its name`(_ row: Row) {
        for path in [
            "/api/v1/\(row.path)", "/api/\(row.path)", "/API//V1/\(row.path)/",
            "/api/v1/\(row.path).json",
        ] {
            #expect(
                operation(decode(row.method, path, body: row.body)) == row.operation, "\(path)")
        }
        for path in ["json", "xml", "api/json", "api/jsv"].map({ "/\($0)/reply/\(row.name)" })
            + ["/json/REPLY/\(row.name.lowercased())"]
        {
            #expect(operation(decode(.post, path, body: row.body)) == row.operation, "\(path)")
            #expect(operation(decode(row.method, path, body: row.body)) == row.operation, "\(path)")
        }
    }

    @Test(arguments: rows)
    func `no operation is a HEAD or lies elsewhere`(_ row: Row) {
        #expect(operation(decode(.head, "/api/v1/\(row.path)", body: "")) == "another method")
        #expect(
            operation(decode(row.method, "/\(row.path)", body: row.body)) == "not mine")
        #expect(
            operation(decode(row.method, "/api/v2/\(row.path)", body: row.body)) == "not mine")
    }

    @Test(arguments: [
        ("/api/v1/messages/\(message)", ["GET", "DELETE"]),
        ("/api/v1/messages/search", ["GET"]), ("/api/v1/labels", ["POST", "GET"]),
        ("/api/v1/attachments/\(file)/chunk/1", ["POST", "GET"]),
        ("/json/reply/SaveMessage", ["POST", "PUT"]), ("/json/reply/Login", ["POST"]),
    ])
    func `another method hears those of the path`(_ path: String, _ methods: [String]) {
        guard case .methodNotAllowed(let allowed) = decode(.patch, path, body: "") else {
            Issue.record("\(path) takes PATCH.")
            return
        }
        #expect(allowed.map(\.rawValue) == methods)
    }

    @Test(
        arguments: [
            (.post, "/api/v1/attachments/\(file)/chunk/1", 540_672),
            (.post, "/json/reply/UploadAttachmentChunk", 540_672),
            (.get, "/api/v1/attachments/\(file)/chunk/1", nil),
            (.put, "/api/v1/messages/\(message)/save", 1_048_576),
            (.post, "/json/reply/savemessage", 1_048_576),
            (.put, "/api/v1/messages/\(message)/send", nil),
            (.post, "/json/reply/SendMessage", nil), (.post, "/api/v1/login", nil),
            (.post, "/elsewhere", nil),
        ] as [(HTTPRequest.Method, String, Int?)])
    func `chunks and drafts may be larger than other bodies`(
        _ method: HTTPRequest.Method, _ path: String, _ limit: Int?
    ) {
        let head = HTTPRequest(
            method: method, scheme: "https", authority: "gateway.test", path: path)
        #expect(SecureMessagingDialect().bodyLimit(for: head) == limit)
    }
}
