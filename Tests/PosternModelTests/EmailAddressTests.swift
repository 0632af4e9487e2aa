import PosternModel
import Testing

@Suite struct EmailAddressTests {
    @Test(arguments: [
        ("Ann@Example.ORG", "ann@example.org"), ("a.b+c@x.y.z", "a.b+c@x.y.z"),
        ("o'neill@host", "o'neill@host"), ("x@xn--bcher-kva.example", "x@xn--bcher-kva.example"),
        ("-a-@B-C.d", "-a-@b-c.d"), ("!#$%&'*+-/=?^_`{|}~@0", "!#$%&'*+-/=?^_`{|}~@0"),
        (
            String(repeating: "a", count: 64) + "@" + String(repeating: "B", count: 63),
            String(repeating: "a", count: 64) + "@" + String(repeating: "b", count: 63)
        ),
    ])
    func `a bare address is compared in lower case`(text: String, expected: String) throws {
        #expect(try #require(EmailAddress(text)).description == expected)
    }

    @Test(arguments: [
        "", "@", "a@", "@b", "a@b@c", "a b@c", "a@b c", ".a@b", "a.@b", "a..b@c", "a@-b", "a@b-",
        "a@b..c", "\"a\"@b", "a@[127.0.0.1]", "Ann <a@b>", "a@b\r\nBcc: c@d", "ä@b", "a@bü",
        "a@b,c@d", "a\u{0}@b", "\u{212A}@host",
        "a@b@", "@a@b", "a@b.", "a@.b", "a@b.-c", "a@b+c", "a@b_c", "-a@b-.c",
        String(repeating: "a", count: 65) + "@b",
        "a@" + String(repeating: "b", count: 64),
        "a@" + String(repeating: "b.", count: 126) + "b",
    ])
    func `anything that could be read in two ways is refused`(text: String) {
        #expect(EmailAddress(text) == nil)
    }

    @Test func `the parts are what stands on either side of the at sign`() throws {
        let address = try #require(EmailAddress("ann@example.org"))
        #expect(address.localPart == "ann")
        #expect(address.domain == "example.org")
    }
}
