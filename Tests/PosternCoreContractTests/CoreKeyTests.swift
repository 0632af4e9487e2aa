import PosternCoreContract
import PosternModel
import Testing

@Suite struct CoreKeyTests {
    private let text = "gxAJPZrP3ufvLHWrs4oaWYBQOlCf58qiV2lxiHZtLXQ="

    @Test func `a key is shown by the field that carries it, and by no other`() throws {
        let key = try #require(CoreKey(Secret(text)))
        let field = key.authorization.withExposed { $0 }
        #expect(field == "Bearer " + text)
        #expect(key.isShown(by: field))
        #expect(key.isShown(by: "bearer " + text))
        for other in [
            nil, "", "Bearer", "Bearer ", text, "Basic " + text, "Bearer  " + text, field + " ",
            field + "=", String(field.dropLast()), "Bearer " + text.lowercased(),
        ] {
            #expect(!key.isShown(by: other), "\(other ?? "none")")
        }
    }

    @Test func `a key from a file may end its line`() throws {
        let key = try #require(CoreKey(Secret(" \(text)\n")))
        #expect(key.isShown(by: "Bearer " + text))
    }

    @Test(arguments: [
        "", "short", String(repeating: "k", count: 31), String(repeating: "k", count: 257),
        String(repeating: "k", count: 32) + "é",
        String(repeating: "k", count: 20) + " "
            + String(repeating: "k", count: 20),
    ]) func `what could be guessed, or not be shown, is no key`(_ text: String) {
        #expect(CoreKey(Secret(text)) == nil)
    }

    @Test func `a key is not printed`() throws {
        let key = try #require(CoreKey(Secret(text)))
        for printed in [
            "\(key)", String(reflecting: key), "\(Mirror(reflecting: key).children.count)",
        ] {
            #expect(!printed.contains(text.prefix(8)))
        }
        #expect("\(key)" == "‹hidden›")
        #expect(!((key as Any) is any Encodable))
    }
}
