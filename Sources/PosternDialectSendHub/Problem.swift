import HTTPTypes
import PosternDialectKit
import PosternModel

/// A no as this API words it: one JSON body that the 2012 and 2022 editions and the official client all can read.
///
/// The official client needs `message`, the newer edition's clients look at `error` and `code`, a text of digits.
struct Problem: Error, Equatable {
    /// The HTTP status.
    var status: HTTPResponse.Status
    /// What is wrong, as a whole sentence for people; it repeats nothing the client sent but numbers.
    var message: String
    /// The status, or the number of a policy's refusal.
    var code: String
    /// What is wrong, in few words.
    var error: String
    /// Where there is more to read; may be empty.
    var moreInfo = ""
    /// What is wrong with each member of a contact or group.
    var fields: [Field] = []
    /// How long to wait where a day's messages are used up, as `0:00:30`.
    var timeLeft: String?

    /// What is wrong with one member.
    struct Field: Equatable {
        var name: String
        var sentence: String

        init(_ name: String, _ sentence: String) {
            self.name = name
            self.sentence = sentence
        }
    }

    init(_ status: HTTPResponse.Status, _ message: String, error: String? = nil) {
        self.status = status
        self.message = message
        code = "\(status.code)"
        self.error = error ?? status.reasonPhrase
    }

    /// A request that contradicts the contract; `part` is the member at fault.
    static func invalid(_ part: String, _ message: String) -> Problem {
        Problem(.badRequest, message, error: "\(part) invalid")
    }

    /// A message for nobody.
    static let noRecipients = invalid(
        "contacts", "The message names neither contacts nor groups.")

    /// A message that says nothing, in the 2022 edition's words.
    static let noText = invalid("text message", "sms message does not exist or is empty")

    /// A credential that is missing, unknown or somebody else's: which of them is not told.
    static let unauthorized = Problem(
        .unauthorized, "The username and the API key do not belong together.")

    /// Members of a contact or group at fault, as the 2022 edition lists them.
    static func fields(_ fields: [Field], of topic: SendHubManner.Topic) -> Problem {
        var problem = Problem(
            .badRequest, fields.map { "\($0.name): \($0.sentence)" }.joined(separator: " "),
            error: "\(topic.rawValue) invalid")
        problem.fields = fields
        return problem
    }

    /// The 2022 edition's text for what is not there.
    static func notFound(_ topic: SendHubManner.Topic) -> Problem {
        let text = "Requested \(topic.rawValue) not found"
        return Problem(.notFound, text, error: text)
    }

    /// The body.
    var body: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("message", message)
            json.member("code", code)
            json.member("error", error)
            json.member("moreInfo", moreInfo)
            json.member("status", status.code)
            if let timeLeft {
                json.member("devMessage", "")
                json.member("timeLeft", timeLeft)
            }
            for field in fields { json.array(field.name, of: [field.sentence]) { $0.string($1) } }
        }
        return json.bytes
    }

    /// The answer; `document` is an RFC 9457 document where the client asked for one.
    func response(document: [UInt8]? = nil) -> DialectResponse {
        var fields: HTTPFields = [:]
        // RFC 9110 section 15.5.2 wants a challenge with every 401, and Basic is what the 2022 edition takes.
        if status == .unauthorized {
            fields[.wwwAuthenticate] = "Basic realm=\"sendhub\", charset=\"UTF-8\""
        }
        if status == .unsupportedMediaType { fields[.accept] = "application/json" }
        return .make(
            status, document == nil ? "application/json" : ProblemDocument.mediaType,
            document ?? body,
            fields)
    }

    /// The answer to a request nobody has decided about.
    func response(wantsProblem: Bool) -> DialectResponse {
        response(
            document: wantsProblem
                ? ProblemDocument.badRequest(
                    status: status.code, title: status.reasonPhrase, detail: message) : nil)
    }
}

extension DialectResponse {
    /// A response with the fields every answer of this API carries.
    static func make(
        _ status: HTTPResponse.Status, _ type: String?, _ body: [UInt8],
        _ fields: HTTPFields = [:]
    ) -> DialectResponse {
        var all = fields
        if let type { all.append(HTTPField(name: .contentType, value: type)) }
        all.append(HTTPField(name: .vary, value: "Accept"))
        all.append(HTTPField(name: .cacheControl, value: "no-store"))
        all.append(HTTPField(name: .xContentTypeOptions, value: "nosniff"))
        return DialectResponse(head: HTTPResponse(status: status, headerFields: all), body: body)
    }
}
