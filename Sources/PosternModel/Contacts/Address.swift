/// Where a recipient is reached: by email address, in Postern or by invitation, or at a telephone.
///
/// The two kinds never look alike when written: only a telephone number has no `@`.
public enum Address: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// An email address, which an account may have.
    case email(EmailAddress)
    /// A telephone number, which a webhook's owner reaches.
    case phone(PhoneNumber)

    /// Reads either kind; nil for anything else.
    public init?(_ text: some StringProtocol) {
        if let email = EmailAddress(text) {
            self = .email(email)
        } else if let phone = PhoneNumber(text) {
            self = .phone(phone)
        } else {
            return nil
        }
    }

    /// The text ``init(_:)`` reads.
    public var description: String {
        switch self {
        case .email(let email): email.description
        case .phone(let phone): phone.description
        }
    }

    /// The email address, where it is one.
    public var email: EmailAddress? {
        if case .email(let email) = self { email } else { nil }
    }

    /// Whether it is a telephone number.
    public var isPhone: Bool { email == nil }

    /// Orders by the text.
    public static func < (left: Address, right: Address) -> Bool {
        left.description < right.description
    }

    /// Reads one string.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let address = Address(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "Neither an email address nor a phone number.")
        }
        self = address
    }

    /// Writes one string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
