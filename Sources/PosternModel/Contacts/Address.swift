/// Where a recipient is reached: by email address, in Postern or by invitation, at a telephone, or in a cell of another unit.
///
/// The kinds never look alike when written: only an email address has an `@`, and only a telephone number begins with `+`.
public enum Address: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// An email address, which an account may have.
    case email(EmailAddress)
    /// A telephone number, which a webhook's owner reaches.
    case phone(PhoneNumber)
    /// A cell of another unit.
    case cell(CellURL)

    /// Reads any kind; nil for anything else.
    public init?(_ text: some StringProtocol) {
        if let email = EmailAddress(text) {
            self = .email(email)
        } else if let phone = PhoneNumber(text) {
            self = .phone(phone)
        } else if let cell = CellURL(text) {
            self = .cell(cell)
        } else {
            return nil
        }
    }

    /// The text ``init(_:)`` reads.
    public var description: String {
        switch self {
        case .email(let email): email.description
        case .phone(let phone): phone.description
        case .cell(let cell): cell.description
        }
    }

    /// The email address, where it is one.
    public var email: EmailAddress? {
        if case .email(let email) = self { email } else { nil }
    }

    /// Whether it is a telephone number.
    public var isPhone: Bool { if case .phone = self { true } else { false } }

    /// Who is meant, where that is nobody who could have an account here.
    public var outsider: Outsider? {
        switch self {
        case .email: nil
        case .phone(let phone): .phone(phone)
        case .cell(let cell): .cell(cell)
        }
    }

    /// Orders by the text.
    public static func < (left: Address, right: Address) -> Bool {
        left.description < right.description
    }

    /// Reads one string.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let address = Address(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "No email address, phone number or cell.")
        }
        self = address
    }

    /// Writes one string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
