// Protocol text is ASCII: comparing it by bytes is quicker than by characters, and cannot be talked into
// equating letters that only look or fold alike (the Kelvin sign is no `k` here).

extension UInt8 {
    /// Whether this is `0` to `9`.
    public var isASCIIDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    /// Whether this is `A` to `Z` or `a` to `z`.
    public var isASCIILetter: Bool {
        let lowered = self | 0x20
        return lowered >= UInt8(ascii: "a") && lowered <= UInt8(ascii: "z")
    }

    /// The same letter in lower case; anything else unchanged.
    @inlinable public var asciiLowercased: UInt8 {
        self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self
    }

    /// What this stands for as a hexadecimal digit of either case; nil when it is none.
    public var hexadecimalValue: UInt8? {
        if isASCIIDigit { return self - UInt8(ascii: "0") }
        let lowered = self | 0x20
        guard lowered >= UInt8(ascii: "a"), lowered <= UInt8(ascii: "f") else { return nil }
        return lowered - UInt8(ascii: "a") + 10
    }
}

extension String {
    /// Whether two texts differ at most in the case of ASCII letters.
    ///
    /// The same as for any text, without the cost of iterators: it runs for every parameter looked for.
    public func equalsIgnoringCase(_ other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        let equal = utf8.withContiguousStorageIfAvailable { left in
            other.utf8.withContiguousStorageIfAvailable { right in
                left.indices.allSatisfy { left[$0].asciiLowercased == right[$0].asciiLowercased }
            }
        }
        if let equal, let equal { return equal }
        return zip(utf8, other.utf8).allSatisfy { $0.asciiLowercased == $1.asciiLowercased }
    }
}

extension StringProtocol {
    /// Whether two texts differ at most in the case of ASCII letters.
    @inlinable public func equalsIgnoringCase(_ other: some StringProtocol) -> Bool {
        utf8.count == other.utf8.count
            && zip(utf8, other.utf8).allSatisfy { $0.asciiLowercased == $1.asciiLowercased }
    }

    /// The text with its ASCII letters in lower case and everything else unchanged.
    @inlinable public func asciiLowercased() -> String {
        String(decoding: utf8.map(\.asciiLowercased), as: UTF8.self)
    }
}
