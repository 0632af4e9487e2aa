import PosternModel
import PosternSettings
import Testing

@Suite struct IssuersFileTests {
    @Test func `issuers are read as they stand, key files beside the file`() throws {
        let file = StrictText(
            """
            issuers:
              - issuer: https://id.hospital.example
                audience: postern
                jwks: id.jwks.json
                account: email
                algorithms: [ES256, EdDSA]
              - {issuer: https://lab.example/realm, audience: mail, jwks: /etc/keys.json, account: sub, algorithms: [RS256]}
            """)
        #expect(
            try file.read(IssuersFile.read) == [
                IssuerSettings(
                    issuer: "https://id.hospital.example", audience: "postern",
                    keyFile: file.folder + "/id.jwks.json", account: "email",
                    algorithms: [.es256, .edDSA]),
                IssuerSettings(
                    issuer: "https://lab.example/realm", audience: "mail",
                    keyFile: "/etc/keys.json", account: "sub", algorithms: [.rs256]),
            ])
    }

    @Test func `every fault is reported at once, with its place`() throws {
        let file = StrictText(
            """
            issuers:
              - issuer: http://id.example
                audience: ""
                jwks: a.json
                account: email
                algorithms: [none, HS256, ES256]
                kid: x
              - issuer: https://b.example
                audience: postern
                jwks: [a]
                algorithms: []
              - 7
              - {issuer: https://c.example, audience: a, jwks: k, account: sub, algorithms: [EdDSA]}
              - {issuer: https://c.example, audience: a, jwks: k, account: sub, algorithms: [EdDSA]}
            """)
        try file.expect(
            faults: [
                ":7:5: `kid` is not a key of an issuer",
                ":2:13: `issuer` must begin with `https://`",
                ":3:15: `audience` must be a text",
                ":6:18: `none` is no algorithm to trust",
                ":6:24: `HS256` is no algorithm to trust",
                ":8:5: The key `account` is missing from an issuer.",
                ":10:11: `jwks` must be a text",
                ":11:17: `algorithms` must be a list of at least one",
                ":12:5: Here an issuer is expected",
                ":14:5: The issuer `https://c.example` stands twice.",
            ], IssuersFile.read)
    }
}
