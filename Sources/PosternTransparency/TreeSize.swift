/// Arithmetic on tree sizes, shared by proofs, tiles and checkpoints.
public enum TreeSize {
    /// The most leaves a tree may have: 2⁶³ − 1, what other implementations' signed integers hold.
    public static let limit = UInt64(Int64.max)

    /// Reads an ASCII decimal without sign or leading zeroes, at most ``limit``.
    ///
    /// - Returns: nil for any other spelling, so that a number has one text only.
    public static func parse(_ text: some StringProtocol) -> UInt64? {
        let digits = text.utf8
        guard (1...19).contains(digits.count),
            digits.first != UInt8(ascii: "0") || digits.count == 1
        else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + UInt64(digit - UInt8(ascii: "0"))  // 19 digits fit 64 bits
        }
        return value <= limit ? value : nil
    }

    /// The largest power of two below a size of at least 2: where RFC 6962 splits a tree.
    static func split(_ count: UInt64) -> UInt64 { 1 << (63 - (count - 1).leadingZeroBitCount) }
}
