import PosternCoreContract
import PosternModel
import Testing

@Suite struct DeliveryKeyTests {
    @Test(arguments: [
        "a", "7", "A-b_c.9", "0123456789abcdef0123456789abcdef.7", "-", "_.-",
        String(repeating: "k", count: 128),
    ]) func `a key is what it was read from`(_ text: String) throws {
        #expect(try #require(DeliveryKey(text)).description == text)
    }

    @Test(arguments: [
        "", ".", "..", "a.", ".a", "a..b", "a/b", "a b", "a%20b", "é", "a\u{0}", "a\n", "a+b",
        "a~b",
        String(repeating: "k", count: 129),
    ]) func `anything else is none`(_ text: String) {
        #expect(DeliveryKey(text) == nil)
    }

    @Test func `the key of an outbox row is the one that couriers show the outside`() throws {
        let key = DeliveryKey(of: try Samples.guid(), row: 117_440_513)
        #expect(key.description == "0123456789abcdef0123456789abcdef.117440513")
        #expect(DeliveryKey(key.description) == key)
    }
}
