import PosternModel

/// Which telephone numbers a group's members may write to, every value settled.
struct PhoneRules: Sendable, Equatable {
    /// Whether they may write to any.
    var allowed: Bool
    /// What a number must begin with, each `+` and digits; nil where any will do.
    var prefixes: [String]?

    /// Whether they may write to a number.
    ///
    /// INVARIANT: numbers and prefixes are ASCII, so that a prefix of bytes is one of digits.
    func reaches(_ phone: PhoneNumber) -> Bool {
        allowed
            && (prefixes?.contains { phone.description.utf8.starts(with: $0.utf8) } ?? true)
    }
}
