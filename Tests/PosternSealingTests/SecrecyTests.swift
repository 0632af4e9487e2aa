import Foundation
import PosternCredentials
import PosternModel
import Testing

@testable import PosternSealing

@Suite struct SecrecyTests {
    /// Everything Swift would print of a value.
    static func prints(_ value: some Any) -> String {
        var text = "\(value) \(String(reflecting: value)) "
        dump(value, to: &text)
        dump([value], to: &text)
        for child in Mirror(reflecting: value).children { text += "\(child)" }
        return text
    }

    @Test func `no key shows, however it is printed`() throws {
        // As text, as digits and as numbers in a list: the bytes of "canary" many times over.
        let bytes = Array("canarycanarycanarycanarycanaryca".utf8)
        let master = try #require(MasterKey(bytes: bytes))
        let content = try #require(ContentKey(Data(bytes)))
        let ring = MasterKeyring(master).adding(.generate())
        let password = try Fixtures.passwordKey()
        let passwordBytes = password.withExposed { Array($0) }
        let wrapped = try WrappedKey(
            wrapping: content, for: Fixtures.name, lockedBy: password, under: master)
        let printed =
            Self.prints(master) + Self.prints(content) + Self.prints(ring) + Self.prints(password)
            + Self.prints(wrapped) + Self.prints(ring.text())
        // `dump` writes an element to a line; joined, a run of them can be looked for. One alone would say
        // nothing: a random byte may equal some count that is shown.
        let joined = printed.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(printed.contains("‹hidden›"))
        #expect(printed.contains("\(master.id)"), "a wrapped key names its master key")
        for secret in [bytes, passwordBytes, Array(wrapped.bytes.suffix(88))] {
            let numbers = secret.prefix(6)
            for shown in [
                String(decoding: numbers, as: UTF8.self), Hexadecimal.encode(numbers),
                Data(numbers).base64EncodedString(),
                numbers.map { "\($0)" }.joined(separator: ", "),
            ] { #expect(!printed.contains(shown)) }
            #expect(!joined.contains(numbers.map { "- \($0)" }.joined(separator: " ")))
        }
    }

    @Test func `no key has a coded form`() throws {
        let master = try Fixtures.master()
        let values: [Any] = [
            master, MasterKeyring(master), ContentKey.generate(), try Fixtures.passwordKey(),
        ]
        for value in values {
            #expect(!(value is any Encodable))
            #expect(!(value is any Decodable))
        }
    }
}
