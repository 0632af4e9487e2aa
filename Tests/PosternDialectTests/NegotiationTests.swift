import HTTPTypes
import PosternDialectKit
import PosternModel
import Testing

@Suite struct NegotiationTests {
    @Test(
        arguments: [
            (nil, nil, .json, false), ("", nil, .json, false), ("*/*", nil, .json, false),
            ("*/*", "text/xml", .xml, false), (nil, "application/xml", .xml, false),
            ("application/json", "application/xml", .json, false),
            ("application/xml", nil, .xml, false),
            ("text/html", nil, .json, false), ("text/csv, application/xml;q=0.2", nil, .xml, false),
            ("application/json;q=0.2, application/xml;q=0.3", nil, .xml, false),
            ("application/xml;q=0, */*", nil, .json, false),
            ("application/json;q=0, */*", nil, .xml, false),
            ("application/*;q=0.5, text/xml", nil, .xml, false),
            ("APPLICATION/XML", nil, .xml, false),
            ("application/problem+json", nil, .json, true),
            ("application/json, application/problem+json", nil, .json, true),
            ("application/json, application/problem+json;q=0.9", nil, .json, false),
            ("application/problem+json;q=0", nil, .json, false), (";;,,q=,/", nil, .json, false),
            ("application/json;q=banana", nil, .json, false),
            ("application/xml;q=1.0001", nil, .xml, false),
        ] as [(String?, String?, ReplyFormat, Bool)])
    func `the best liked format wins`(
        _ accept: String?, _ contentType: String?, _ format: ReplyFormat, _ problem: Bool
    ) {
        var fields = HTTPFields()
        fields[.accept] = accept
        fields[.contentType] = contentType
        let negotiation = Negotiation(fields)
        #expect(negotiation.format == format)
        #expect(negotiation.wantsProblem == problem)
    }

    @Test(
        arguments: [
            ("a%20b", "a b"), ("a+b", "a b"), ("%C3%BC", "ü"), ("%zz", nil), ("%4", nil),
            ("%", nil),
            ("%00", nil), ("%0A", nil), ("%7F", nil), ("%FF", nil), ("%ED%A0%80", nil), ("", ""),
        ] as [(String, String?)])
    func `escapes are decoded strictly`(_ text: String, _ decoded: String?) {
        #expect(PercentCoding.decode(Array(text.utf8)[...], plusIsSpace: true) == decoded)
    }

    @Test func `parameters are bounded in number`() {
        let pairs = (0..<65).map { "p\($0)=1" }
        #expect(throws: JSONObject.ParameterProblem.tooMany) {
            try JSONObject(parameters: Array(pairs.joined(separator: "&").utf8)[...])
        }
    }
}

@Suite struct RemedyTests {
    static let remedies: [Remedy] = [
        .signIn, .removeRecipients(count: 1), .removeDisabledRecipients(count: 2),
        .removeForbiddenRecipients(count: 1), .removeUninvitableRecipients(count: 3),
        .removeChallengedRecipients(count: 1), .askToInvite, .giveChallengeCode,
        .addressOnlyTheParentsSender, .startNewMessage, .changeFYEO(to: .disabled),
        .changeFYEO(to: .accountPassword), .changeFYEO(to: .uniquePassword), .clearExpiry,
        .setExpiry(notBefore: Sample.noon, notAfter: nil),
        .setExpiry(notBefore: Sample.noon, notAfter: Sample.midnight), .givePassword,
        .correctPassword, .removeBannedText(lists: []), .removeBannedText(lists: ["a", "b"]),
        .waitUntil(Sample.midnight),
    ]

    @Test(arguments: remedies)
    func `every remedy is one whole sentence`(_ remedy: Remedy) {
        #expect(remedy.sentence.first?.isUppercase == true)
        #expect(remedy.sentence.hasSuffix("."))
        #expect(!remedy.sentence.dropLast().contains("."))
    }
}
