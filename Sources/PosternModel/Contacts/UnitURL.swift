/// Where a unit of cells is, Personium's word for a server: `https://host[:port]/`, or a folder on one.
///
/// One unit has one spelling: the host in lower case, no port 443, no escapes, nothing behind the path, a slash at the end.
/// Units are compared by it, letter by letter, and what is compared is what is called.
public struct UnitURL: Hashable, Sendable, CustomStringConvertible {
    /// The longest there may be, in bytes: room is left for a cell's name within 1,024.
    public static let longest = 512

    /// The address, with a slash at its end.
    public let description: String

    /// Reads the one spelling; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let text = String(text)
        guard text.utf8.count <= Self.longest, let place = try? OutboundURL(text), place.isSecure,
            Self.isFolder(place.target)
        else { return nil }
        let host = place.host.contains(":") ? "[\(place.host)]" : place.host
        let port = place.port == 443 ? "" : ":\(place.port)"
        let spelling = "https://\(host)\(port)\(place.target)"
        guard spelling.utf8.elementsEqual(text.utf8) else { return nil }
        description = text
    }

    /// Segments of the letters that cells' names have, with slashes around them: nothing that a server could read in two
    /// ways.
    private static func isFolder(_ path: String) -> Bool {
        guard path.utf8.first == UInt8(ascii: "/"), path.utf8.last == UInt8(ascii: "/") else {
            return false
        }
        return path.utf8.dropFirst().split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false
        ).dropLast().allSatisfy { CellURL.isName($0) }
    }
}
