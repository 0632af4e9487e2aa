import Foundation

/// What a group's members may attach to a message, every value settled.
public struct AttachmentRules: Sendable, Equatable {
    /// Whether they may attach anything.
    public let allowed: Bool
    /// The largest file, in bytes; at least 1 and never more than ``maximumTotal``.
    public let maximumSize: Int64
    /// What the files of one message may come to, in bytes.
    public let maximumTotal: Int64
    /// The most files one message may carry; at least 1.
    public let maximumCount: Int
    /// The file name extensions that are refused, in lower case and without a dot.
    public let deniedTypes: Set<String>

    /// Whether a file of this name is of a denied type.
    ///
    /// Every extension counts, not only the last, so `invoice.exe.pdf` is denied where `exe` is. A name is
    /// judged as the most careless reader of it might take it: without regard to case, width or ligatures
    /// (compatibility forms, NFKC), without characters nobody sees, bidirectional overrides among them,
    /// and without the spaces and dots at an end, which Windows drops. An extension ends where a path, a
    /// stream (`a.exe::$DATA`) or a parameter would begin, at a NUL and at the end of a line.
    ///
    /// The name alone is looked at: what is in the file, or in an archive, is not known here.
    public func denies(fileName: String) -> Bool {
        guard !deniedTypes.isEmpty else { return false }
        let plain = fileName.precomposedStringWithCompatibilityMapping.unicodeScalars.filter {
            Self.endings.contains($0) || !Self.isUnseen($0)
        }
        // By scalars: an accent after a dot would make one character of the two, and hide the dot.
        return plain.split(separator: ".", omittingEmptySubsequences: false).dropFirst().contains {
            let type = $0.prefix { !Self.endings.contains($0) }
            return deniedTypes.contains(Self.trimmed(type).lowercased())
        }
    }

    private static let endings: Set<Unicode.Scalar> = ["/", "\\", ":", ";", "\0", "\n", "\r"]

    private static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.properties.isDefaultIgnorableCodePoint { return true }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: return true
        default: return false
        }
    }

    private static func trimmed(_ type: Substring.UnicodeScalarView) -> String {
        let start = type.drop(while: \.properties.isWhitespace)
        let end = start.lastIndex { !$0.properties.isWhitespace }
        return end.map { String(String.UnicodeScalarView(start[...$0])) } ?? ""
    }
}
