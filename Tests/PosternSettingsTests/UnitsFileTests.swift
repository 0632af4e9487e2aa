import PosternModel
import PosternSettings
import Testing

@Suite struct UnitsFileTests {
    @Test func `units are read as they stand, files beside the file`() throws {
        let file = StrictText(
            """
            units:
              - unit: https://lab.example/
                jwks: lab.jwks.json
                account: lab@hospital.example
                trustRoots: lab.pem
              - {unit: "https://clinic.example:8443/unit/", jwks: /etc/c.json, account: c@hospital.example}
            """)
        #expect(
            try file.read(UnitsFile.read) == [
                UnitSettings(
                    unit: try #require(UnitURL("https://lab.example/")),
                    keyFile: file.folder + "/lab.jwks.json",
                    account: try #require(EmailAddress("lab@hospital.example")),
                    trustRoots: file.folder + "/lab.pem"),
                UnitSettings(
                    unit: try #require(UnitURL("https://clinic.example:8443/unit/")),
                    keyFile: "/etc/c.json",
                    account: try #require(EmailAddress("c@hospital.example"))),
            ])
    }

    @Test func `every fault is reported at once, with its place`() throws {
        let file = StrictText(
            """
            units:
              - unit: http://lab.example/
                jwks: ""
                account: lab
                key: x
              - unit: https://lab.example
                account: lab@hospital.example
              - 7
              - {unit: "https://a.example:443/", jwks: a, account: a@b.example, trustRoots: []}
              - {unit: https://c.example/, jwks: a, account: a@b.example}
              - {unit: https://c.example/, jwks: b, account: b@b.example}
            """)
        try file.expect(
            faults: [
                ":5:5: `key` is not a key of a unit",
                ":2:11: `unit` must be an address such as",
                ":3:11: `jwks` must be a text",
                ":4:14: `account` must be the email address",
                ":6:5: The key `jwks` is missing from a unit.",
                ":6:11: `unit` must be an address such as",
                ":8:5: Here a unit is expected",
                ":9:12: `unit` must be an address such as",
                ":9:81: `trustRoots` must be a text",
                ":11:5: The unit `https://c.example/` stands twice.",
            ], UnitsFile.read)
    }
}
