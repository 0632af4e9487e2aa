/// Where somebody's cell is on a unit: the unit's address, the cell's name and a slash.
public struct CellURL: Hashable, Sendable, CustomStringConvertible {
    /// The unit it is on.
    public let unit: UnitURL
    /// Its name there: 1 to 128 ASCII letters, digits, `-` and `_`, the first a letter or digit; case counts.
    public let name: String

    /// Reads an address; nil for anything else.
    ///
    /// The slash at its end may be missing.
    public init?(_ text: some StringProtocol) {
        var bytes = Array(text.utf8.prefix(UnitURL.longest + 130))
        if bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        guard bytes.count <= UnitURL.longest + 128,
            let slash = bytes.lastIndex(of: UInt8(ascii: "/"))
        else { return nil }
        let name = bytes[(slash + 1)...]
        guard Self.isName(name),
            let unit = UnitURL(String(decoding: bytes[...slash], as: UTF8.self))
        else { return nil }
        self.unit = unit
        self.name = String(decoding: name, as: UTF8.self)
    }

    /// The cell of an account of a unit.
    public init(_ handle: Handle, on unit: UnitURL) {
        self.unit = unit
        name = handle.description
    }

    /// The address, with a slash at its end.
    public var description: String { "\(unit)\(name)/" }

    static func isName(_ bytes: some Collection<UInt8>) -> Bool {
        guard (1...128).contains(bytes.count), let first = bytes.first, isLetterOrDigit(first)
        else { return false }
        return bytes.allSatisfy {
            isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
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

/// The units of others that cells here exchange messages with; asked anew each time, since the list may change.
public protocol ForeignUnits: Sendable {
    /// Whether a unit is on the list now.
    func contains(_ unit: UnitURL) -> Bool
}

/// No unit at all: what holds where the operator names none.
public struct NoForeignUnits: ForeignUnits {
    /// Makes an empty list.
    public init() {}

    /// Never.
    public func contains(_ unit: UnitURL) -> Bool { false }
}
