import PosternModel
import Testing

@Suite struct SecretTests {
    private let canary = "canary-7f3a"

    @Test func `a secret never shows, however it is printed`() {
        let secret = Secret(canary)
        struct Holder { let inner: Secret }
        var dumped = ""
        dump(Holder(inner: secret), to: &dumped)
        let shown = [
            "\(secret)", String(reflecting: secret), String(describing: Holder(inner: secret)),
            String(reflecting: [secret]), dumped,
        ]
        #expect(shown.allSatisfy { !$0.contains(canary) })
    }

    @Test func `a secret has no coded form`() { #expect(!(Secret(canary) is any Encodable)) }

    @Test func `a secret is lent to whoever checks it`() {
        #expect(Secret(canary).withExposed { $0 == canary })
        #expect(Secret("").isEmpty)
    }
}
