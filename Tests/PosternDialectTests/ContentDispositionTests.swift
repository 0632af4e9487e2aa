import PosternDialectKit
import Testing

@Suite struct ContentDispositionTests {
    @Test(
        arguments: [
            ("name.txt", "filename=name.txt"),
            ("a-b_c!#$&'*+^`|~.z", "filename=a-b_c!#$&'*+^`|~.z"),
            ("my file.txt", "filename=\"my file.txt\""), ("a;b,c=(1)", "filename=\"a;b,c=(1)\""),
            ("a\"b.txt", "filename=\"a_b.txt\"; filename*=UTF-8''a%22b.txt"),
            ("100%.txt", "filename=\"100_.txt\"; filename*=UTF-8''100%25.txt"),
            ("%41'*.txt", "filename=\"_41'*.txt\"; filename*=UTF-8''%2541%27%2A.txt"),
            ("übung.txt", "filename=\"_bung.txt\"; filename*=UTF-8''%C3%BCbung.txt"),
            ("😀", "filename=\"_\"; filename*=UTF-8''%F0%9F%98%80"),
            // What would leave the field, the folder or the reading direction.
            ("a\r\nSet-Cookie: x", "filename=\"a__Set-Cookie: x\""),
            ("a\u{0}\u{7F}b", "filename=a__b"),
            ("a\u{85}\u{2028}b", "filename=a__b"),
            ("../../etc/passwd", "filename=.._.._etc_passwd"),
            ("C:\\x.txt", "filename=\"C:_x.txt\""), ("gpj\u{202E}exe.", "filename=gpj_exe."),
            ("", "filename=unnamed"), (".", "filename=unnamed"), (" .. ", "filename=unnamed"),
            ("\r\n", "filename=__"), (".profile", "filename=.profile"),
        ] as [(String, String)])
    func `a name stands bare, quoted or twice`(_ name: String, _ expected: String) {
        #expect(ContentDisposition.attachment(fileName: name) == "attachment; " + expected)
    }

    @Test func `no character gets out of the field`() {
        for value in UInt32(0)...0x2FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let field = ContentDisposition.attachment(fileName: "a\(Character(scalar))b")
            let isPlain = field.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
            #expect(isPlain && field.count { $0 == "\"" } % 2 == 0, "U+\(String(value, radix: 16))")
        }
    }
}
