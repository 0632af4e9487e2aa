import HTTPTypes
import PosternDialectKit
import PosternModel

/// The body of the specification's errors: one resource, all or nothing, and what was wrong with it.
struct OSDIError {
    /// One thing that was wrong.
    struct Description {
        /// What programs compare with: a documented number, or a name.
        var code: String
        /// A whole sentence.
        var text: String
        /// The members at fault.
        var properties: [String] = []
        /// What to do about it.
        var hint: String?
    }

    var status: HTTPResponse.Status
    var resource: String
    var descriptions: [Description]
    /// The decision's name, under which whoever runs Postern finds more.
    var reference: DecisionID?
    /// The same as a problem document.
    var problem: [UInt8]

    /// A no that only this API words.
    init(
        _ status: HTTPResponse.Status, of resource: String, code: String, _ sentence: String,
        _ decision: DecisionID? = nil
    ) {
        self.status = status
        self.resource = resource
        descriptions = [Description(code: code, text: sentence)]
        reference = decision
        problem = ProblemDocument.badRequest(
            status: status.code, title: status.reasonPhrase, detail: sentence)
    }

    /// Words a request that could not be read.
    init(_ bad: BadRequest, of resource: String) {
        self.init(bad.status, of: resource, code: bad.code, bad.sentence)
        descriptions[0].properties = bad.properties
    }

    /// Words policy's no, with every rule that objects.
    init(_ refusal: Refusal, of resource: String) {
        status = refusal.code.osdiStatus
        self.resource = resource
        descriptions = refusal.objections.map {
            Description(
                code: "\($0.code.rawValue)", text: $0.sentence, hint: $0.code.entry.advice)
        }
        reference = refusal.stamp.decision
        problem = ProblemDocument.refusal(
            refusal, status: status.code, title: refusal.code.entry.meaning)
    }

    /// Words a no to an operation.
    init(_ refusal: OperationRefusal, _ stamp: OperationStamp, of resource: String) {
        let code = refusal.code
        status = code.osdiStatus(of: resource)
        self.resource = resource
        descriptions = [
            Description(code: code.name, text: refusal.sentence, hint: code.entry.advice)
        ]
        reference = stamp.decision
        problem = ProblemDocument.refusal(
            refusal, stamp: stamp, status: status.code, title: code.entry.meaning, code: code.name)
    }

    /// Words what stands in the way of a send.
    init(_ obstruction: Obstruction) {
        let stamp = OperationStamp(
            decision: obstruction.stamp.decision, policy: obstruction.stamp.policy)
        self.init(obstruction.refusal, stamp, of: "osdi:message")
        let missing = SendIntent.Requirement.allCases.filter(obstruction.missing.contains)
        descriptions[0].properties =
            obstruction.refusal.targets.isEmpty ? missing.map(\.member) : ["targets"]
    }

    /// Words a fault; only what the client may know.
    init(_ failure: Failure, of resource: String) {
        self.init(failure.fault, failure.decision, of: resource)
    }

    private init(_ fault: Fault, _ decision: DecisionID, of resource: String) {
        status = fault.code.status
        self.resource = resource
        descriptions = [
            Description(code: fault.code.rawValue, text: fault.code.entry.clientSentence)
        ]
        reference = decision
        problem = ProblemDocument.fault(fault, decision: decision, status: status.code)
    }

    /// Words what was wrong before the request was read.
    init(_ problem: RequestProblem, of resource: String) {
        switch problem {
        case .bodyTooLarge(let limit):
            self.init(
                .contentTooLarge, of: resource, code: "request.too-large",
                "The body is larger than \(limit) bytes.")
        case .tooSlow:
            self.init(
                .requestTimeout, of: resource, code: "request.too-slow",
                "The request did not arrive whole in time.")
        case .unknownRoute:
            self.init(
                .notFound, of: resource, code: "route.unknown",
                "There is nothing at this address; the entry point's links lead to what there is.")
        case .methodNotAllowed(let methods):
            let names = methods.map(\.rawValue).joined(separator: ", ")
            self.init(
                .methodNotAllowed, of: resource, code: "method.not-allowed",
                "This address takes \(names) only.")
        case .fault(let fault, let id): self.init(fault, id, of: resource)
        }
    }

    /// The whole response.
    func response(wantsProblem: Bool) -> DialectResponse {
        // RFC 9110 section 15.5.2 wants a challenge with every 401; no browser knows the scheme, so none asks for a
        // password.
        let fields: HTTPFields =
            status == .unauthorized ? [.wwwAuthenticate: "OSDI-API-Token realm=\"osdi\""] : [:]
        if wantsProblem {
            return .make(status, ProblemDocument.mediaType, problem, fields)
        }
        return .hypertext(status, fields) { write(to: &$0) }
    }

    /// The whole response, in the manner asked for.
    func response(_ manner: OSDIManner) -> DialectResponse {
        response(wantsProblem: manner.wantsProblem)
    }

    private func write(to json: inout JSONWriter) {
        json.object("osdi:error") { json in
            json.member("request_type", "atomic")
            json.member("response_code", status.code)
            json.array("resource_status", of: [resource]) { json, resource in
                json.object { json in
                    json.member("resource", resource)
                    json.member("response_code", status.code)
                    json.array("error_descriptions", of: descriptions) { json, description in
                        json.object { json in
                            json.member("error_code", description.code)
                            json.member("description", description.text)
                            if !description.properties.isEmpty {
                                json.array("properties", of: description.properties) {
                                    $0.string($1)
                                }
                            }
                            json.member("hint", ifPresent: description.hint)
                            json.member("reference_code", ifPresent: reference?.description)
                        }
                    }
                }
            }
        }
    }
}

extension SendIntent.Requirement {
    /// The message's member that would meet it.
    fileprivate var member: String {
        switch self {
        case .recipients: "targets"
        case .subject: "subject"
        case .body: "body"
        }
    }
}
