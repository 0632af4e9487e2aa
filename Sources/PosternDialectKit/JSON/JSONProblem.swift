/// Why a text is not the JSON a gateway can accept.
public struct JSONProblem: Error, Sendable, Equatable {
    /// What is wrong.
    public enum Kind: String, Sendable, CaseIterable {
        /// The text ends in the middle of a value.
        case endsEarly
        /// A byte that cannot stand where it does.
        case unexpectedByte
        /// Something follows the value.
        case trailing
        /// Lists and objects are nested too deeply.
        case tooDeep
        /// A text is not UTF-8.
        case notUTF8
        /// Half of a surrogate pair.
        case loneSurrogate
        /// An escape that JSON does not have, or a control character without one.
        case badEscape
        /// A number that JSON does not write, or one of more than 256 digits.
        case badNumber
        /// A member's name comes twice, or in two spellings.
        case duplicateMember
    }

    /// What is wrong.
    public let kind: Kind
    /// Where, in bytes from the beginning.
    public let offset: Int

    /// A clause for the client's developer; it repeats nothing of the text, which may hold a password.
    public var clause: String {
        switch kind {
        case .endsEarly: "it ends early, at byte \(offset)"
        case .unexpectedByte: "byte \(offset) cannot stand where it does"
        case .trailing: "something follows the value, at byte \(offset)"
        case .tooDeep: "it is nested too deeply at byte \(offset)"
        case .notUTF8: "the text at byte \(offset) is not UTF-8"
        case .loneSurrogate: "there is half of a surrogate pair at byte \(offset)"
        case .badEscape: "there is a bad escape or a bare control character at byte \(offset)"
        case .badNumber: "there is a bad number at byte \(offset)"
        case .duplicateMember:
            "a member comes twice, or in two spellings, in the object that holds byte \(offset)"
        }
    }
}
