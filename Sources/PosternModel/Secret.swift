/// Text that must never be seen: it prints as `‹hidden›`, has no `Codable` form and reflects as nothing.
///
/// Passwords, presented tokens, challenge codes and relay credentials travel in this type from the
/// moment they are decoded, so that a log line, an error or an audit entry cannot carry one by accident.
public struct Secret: Sendable, Hashable, Concealed {
    private let value: String

    /// Hides a text.
    public init(_ value: String) { self.value = value }

    /// Whether the hidden text is empty.
    public var isEmpty: Bool { value.isEmpty }

    /// The longest password that is hashed or makes a key, in UTF-8 bytes: some hundred times what people remember.
    public static let longestPassword = 1024

    /// Whether it is short enough to be hashed as a password.
    public var canBePassword: Bool { value.utf8.count <= Self.longestPassword }

    /// Lends the hidden text for as long as a check takes; keep no copy of it.
    public func withExposed<Result>(_ body: (String) throws -> Result) rethrows -> Result {
        try body(value)
    }
}
