import Foundation
import PosternModel
import PosternSettings
import Testing

@Suite struct UnitsFileTests {
    private func read(_ text: String) throws -> (path: String, units: [UnitSettings]) {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("units-\(UUID().uuidString).yaml").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return (path, try UnitsFile.read(path))
    }

    private func faults(_ text: String) throws -> [String] {
        let thrown = #expect(throws: SettingFaults.self) { _ = try read(text) }
        return try #require(thrown).faults.map(\.description)
    }

    @Test func `units are read as they stand, files beside the file`() throws {
        let (path, units) = try read(
            """
            units:
              - unit: https://lab.example/
                jwks: lab.jwks.json
                account: lab@hospital.example
                trustRoots: lab.pem
              - {unit: "https://clinic.example:8443/unit/", jwks: /etc/c.json, account: c@hospital.example}
            """)
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        #expect(
            units == [
                UnitSettings(
                    unit: try #require(UnitURL("https://lab.example/")),
                    keyFile: folder + "/lab.jwks.json",
                    account: try #require(EmailAddress("lab@hospital.example")),
                    trustRoots: folder + "/lab.pem"),
                UnitSettings(
                    unit: try #require(UnitURL("https://clinic.example:8443/unit/")),
                    keyFile: "/etc/c.json",
                    account: try #require(EmailAddress("c@hospital.example"))),
            ])
        #expect(try read("units: []").units.isEmpty)
    }

    @Test func `every fault is reported at once, with its place`() throws {
        let found = try faults(
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
        let expected = [
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
        ]
        #expect(found.count == expected.count, "\(found.joined(separator: "\n"))")
        for (fault, part) in zip(found, expected) { #expect(fault.contains(part), "\(fault)") }
    }

    @Test(arguments: [
        "", "units: 7", "- a", "units: [", "other: 1", "units: {}",
        "units:\n - unit: a\n   unit: b\n", "a: &a 1\nunits: [*a]\n",
    ])
    func `what is no file of units is refused`(_ text: String) throws {
        #expect(try !faults(text).isEmpty)
    }

    @Test func `a file that is not there is a fault`() {
        #expect(throws: SettingFaults.self) { _ = try UnitsFile.read("/nowhere/units.yaml") }
    }
}
