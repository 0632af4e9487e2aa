import CICU

/// Works out which ASCII letter a character passes for, from Unicode's confusables (UTS #39) as ICU
/// holds them.
///
/// WHY NOT: comparing whole skeletons, as UTS #39 does for identifiers. A skeleton turns `m` into
/// `rn` and makes `1`, `I` and `l` one, so that "corner" and "comer" would be the same word; plain
/// ASCII must never be touched here.
final class LookAlikeFinder {
    /// Ranges beyond the BMP with look-alikes: Old Italic to Deseret, Warang Citi, Miao, and
    /// letters in boxes and flags.
    static let distantRanges: [ClosedRange<UInt32>] = [
        0x1_0280...0x1_055F, 0x1_1800...0x1_18FF, 0x1_6F00...0x1_6F9F, 0x1_F150...0x1_F169,
        0x1_F170...0x1_F189, 0x1_F1E6...0x1_F1FF,
    ]

    /// Small capitals, which "fancy text" writers use and UTS #39 leaves alone.
    private static let smallCapitals: [UInt32: UInt8] = Dictionary(
        uniqueKeysWithValues: zip(
            "ᴀʙᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴘʀᴛᴜʏ".unicodeScalars.map(\.value), "abdefghijklmnprtuy".utf8))

    private let checker: UnsafeMutableRawPointer

    init() {
        guard let checker = cicu_spoof_open() else {
            preconditionFailure(
                "ICU has no confusables data: libicu is installed without its data library.")
        }
        self.checker = checker
    }

    deinit { cicu_spoof_close(checker) }

    /// The letter `code` looks exactly like in the low byte; in the high byte the letter it stands
    /// for in a word known to be disguised, where accents are dropped and a small letter may pass
    /// for its capital's twin.
    func lookAlikes(of code: UInt32) -> UInt16 {
        switch code {
        // Ideographs and Hangul syllables: thousands of them, none like a Latin letter.
        case 0x2E80...0xA4CF, 0xAC00...0xFAFF: return 0
        case 0x1_F150...0x1_F169: return both(code - 0x1_F150)
        case 0x1_F170...0x1_F189: return both(code - 0x1_F170)
        case 0x1_F1E6...0x1_F1FF: return both(code - 0x1_F1E6)
        default: break
        }
        if let letter = Self.smallCapitals[code] { return UInt16(letter) << 8 | UInt16(letter) }
        var failed = false
        let latin = cicu_properties(code, &failed) & UInt32(CICU_LATIN) != 0
        let lower = cicu_to_lower(code)
        var own = letter(of: code)
        // A capital I-like letter passes for `l` in print, but its word is spelt with its small
        // form.
        if own.letter == UInt8(ascii: "l"), lower != code {
            let small = letter(of: lower)
            if small.letter != 0 { own = small }
        }
        // Letters of living Latin alphabets (Turkish dotless i, Icelandic thorn) cast no suspicion
        // by themselves.
        let exact = own.plain && !(latin && code < 0x250) ? own.letter : 0
        var loose = own.letter
        if loose == 0, !latin {
            // A capital that is like a Latin one but for an extra stroke (Б) is too far away.
            let capital = letter(of: cicu_to_upper(code))
            if capital.plain { loose = capital.letter }
        }
        return UInt16(loose) << 8 | UInt16(exact)
    }

    private func both(_ offset: UInt32) -> UInt16 {
        let letter = UInt16(UInt8(ascii: "a")) + UInt16(truncatingIfNeeded: offset)
        return letter << 8 | letter
    }

    /// The one ASCII letter in a code point's skeleton, and whether nothing else, such as an
    /// accent, is in it.
    private func letter(of code: UInt32) -> (letter: UInt8, plain: Bool) {
        guard let scalar = Unicode.Scalar(code) else { return (0, false) }
        let source = Array(String(scalar).utf16)
        let skeleton = withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 64) {
            space -> [UInt16] in
            let count = cicu_skeleton(
                checker, source, Int32(source.count), space.baseAddress, Int32(space.count))
            guard count >= 0 else { return [] }
            return Array(UnsafeBufferPointer(rebasing: UnsafeBufferPointer(space)[..<Int(count)]))
        }
        let scalars = String(decoding: skeleton, as: UTF16.self).unicodeScalars
        let bases = scalars.filter { $0.properties.generalCategory != .nonspacingMark }
        guard let first = bases.first, first.isASCII, first.properties.isAlphabetic else {
            return (0, false)
        }
        let text = String(String.UnicodeScalarView(bases)).lowercased()
        let plain = bases.count == scalars.count
        if text == "rn" { return (UInt8(ascii: "m"), plain) }
        guard text.utf8.count == 1, let letter = text.utf8.first else { return (0, false) }
        return (letter, plain)
    }
}
