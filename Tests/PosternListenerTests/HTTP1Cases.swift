import Testing

/// One input over HTTP/1 and what must come of it.
struct HTTP1Case: Sendable, CustomTestStringConvertible {
    var name: String
    var bytes: [UInt8]
    /// The statuses answered, in order.
    var statuses: [Int]
    /// Whether the listener then closes by itself.
    var closes: Bool

    init(_ name: String, _ text: String, _ statuses: Int..., closes: Bool? = nil) {
        self.init(name, Array(text.utf8), statuses, closes: closes)
    }

    init(_ name: String, bytes: [UInt8], _ statuses: Int...) {
        self.init(name, bytes, statuses, closes: nil)
    }

    private init(_ name: String, _ bytes: [UInt8], _ statuses: [Int], closes: Bool?) {
        self.name = name
        self.bytes = bytes
        self.statuses = statuses
        self.closes = closes ?? (statuses.last.map { $0 >= 400 } ?? false)
    }

    var testDescription: String { name }

    private static func get(_ fields: String, _ target: String = "/") -> String {
        "GET \(target) HTTP/1.1\r\n\(fields)\r\n"
    }

    private static func post(_ fields: String, _ body: String = "") -> String {
        "POST / HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n\(body)"
    }

    static let all = sound + lines + hosts + targets + framing + chunks + fields + sequences

    static let sound: [HTTP1Case] = [
        HTTP1Case("plain GET", get("Host: localhost\r\n"), 200),
        HTTP1Case("three blank lines first", "\r\n\r\n\r\n" + get("Host: localhost\r\n"), 400),
        HTTP1Case("bare LF first", "\n" + get("Host: localhost\r\n"), 400),
        HTTP1Case("RTSP", "OPTIONS * RTSP/1.0\r\n\r\n", 400),
        HTTP1Case("ICE", "SOURCE /a ICE/1.0\r\n\r\n", 400),
        HTTP1Case("blank line first", "\r\n" + get("Host: localhost\r\n"), 200),
        HTTP1Case("POST with length", post("Content-Length: 3\r\n", "abc"), 200),
        HTTP1Case("POST with zero length", post("Content-Length: 0\r\n"), 200),
        HTTP1Case("POST without length", post(""), 200),
        HTTP1Case(
            "POST with a chunk", post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"),
            200),
        HTTP1Case("coding in capitals", post("Transfer-Encoding: CHUNKED\r\n", "0\r\n\r\n"), 200),
        HTTP1Case(
            "chunk extension", post("Transfer-Encoding: chunked\r\n", "3;a=b\r\nabc\r\n0\r\n\r\n"),
            200),
        HTTP1Case("trailer", post("Transfer-Encoding: chunked\r\n", "0\r\nX-T: 1\r\n\r\n"), 200),
        HTTP1Case("host with port", get("Host: localhost:8443\r\n"), 200),
        HTTP1Case("host IPv6", get("Host: [::1]:8443\r\n"), 200),
        HTTP1Case("host IPv4", get("Host: 127.0.0.1\r\n"), 200),
        HTTP1Case("query", get("Host: localhost\r\n", "/a?b=c&d=%20"), 200),
        HTTP1Case("absolute target", get("Host: localhost\r\n", "https://localhost/a"), 200),
        HTTP1Case(
            "absolute target, default port", get("Host: localhost\r\n", "https://LOCALHOST:443/a"),
            200),
        HTTP1Case(
            "absolute target without path", get("Host: localhost\r\n", "https://localhost?a"), 200),
        HTTP1Case("OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 200),
        HTTP1Case("tab after colon", get("Host:\tlocalhost\r\n"), 200),
        HTTP1Case("no blank after colon", get("Host:localhost\r\n"), 200),
        HTTP1Case("UTF-8 value", get("Host: localhost\r\nX: ä€😀\r\n"), 200),
        HTTP1Case("empty value", get("Host: localhost\r\nX:\r\n"), 200),
        HTTP1Case("HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 200, closes: true),
        HTTP1Case(
            "HTTP/1.0 with keep-alive", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200,
            closes: true),
        HTTP1Case(
            "Connection: close", get("Host: localhost\r\nConnection: close\r\n"), 200, closes: true),
        HTTP1Case(
            "upgrade ignored",
            get("Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"), 200,
            closes: true),
        HTTP1Case(
            "h2c ignored",
            get(
                "Host: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"
            ), 200, closes: true),
        HTTP1Case("DELETE", "DELETE /a HTTP/1.1\r\nHost: localhost\r\n\r\n", 200),
        HTTP1Case(
            "PATCH", "PATCH /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx", 200),
    ]

    static let lines: [HTTP1Case] = [
        HTTP1Case("TRACE", "TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
        HTTP1Case("CONNECT", "CONNECT localhost:443 HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
        HTTP1Case("unknown method", "FROB / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        HTTP1Case(
            "another protocol's method", "PROPFIND / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        HTTP1Case("longer than a method", "GETS / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        HTTP1Case("lower-case method", "get / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        HTTP1Case("method with a sign", "GE(T / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        HTTP1Case("HTTP/1.2", "GET / HTTP/1.2\r\nHost: localhost\r\n\r\n", 400),
        HTTP1Case("HTTP/2.0", "GET / HTTP/2.0\r\nHost: localhost\r\n\r\n", 400),
        HTTP1Case("HTTP/0.9 with version", "GET / HTTP/0.9\r\n\r\n", 400),
        HTTP1Case("HTTP/3.0", "GET / HTTP/3.0\r\nHost: localhost\r\n\r\n", 400),
        HTTP1Case("HTTP/11", "GET / HTTP/11\r\nHost: localhost\r\n\r\n", 400),
        HTTP1Case("HTTP/1.10", "GET / HTTP/1.10\r\nHost: localhost\r\n\r\n", 400),
        HTTP1Case("lower-case protocol", "GET / http/1.1\r\nHost: localhost\r\n\r\n", 400),
        HTTP1Case("other protocol", "GET / FTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        HTTP1Case("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        HTTP1Case("simple request", "GET /\r\n\r\n", 400),
        HTTP1Case("no target", "GET  HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        HTTP1Case("two blanks before version", "GET /  HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        HTTP1Case("tab for a blank", "GET\t/\tHTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        HTTP1Case("blank after version", "GET / HTTP/1.1 \r\nHost: localhost\r\n\r\n", 400),
        HTTP1Case("bare LF ends the line", "GET / HTTP/1.1\nHost: localhost\r\n\r\n", 400),
        HTTP1Case("bare LF everywhere", "GET / HTTP/1.1\nHost: localhost\n\n", 400),
        HTTP1Case("bare CR ends the line", "GET / HTTP/1.1\rHost: localhost\r\r", 400),
        HTTP1Case("blank before the method", " GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        HTTP1Case("TLS hello", bytes: [0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0], 400),
        HTTP1Case("zero bytes", bytes: Array(repeating: 0, count: 16), 400),
        HTTP1Case("high bytes", bytes: Array(repeating: 0xFF, count: 16), 400),
    ]

    static let hosts: [HTTP1Case] = [
        HTTP1Case("no host", get(""), 400),
        HTTP1Case("empty host", get("Host:\r\n"), 400),
        HTTP1Case("two hosts", get("Host: localhost\r\nHost: localhost\r\n"), 400),
        HTTP1Case("two hosts, HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        HTTP1Case("host list", get("Host: a, b\r\n"), 400),
        HTTP1Case("host with blank", get("Host: a b\r\n"), 400),
        HTTP1Case("host with user", get("Host: me@localhost\r\n"), 400),
        HTTP1Case("host with path", get("Host: localhost/a\r\n"), 400),
        HTTP1Case("host with scheme", get("Host: https://localhost\r\n"), 400),
        HTTP1Case("host with bad port", get("Host: localhost:x\r\n"), 400),
        HTTP1Case("host with empty port", get("Host: localhost:\r\n"), 400),
        HTTP1Case("host with great port", get("Host: localhost:65536\r\n"), 400),
        HTTP1Case("host with long port", get("Host: localhost:000443\r\n"), 400),
        HTTP1Case("open bracket", get("Host: [::1\r\n"), 400),
        HTTP1Case("empty brackets", get("Host: []\r\n"), 400),
        HTTP1Case("text after bracket", get("Host: [::1]x\r\n"), 400),
        HTTP1Case("host with escape", get("Host: local%68ost\r\n"), 400),
        HTTP1Case("host with umlaut", get("Host: löcalhost\r\n"), 400),
        HTTP1Case("absolute target, other host", get("Host: localhost\r\n", "https://other/"), 400),
        HTTP1Case("absolute target, no host field", get("", "https://localhost/"), 400),
    ]

    static let targets: [HTTP1Case] = [
        HTTP1Case(
            "absolute target, plain scheme", get("Host: localhost\r\n", "http://localhost/"), 400),
        HTTP1Case("absolute target, ftp", get("Host: localhost\r\n", "ftp://localhost/"), 400),
        HTTP1Case(
            "absolute target with user", get("Host: localhost\r\n", "https://a@localhost/"), 400),
        HTTP1Case("absolute target without host", get("Host: localhost\r\n", "https:///"), 400),
        HTTP1Case("relative target", get("Host: localhost\r\n", "a/b"), 400),
        HTTP1Case("authority target", get("Host: localhost\r\n", "localhost:443"), 400),
        HTTP1Case("GET *", get("Host: localhost\r\n", "*"), 400),
        HTTP1Case("fragment", get("Host: localhost\r\n", "/a#b"), 400),
        HTTP1Case("backslash", get("Host: localhost\r\n", "/a\\b"), 400),
        HTTP1Case("angle brackets", get("Host: localhost\r\n", "/<a>"), 400),
        HTTP1Case("quotes", get("Host: localhost\r\n", "/\"a\""), 400),
        HTTP1Case("brace", get("Host: localhost\r\n", "/{a}"), 400),
        HTTP1Case("half escape", get("Host: localhost\r\n", "/a%2"), 400),
        HTTP1Case("wrong escape", get("Host: localhost\r\n", "/a%zz"), 400),
        HTTP1Case("umlaut", get("Host: localhost\r\n", "/ä"), 400),
        HTTP1Case(
            "zero in target", bytes: Array("GET /a\0b HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8),
            400),
        HTTP1Case(
            "DEL in target", bytes: Array("GET /a\u{7F}b HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8),
            400),
    ]

    static let framing: [HTTP1Case] = [
        HTTP1Case(
            "length and coding",
            post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400),
        HTTP1Case(
            "coding and length",
            post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"), 400),
        HTTP1Case(
            "length twice, equal", post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"), 400),
        HTTP1Case(
            "length twice, different", post("Content-Length: 3\r\nContent-Length: 4\r\n", "abc"),
            400),
        HTTP1Case("length list", post("Content-Length: 3, 3\r\n", "abc"), 400),
        HTTP1Case("length with plus", post("Content-Length: +3\r\n", "abc"), 400),
        HTTP1Case("negative length", post("Content-Length: -3\r\n", "abc"), 400),
        HTTP1Case("hexadecimal length", post("Content-Length: 0x3\r\n", "abc"), 400),
        HTTP1Case("length with a point", post("Content-Length: 3.0\r\n", "abc"), 400),
        HTTP1Case("length with a blank inside", post("Content-Length: 1 3\r\n", "abc"), 400),
        HTTP1Case("empty length", post("Content-Length:\r\n", "abc"), 400),
        HTTP1Case("length in words", post("Content-Length: three\r\n", "abc"), 400),
        HTTP1Case("endless length", post("Content-Length: 99999999999999999999999\r\n"), 400),
        HTTP1Case("length of 2^64", post("Content-Length: 18446744073709551616\r\n"), 400),
        HTTP1Case("length too great", post("Content-Length: 1000000\r\n"), 413),
        HTTP1Case(
            "coding twice",
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400),
        HTTP1Case(
            "chunked twice", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), 400),
        HTTP1Case("gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 400),
        HTTP1Case("chunked, gzip", post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"), 400),
        HTTP1Case("gzip", post("Transfer-Encoding: gzip\r\n", "abc"), 400),
        HTTP1Case("identity", post("Transfer-Encoding: identity\r\n", "abc"), 400),
        HTTP1Case("xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400),
        // Unicode's lower case of the Kelvin sign is a plain k, and that of a dotted capital I begins with i.
        HTTP1Case(
            "chunked with a Kelvin sign",
            post("Transfer-Encoding: chun\u{212A}ed\r\n", "0\r\n\r\n"), 400),
        HTTP1Case(
            "expectation with a dotted I",
            post("Expect: 100-cont\u{130}nue\r\nContent-Length: 1\r\n", "a"), 417),
        HTTP1Case(
            "chunked in quotes", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"), 400),
        HTTP1Case("empty coding", post("Transfer-Encoding:\r\n", "0\r\n\r\n"), 400),
        HTTP1Case(
            "chunked with parameter", post("Transfer-Encoding: chunked;a=b\r\n", "0\r\n\r\n"), 400),
        HTTP1Case(
            "coding with HTTP/1.0",
            "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        HTTP1Case("unknown expectation", post("Expect: 200-ok\r\nContent-Length: 1\r\n", "a"), 417),
    ]

    static let chunks: [HTTP1Case] = [
        HTTP1Case(
            "chunk size with 0x", post("Transfer-Encoding: chunked\r\n", "0x3\r\nabc\r\n0\r\n\r\n"),
            400),
        HTTP1Case(
            "chunk size with plus",
            post("Transfer-Encoding: chunked\r\n", "+3\r\nabc\r\n0\r\n\r\n"), 400),
        HTTP1Case(
            "negative chunk size", post("Transfer-Encoding: chunked\r\n", "-3\r\nabc\r\n0\r\n\r\n"),
            400),
        HTTP1Case(
            "blank before chunk size",
            post("Transfer-Encoding: chunked\r\n", " 3\r\nabc\r\n0\r\n\r\n"), 400),
        HTTP1Case(
            "blank after chunk size",
            post("Transfer-Encoding: chunked\r\n", "3 \r\nabc\r\n0\r\n\r\n"), 400),
        HTTP1Case(
            "no chunk size", post("Transfer-Encoding: chunked\r\n", "\r\nabc\r\n0\r\n\r\n"), 400),
        HTTP1Case(
            "endless chunk size", post("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\n"),
            400),
        HTTP1Case(
            "chunk longer than stated",
            post("Transfer-Encoding: chunked\r\n", "3\r\nabcd\r\n0\r\n\r\n"), 400),
        HTTP1Case(
            "chunk size ends with LF",
            post("Transfer-Encoding: chunked\r\n", "3\nabc\r\n0\r\n\r\n"), 400),
        HTTP1Case(
            "chunk ends with LF", post("Transfer-Encoding: chunked\r\n", "3\r\nabc\n0\r\n\r\n"), 400
        ),
        HTTP1Case(
            "chunk without end", post("Transfer-Encoding: chunked\r\n", "3\r\nabc0\r\n\r\n"), 400),
        HTTP1Case("letters for a size", post("Transfer-Encoding: chunked\r\n", "xyz\r\n"), 400),
        HTTP1Case(
            "chunk size with zeros first",
            post("Transfer-Encoding: chunked\r\n", "0003\r\nabc\r\n000\r\n\r\n"), 200),
        HTTP1Case(
            "chunk size of 2^64 and three",
            post("Transfer-Encoding: chunked\r\n", "10000000000000003\r\nabc\r\n0\r\n\r\n"), 400),
        HTTP1Case(
            "chunk too great", post("Transfer-Encoding: chunked\r\n", "fffffff\r\n"), 413),
        HTTP1Case(
            "letter after chunk size",
            post("Transfer-Encoding: chunked\r\n", "3g\r\nabc\r\n0\r\n\r\n"), 400),
        HTTP1Case(
            "bare CR in an extension",
            post("Transfer-Encoding: chunked\r\n", "3;a\rb\r\nabc\r\n0\r\n\r\n"), 400),
        HTTP1Case(
            "zero in an extension",
            post("Transfer-Encoding: chunked\r\n", "3;a\0b\r\nabc\r\n0\r\n\r\n"), 400),
        HTTP1Case(
            "LF in a quoted extension",
            post("Transfer-Encoding: chunked\r\n", "3;a=\"\n\"\r\nabc\r\n0\r\n\r\n"), 400),
        HTTP1Case(
            "chunk followed by CR alone",
            post("Transfer-Encoding: chunked\r\n", "3\r\nabc\rx0\r\n\r\n"), 400),
        HTTP1Case(
            "trailer without colon",
            post("Transfer-Encoding: chunked\r\n", "0\r\nX\r\n\r\n"), 400),
        HTTP1Case(
            "folded trailer", post("Transfer-Encoding: chunked\r\n", "0\r\nX: a\r\n b\r\n\r\n"),
            400),
        HTTP1Case(
            "trailer ends with LF",
            post("Transfer-Encoding: chunked\r\n", "0\r\nX: a\n\r\n"), 400),
        HTTP1Case(
            "bare CR before a trailer",
            post("Transfer-Encoding: chunked\r\n", "0\r\n\rANYTHING: x\r\n")
                + get("Host: localhost\r\n"), 400),
        HTTP1Case(
            "bare CR after a trailer",
            post("Transfer-Encoding: chunked\r\n", "0\r\nX: a\r\n\rY: b\r\n\r\n"), 400),
        HTTP1Case(
            "body ends with CR CR LF",
            post("Transfer-Encoding: chunked\r\n", "0\r\n\r\r\n"), 400),
        HTTP1Case(
            "body ends with LF", post("Transfer-Encoding: chunked\r\n", "0\r\n\n"), 400),
        HTTP1Case(
            "length among the trailers",
            post("Transfer-Encoding: chunked\r\n", "0\r\nContent-Length: 9\r\n\r\n")
                + get("Host: localhost\r\n"), 200, 200),
    ]

    static let fields: [HTTP1Case] = [
        HTTP1Case("blank before colon", get("Host : localhost\r\n"), 400),
        HTTP1Case("tab before colon", get("Host\t: localhost\r\n"), 400),
        HTTP1Case("folded field", get("Host: localhost\r\nX: a\r\n b\r\n"), 400),
        HTTP1Case("folded with tab", get("Host: localhost\r\nX: a\r\n\tb\r\n"), 400),
        HTTP1Case("first field folded", get(" Host: localhost\r\n"), 400),
        HTTP1Case("no colon", get("Host: localhost\r\nX\r\n"), 400),
        HTTP1Case("no name", get("Host: localhost\r\n: x\r\n"), 400),
        HTTP1Case("name with sign", get("Host: localhost\r\nX@Y: 1\r\n"), 400),
        HTTP1Case("name with umlaut", get("Host: localhost\r\nXä: 1\r\n"), 400),
        HTTP1Case("name with underscore", get("Host: localhost\r\nContent_Length: 5\r\n"), 400),
        HTTP1Case(
            "zero in value",
            bytes: Array("GET / HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n".utf8), 400),
        HTTP1Case(
            "bell in value",
            bytes: Array("GET / HTTP/1.1\r\nHost: localhost\r\nX: a\u{7}b\r\n\r\n".utf8), 400),
        HTTP1Case(
            "DEL in value",
            bytes: Array("GET / HTTP/1.1\r\nHost: localhost\r\nX: a\u{7F}b\r\n\r\n".utf8), 400),
        HTTP1Case("bare CR in value", get("Host: localhost\r\nX: a\rb\r\n"), 400),
        HTTP1Case("bare LF in field", get("Host: localhost\r\nX: a\nY: b\r\n"), 400),
        HTTP1Case(
            "value not UTF-8",
            bytes: Array("GET / HTTP/1.1\r\nHost: localhost\r\nX: ".utf8) + [0xC3, 0x28]
                + Array("\r\n\r\n".utf8), 400),
        HTTP1Case(
            "value half UTF-8",
            bytes: Array("GET / HTTP/1.1\r\nHost: localhost\r\nX: ".utf8) + [0xE2, 0x82]
                + Array("\r\n\r\n".utf8), 400),
        HTTP1Case(
            "two authorizations",
            get("Host: localhost\r\nAuthorization: a\r\nAuthorization: b\r\n"), 400),
        HTTP1Case(
            "two content types",
            get("Host: localhost\r\nContent-Type: a/b\r\nContent-Type: a/b\r\n"), 400),
        HTTP1Case(
            "two expectations",
            post("Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 1\r\n"), 400),
        HTTP1Case("head ends with LF", "GET / HTTP/1.1\r\nHost: localhost\r\n\n", 400),
    ]

    static let sequences: [HTTP1Case] = [
        HTTP1Case(
            "two in a row", get("Host: localhost\r\n") + get("Host: localhost\r\n"), 200, 200),
        HTTP1Case(
            "blank line between",
            post("Content-Length: 1\r\n", "a") + "\r\n" + get("Host: localhost\r\n"), 200, 200),
        HTTP1Case("second one wrong", get("Host: localhost\r\n") + get(""), 200, 400),
        HTTP1Case("nothing after a wrong one", get("") + get("Host: localhost\r\n"), 400),
        HTTP1Case(
            "nothing after close",
            get("Host: localhost\r\nConnection: close\r\n") + get("Host: localhost\r\n"), 200,
            closes: true),
        HTTP1Case(
            "nothing after CONNECT",
            "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n" + get("Host: localhost\r\n"), 405),
        HTTP1Case(
            "a request within a body",
            post("Content-Length: 34\r\n", "GET /x HTTP/1.1\r\nHost: localho\r\n\r\n")
                + get("Host: localhost\r\n"), 200, 200),
        HTTP1Case(
            "body longer than stated",
            post("Content-Length: 1\r\n", "a=") + get("Host: localhost\r\n"), 200, 400),
        HTTP1Case(
            "nothing after an upgrade",
            get("Host: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n")
                + get("Host: localhost\r\n"), 200, closes: true),
        HTTP1Case(
            "twenty in a row", String(repeating: get("Host: localhost\r\n"), count: 20), 200, 200,
            200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200
        ),
        HTTP1Case("half a head", "GET / HTTP/1.1\r\nHost: loc"),
        HTTP1Case("half a body", post("Content-Length: 10\r\n", "abc")),
    ]
}
