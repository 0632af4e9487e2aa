import PosternDialectKit
import PosternModel

extension PhoneNumber {
    /// Reads a number as this API's clients write it; nil for anything else.
    ///
    /// Spaces, hyphens, dots and brackets are dropped. Ten digits are a number of the United States or Canada, and so
    /// are eleven that begin with 1; all others need their `+`. Area codes do not begin with 0 or 1.
    init?(written text: String) {
        guard text.utf8.count <= 64 else { return nil }
        var digits = text.utf8.filter { !" -.()".utf8.contains($0) }
        let isInternational = digits.first == UInt8(ascii: "+")
        if isInternational { digits.removeFirst() }
        guard digits.allSatisfy(\.isASCIIDigit) else { return nil }
        if !isInternational, digits.count == 10 { digits.insert(UInt8(ascii: "1"), at: 0) }
        let isNorthAmerican = digits.first == UInt8(ascii: "1")
        guard isInternational || isNorthAmerican else { return nil }
        if isNorthAmerican {
            guard digits.count == 11, digits[1] >= UInt8(ascii: "2") else { return nil }
        }
        self.init("+" + String(decoding: digits, as: UTF8.self))
    }
}
