internal import FoundationEssentials
public import PosternModel

/// RFC 9457 problem documents: the same in every dialect, for clients that ask for them.
///
/// Extension members: `code`, `objections` (every rule that objects, in check order), `remedies` (the
/// smallest change that would pass; null when the sender alone cannot make one), `found` (where banned
/// content stands, as byte offsets into the UTF-8 of the sender's own text) and `retryAt`.
public enum ProblemDocument {
    /// The media type.
    public static let mediaType = "application/problem+json"

    /// Describes a no.
    ///
    /// - Parameters:
    ///   - refusal: The no.
    ///   - status: The HTTP status the dialect gives it.
    ///   - title: The code's documented text: the same in every document with this code.
    /// - Returns: The document.
    public static func refusal(_ refusal: Refusal, status: Int, title: String) -> [UInt8] {
        document(
            type: "/errors/\(refusal.code.rawValue)", title: title, status: status,
            detail: refusal.objections.first?.sentence ?? title,
            decision: refusal.stamp.decision, code: "\(refusal.code.rawValue)"
        ) { json in
            json.array("objections", of: refusal.objections) { json, objection in
                json.object {
                    $0.member("rule", objection.rule.rawValue)
                    $0.member("code", "\(objection.code.rawValue)")
                    $0.member("sentence", objection.sentence)
                }
            }
            if let remedies = refusal.remedies {
                json.array("remedies", of: remedies) { json, remedy in
                    json.object { remedy.write(to: &$0) }
                }
            } else {
                json.null("remedies")
            }
            if !refusal.found.isEmpty {
                json.array("found", of: refusal.found) { json, hit in
                    json.object {
                        $0.member("part", hit.part.rawValue)
                        $0.array("spans", of: hit.spans) { json, span in
                            json.object {
                                $0.member("start", span.lowerBound)
                                $0.member("end", span.upperBound)
                            }
                        }
                    }
                }
            }
            if let instant = refusal.retryAt { json.member("retryAt", instant.rfc3339) }
        }
    }

    /// Describes a no to an operation.
    ///
    /// - Parameters:
    ///   - refusal: The no.
    ///   - stamp: The decision's, and when the same request may pass.
    ///   - status: The HTTP status the dialect gives it.
    ///   - title: The code's documented text: the same in every document with this code.
    ///   - code: What the dialect's clients compare with.
    /// - Returns: The document.
    public static func refusal(
        _ refusal: OperationRefusal, stamp: OperationStamp, status: Int, title: String, code: String
    ) -> [UInt8] {
        document(
            type: "/errors/\(refusal.code.name)", title: title, status: status,
            detail: refusal.sentence, decision: stamp.decision, code: code
        ) { json in
            if let instant = stamp.retryAt { json.member("retryAt", instant.rfc3339) }
        }
    }

    /// Describes a fault; only what the client may know.
    public static func fault(_ fault: Fault, decision: DecisionID, status: Int) -> [UInt8] {
        document(
            type: "/errors/\(fault.code.rawValue)", title: "The service could not finish.",
            status: status, detail: fault.code.entry.clientSentence, decision: decision,
            code: fault.code.rawValue)
    }

    /// Describes a request that could not be read; `about:blank`, since the status says it all.
    public static func badRequest(status: Int, title: String, detail: String) -> [UInt8] {
        document(
            type: "about:blank", title: title, status: status, detail: detail, decision: nil,
            code: nil)
    }

    private static func document(
        type: String, title: String, status: Int, detail: String, decision: DecisionID?,
        code: String?, extensions: (inout JSONWriter) -> Void = { _ in }
    ) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("type", type)
            json.member("title", title)
            json.member("status", status)
            json.member("detail", detail)
            if let decision { json.member("instance", "urn:postern:decision:\(decision)") }
            if let code { json.member("code", code) }
            extensions(&json)
        }
        return json.bytes
    }
}

extension OperationCode {
    /// What the error catalogue's pages are found by: a send's number, or an own code's name.
    fileprivate var name: String {
        switch self {
        case .send(let code): "\(code.rawValue)"
        case .own(let code): code.rawValue
        }
    }
}
