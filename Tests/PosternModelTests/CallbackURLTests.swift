import PosternModel
import Testing

@Suite struct CallbackURLTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let text: String
        let place: String
        var userInfo: String?
        var testDescription: String { text }
    }

    @Test(arguments: [
        Row(text: "https://hooks.example/x?y=1", place: "https://hooks.example:443/x?y=1"),
        Row(text: "https://HOOKS.example:8443", place: "https://hooks.example:8443/"),
        Row(
            text: "https://ann:p%40ss%3A%C3%BC@hooks.example/x",
            place: "https://hooks.example:443/x",
            userInfo: "ann:p@ss:ü"),
        Row(
            text: "https://ann:a:b@hooks.example", place: "https://hooks.example:443/",
            userInfo: "ann:a:b"),
        Row(
            text: "https://ann@hooks.example", place: "https://hooks.example:443/", userInfo: "ann:"
        ),
        Row(text: "https://@hooks.example", place: "https://hooks.example:443/", userInfo: ":"),
        Row(text: "https://hooks.example/a@b", place: "https://hooks.example:443/a@b"),
        Row(text: "http://127.0.0.1:99/x", place: "http://127.0.0.1:99/x"),
    ])
    func `an address is taken apart, login and password aside`(_ row: Row) throws {
        let url = try #require(CallbackURL(row.text))
        #expect(url.place.description == row.place)
        #expect(url.userInfo?.withExposed { $0 } == row.userInfo)
        #expect(url.withExposed { $0 } == row.text)
    }

    @Test(arguments: [
        "", "hooks.example", "http://hooks.example/", "ftp://hooks.example/", "https://",
        "https://ann@", "https://a@b@hooks.example", "https://a%3Ab:c@hooks.example",
        "https://a:%00@hooks.example", "https://a:%0D%0A@hooks.example",
        "https://a:%FF@hooks.example",
        "https://a:%zz@hooks.example", "https://a:%4@hooks.example",
        "https://a:%40b@hooks.example#x",
        "https://hooks.example/#x", "https://hooks.example:0/",
        "https://hooks.example\\@evil.example",
        "https://hooks.example/" + String(repeating: "x", count: 2048),
    ])
    func `what cannot be called, or is not clear, is refused`(_ text: String) {
        #expect(CallbackURL(text) == nil)
    }

    @Test func `nothing of an address is ever printed`() throws {
        let url = try #require(CallbackURL("https://ann:canary@hooks.example/canary"))
        var dumped = ""
        dump(url, to: &dumped)
        for text in ["\(url)", String(reflecting: url), dumped] {
            #expect(!text.contains("canary") && !text.contains("hooks"))
        }
    }
}
