import HTTPTypes
import PosternDialectKit
import PosternDialectSecureMessaging
import PosternModel
import Testing

@Suite struct ProblemDocumentTests {
    private func object(_ bytes: [UInt8]) throws -> JSONObject {
        let value = try JSONValue(strict: bytes)
        let object: JSONObject? = if case .object(let object) = value { object } else { nil }
        return try #require(object)
    }

    @Test(arguments: RefusalCode.allCases)
    func `a refusal names every rule that objects`(_ code: RefusalCode) throws {
        let refusal = Sample.refusal([code, .passwordWrong])
        let document = try object(ProblemDocument.refusal(refusal, status: 403, title: "A title"))
        #expect(document["type"] == .string("/errors/\(code.rawValue)"))
        #expect(document["code"] == .string("\(code.rawValue)"))
        #expect(document["status"] == .number("403"))
        #expect(document["instance"] == .string("urn:postern:decision:\(Sample.decision)"))
        guard case .array(let objections)? = document["objections"] else {
            Issue.record("There are no objections.")
            return
        }
        #expect(objections.count == 2)
    }

    @Test(arguments: FaultCode.allCases)
    func `a fault tells a client nothing internal`(_ code: FaultCode) throws {
        let fault = Fault(code, note: "/var/lib/secret")
        let document = ProblemDocument.fault(fault, decision: Sample.decision, status: 503)
        #expect(!String(decoding: document, as: UTF8.self).contains("/var/lib"))
        #expect(try object(document)["detail"] == .string(code.entry.clientSentence))
        let failure = Failure(decision: Sample.decision, policy: Sample.stamp.policy, fault: fault)
        let dialect = SecureMessagingDialect()
        let plain = DialectRequest(
            head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/"))
        for reply in [
            dialect.encode(.fault(fault, Sample.decision), for: plain),
            dialect.encode(SendOutcome.failed(failure), in: AnotherManner()),
            dialect.encode(OperationOutcome.failed(failure), in: AnotherManner()),
        ] {
            #expect(reply.head.status.code == (Sample.ofTheDraft.contains(code) ? 409 : 503))
            #expect(!String(decoding: reply.body, as: UTF8.self).contains("/var/lib"))
        }
    }

    @Test func `limits have their statuses`() {
        let request = DialectRequest(
            head: HTTPRequest(method: .put, scheme: nil, authority: nil, path: "/api//x?format=xml")
        )
        let dialect = SecureMessagingDialect()
        let large = dialect.encode(.bodyTooLarge(limit: 1024), for: request)
        #expect(large.head.status.code == 413)
        #expect(large.head.headerFields[.contentType] == "application/xml; charset=utf-8")
        #expect(dialect.encode(.tooSlow, for: request).head.status.code == 408)
        #expect(dialect.encode(.unknownRoute, for: request).head.status.code == 404)
    }
}

private struct AnotherManner: ResponseManner {}
