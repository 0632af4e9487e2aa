import PosternModel
import Testing

@Suite struct YAMLAliasesTests {
    @Test(arguments: [
        ("a: &x 1\nb: *x\n", 11), ("[&x 1,*x]", 6), ("&x [*x]", 4), ("? *x\n: &x 1", 2),
        (#"{"a":*x, "b":&x 1}"#, 5), ("ü: [&x-1_b y, *x-1_b]", 15),
    ])
    func `an alias that a reader would follow is found`(_ text: String, _ offset: Int) {
        #expect(YAMLAliases.first(in: Array(text.utf8)) == offset)
    }

    @Test(arguments: [
        "", "a: 1", "a: &x 1", "a: *x", "a: &x 1\nb: *y\n", "url: /?a=1&b=2\ntext: 3*b\n", "a: & *",
        "a: <p>fish &amp; chips</p> *bold*",
    ])
    func `text without one is left alone`(_ text: String) {
        #expect(YAMLAliases.first(in: Array(text.utf8)) == nil)
    }
}
