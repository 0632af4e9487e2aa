/// Why a text is not the JSV a gateway can accept.
public struct JSVProblem: Error, Sendable, Equatable {
    /// What is wrong.
    public enum Kind: String, Sendable, CaseIterable {
        /// The text ends in the middle of a value.
        case endsEarly
        /// A byte that cannot stand where it does, control characters among them.
        case unexpectedByte
        /// Something follows the value.
        case trailing
        /// More than eight lists and objects are open at once.
        case tooDeep
        /// There are more than 256 members and items.
        case tooManyItems
        /// A member's name comes twice, or in two spellings.
        case duplicateMember
    }

    /// What is wrong.
    public let kind: Kind
    /// Where, in bytes from the beginning.
    public let offset: Int

    /// A clause for the client's developer; it repeats nothing of the text, which may say what somebody looks for.
    public var clause: String {
        switch kind {
        case .endsEarly: "it ends early, at byte \(offset)"
        case .unexpectedByte: "byte \(offset) cannot stand where it does"
        case .trailing: "something follows the value, at byte \(offset)"
        case .tooDeep: "it is nested too deeply at byte \(offset)"
        case .tooManyItems: "it has more than 256 members and items, at byte \(offset)"
        case .duplicateMember:
            "a member comes twice, or in two spellings, in the object that holds byte \(offset)"
        }
    }
}
