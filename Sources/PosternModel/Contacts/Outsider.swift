/// A recipient outside: nobody's account here, so that a courier carries the message itself to them.
public enum Outsider: Hashable, Sendable, CustomStringConvertible {
    /// A telephone, which a webhook's owner reaches.
    case phone(PhoneNumber)
    /// A cell of another unit.
    case cell(CellURL)

    /// The same, among all addresses.
    public var address: Address {
        switch self {
        case .phone(let phone): .phone(phone)
        case .cell(let cell): .cell(cell)
        }
    }

    /// The text of the address.
    public var description: String { address.description }
}
