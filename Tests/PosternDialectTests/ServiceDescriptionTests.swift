import HTTPTypes
import PosternDialectKit
import PosternDialectSecureMessaging
import PosternModel
import Testing

@Suite struct ServiceDescriptionTests {
    @Test(arguments: [
        ("https://portal.example", "portal.example", "https://portal.example/api"),
        ("https://portal.example:8443/", "portal.example", "https://portal.example:8443/api"),
        ("https://[2001:db8::1]:8443", "[2001:db8::1]", "https://[2001:db8::1]:8443/api"),
        ("https://mail.example/secure", "mail.example", "https://mail.example/secure/api"),
    ])
    func `discovery tells the portal's host and where its API is`(
        _ base: String, _ host: String, _ api: String
    ) throws {
        let dialect = SecureMessagingDialect(service: ServiceDescription(baseURL: base))
        let head = HTTPRequest(
            method: .get, scheme: "https", authority: "gateway.test",
            path: "/api/public/services/single?serviceCode=postern")
        guard case .answer(let answer) = dialect.decode(DialectRequest(head: head)),
            case .object(let object) = try JSONValue(strict: answer.body),
            case .object(let urls)? = object["urls"]
        else {
            Issue.record("There is no answer.")
            return
        }
        #expect(object["primaryDomain"] == .string(host))
        #expect(urls.members == [.init(name: "SecMsgAPI", value: .string(api))])
    }
}
