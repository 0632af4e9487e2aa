import PosternDialectKit
import Testing

@Suite struct CallbackTests {
    @Test(arguments: [
        "cb", "a.b.c", "_x$1", "jQuery1111_1", "a.", ".a", "", "a b", "1a", "a(", "alert(1)//",
        "a\u{2028}", "é",
    ])
    func `only names of functions are callbacks`(_ text: String) {
        let good = ["cb", "a.b.c", "_x$1", "jQuery1111_1"].contains(text)
        #expect((JSONPCallback(text) != nil) == good)
    }

    @Test func `a name has at most 128 bytes`() {
        #expect(JSONPCallback(String(repeating: "a", count: 128)) != nil)
        #expect(JSONPCallback(String(repeating: "a", count: 129)) == nil)
    }
}
