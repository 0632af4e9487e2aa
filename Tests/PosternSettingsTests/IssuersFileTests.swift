import Foundation
import PosternModel
import PosternSettings
import Testing

@Suite struct IssuersFileTests {
    private func read(_ text: String) throws -> (path: String, issuers: [IssuerSettings]) {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("issuers-\(UUID().uuidString).yaml").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return (path, try IssuersFile.read(path))
    }

    private func faults(_ text: String) throws -> [String] {
        let thrown = #expect(throws: SettingFaults.self) { _ = try read(text) }
        return try #require(thrown).faults.map(\.description)
    }

    @Test func `issuers are read as they stand, key files beside the file`() throws {
        let (path, issuers) = try read(
            """
            issuers:
              - issuer: https://id.hospital.example
                audience: postern
                jwks: id.jwks.json
                account: email
                algorithms: [ES256, EdDSA]
              - {issuer: https://lab.example/realm, audience: mail, jwks: /etc/keys.json, account: sub, algorithms: [RS256]}
            """)
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        #expect(
            issuers == [
                IssuerSettings(
                    issuer: "https://id.hospital.example", audience: "postern",
                    keyFile: folder + "/id.jwks.json", account: "email",
                    algorithms: [.es256, .edDSA]),
                IssuerSettings(
                    issuer: "https://lab.example/realm", audience: "mail",
                    keyFile: "/etc/keys.json", account: "sub", algorithms: [.rs256]),
            ])
    }

    @Test func `every fault is reported at once, with its place`() throws {
        let found = try faults(
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
        let expected = [
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
        ]
        #expect(found.count == expected.count, "\(found.joined(separator: "\n"))")
        for (fault, part) in zip(found, expected) { #expect(fault.contains(part), "\(fault)") }
    }

    @Test(arguments: [
        "", "issuers: []", "issuers: 7", "- a", "issuers: [", "other: 1",
        "issuers:\n - issuer: a\n   issuer: b\n", "a: &a 1\nissuers: [*a]\n",
    ])
    func `what is no file of issuers is refused`(_ text: String) throws {
        #expect(try !faults(text).isEmpty)
    }

    @Test func `a file that is not there is a fault`() {
        #expect(throws: SettingFaults.self) { _ = try IssuersFile.read("/nowhere/issuers.yaml") }
    }
}
