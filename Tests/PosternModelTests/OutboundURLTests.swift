import PosternModel
import Testing

@Suite struct OutboundURLTests {
    @Test(arguments: [
        ("https://sms.example.org", "https://sms.example.org:443/"),
        ("HTTPS://SMS.Example.org/In?a=b&c=%20", "https://sms.example.org:443/In?a=b&c=%20"),
        ("https://sms.example.org:8443?a", "https://sms.example.org:8443/?a"),
        ("https://192.0.2.1:1/", "https://192.0.2.1:1/"),
        ("https://[2001:DB8::1]/x", "https://[2001:db8::1]:443/x"),
        ("https://[2001:db8::1]:65535", "https://[2001:db8::1]:65535/"),
        ("http://localhost", "http://localhost:80/"),
        ("http://127.0.0.1:8080/hook", "http://127.0.0.1:8080/hook"),
        ("http://[::1]:8080/hook", "http://[::1]:8080/hook"),
        ("https://sms.example.org/a@b:c", "https://sms.example.org:443/a@b:c"),
    ])
    func `an address is read as it will be called`(_ text: String, _ called: String) throws {
        let url = try OutboundURL(text)
        #expect(url.description == called)
        #expect(try OutboundURL(called) == url)
    }

    @Test(arguments: [
        ("", OutboundURL.Problem.scheme), ("sms.example.org", .scheme),
        ("ftp://sms.example.org", .scheme), ("://x", .scheme), ("https:/x", .scheme),
        ("http://sms.example.org", .unprotected), ("http://127.0.0.2/", .unprotected),
        ("http://localhost.example/", .unprotected), ("http://127.0.0.1.example/", .unprotected),
        ("https://ann@sms.example.org", .userInfo), ("https://ann:x@sms.example.org", .userInfo),
        ("http://localhost:80@sms.example.org/", .userInfo),
        ("https://sms.example.org/#a", .fragment), ("https://sms.example.org#", .fragment),
        ("https://", .host), ("https:///x", .host), ("https://?x", .host),
        ("https://:443/", .host), ("https://a..b/", .host), ("https://.a/", .host),
        ("https://-a.example/", .host), ("https://a_b.example/", .host),
        ("https://[::1/", .host), ("https://[]/", .host), ("https://[1]/", .host),
        ("https://[::1%25eth0]/", .host), ("https://[::1]x/", .host), ("https://a%2eb/", .host),
        ("https://a.example:", .port), ("https://a.example:0", .port),
        ("https://a.example:65536", .port), ("https://a.example:+1", .port),
        ("https://a.example:1:2", .port), ("https://a.example:000001", .port),
        ("https://a b/", .characters), ("https://a.example/\n", .characters),
        ("https://a.example/ü", .characters), ("https://a.example/\\", .characters),
        ("https://a.example/\u{0}", .characters), ("https://a.example/\"", .characters),
        ("https://" + String(repeating: "a", count: 2048), .tooLong),
    ])
    func `an address that could mean something else is refused`(
        _ text: String, _ problem: OutboundURL.Problem
    ) {
        #expect(throws: problem) { _ = try OutboundURL(text) }
    }

    @Test(arguments: OutboundURL.Problem.allCases)
    func `what is wrong with an address is true whoever is called`(_ problem: OutboundURL.Problem) {
        for one in ["webhook", "core", "signature", "key"] {
            #expect(!problem.rawValue.contains(one))
        }
    }

    @Test(arguments: [
        ("https://core.example", "https://core.example:443/v1/x?a=b"),
        ("https://core.example/", "https://core.example:443/v1/x?a=b"),
        ("https://core.example:8444/behind", "https://core.example:8444/behind/v1/x?a=b"),
        ("https://[::1]/behind/?c=d/", "https://[::1]:443/behind/v1/x?a=b"),
    ])
    func `what lies in a folder has its address behind the folder's`(
        _ folder: String, _ expected: String
    ) throws {
        let url = try OutboundURL(folder).appending("/v1/x?a=b")
        #expect(url.description == expected)
        #expect(throws: OutboundURL.Problem.fragment) { try url.appending("/#a") }
        #expect(throws: OutboundURL.Problem.tooLong) {
            try url.appending("/" + String(repeating: "a", count: 2048))
        }
    }
}
