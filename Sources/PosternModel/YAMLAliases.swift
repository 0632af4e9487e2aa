/// Aliases in YAML text, found before a YAML reader follows them.
///
/// Yams resolves an alias to the whole node it names, so that a few hundred bytes of aliases to aliases
/// become a tree nobody can walk to its end ("billion laughs"), and it walks mapping keys by itself.
public enum YAMLAliases {
    /// Where the first alias stands that names an anchor of the same text, in bytes from the beginning.
    ///
    /// No alias that could be followed is overlooked: neither sign begins a token right behind an ASCII
    /// letter or digit, and every other `*name` whose `&name` stands anywhere counts. Quoted text in which
    /// both happen to stand is therefore found too.
    ///
    /// - Parameter bytes: The text; names are of ASCII letters, digits, `_` and `-`, as in libyaml.
    /// - Returns: The offset of the asterisk; nil when nothing can be followed.
    public static func first(in bytes: [UInt8]) -> Int? {
        func name(after index: Int) -> ArraySlice<UInt8> {
            bytes[(index + 1)...].prefix { isLetterOrDigit($0) || $0 == 0x5F || $0 == 0x2D }
        }
        func beginsToken(_ index: Int) -> Bool {
            index == 0 || !isLetterOrDigit(bytes[index - 1])
        }
        var anchors: Set<ArraySlice<UInt8>> = []
        for index in bytes.indices where bytes[index] == UInt8(ascii: "&") && beginsToken(index) {
            anchors.insert(name(after: index))
        }
        anchors.remove([])
        guard !anchors.isEmpty else { return nil }
        return bytes.indices.first {
            bytes[$0] == UInt8(ascii: "*") && beginsToken($0) && anchors.contains(name(after: $0))
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
