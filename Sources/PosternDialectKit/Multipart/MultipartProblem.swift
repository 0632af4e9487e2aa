/// Why a body is not the `multipart/form-data` a gateway can accept.
public struct MultipartProblem: Error, Sendable, Equatable {
    /// What is wrong.
    public enum Kind: String, Sendable, CaseIterable {
        /// The `Content-Type` is another, or names no boundary of 1 to 70 legal characters.
        case noBoundary
        /// The body ends before the boundary that closes it.
        case endsEarly
        /// A line begins with the boundary and goes on as no boundary does.
        case badBoundary
        /// A part's head is longer than 4 KiB.
        case headTooLong
        /// A line of a part's head is no field, is folded, or is no UTF-8.
        case badHead
        /// A part does not say once that it is `form-data` with a name.
        case noName
        /// Two parts have one name, or two spellings of it.
        case duplicateName
        /// A part is itself made of parts.
        case nested
        /// A part says that its content is encoded.
        case encoded
        /// There are more than eight parts.
        case tooManyParts
    }

    /// What is wrong.
    public let kind: Kind
    /// Where, in bytes from the beginning of the body.
    public let offset: Int

    /// A clause for the client's developer; it repeats nothing of the body, which may hold anything.
    public var clause: String {
        switch kind {
        case .noBoundary:
            "its Content-Type is not multipart/form-data with a boundary of 1 to 70 legal characters"
        case .endsEarly: "it ends before its closing boundary, at byte \(offset)"
        case .badBoundary: "the line at byte \(offset) begins with the boundary but is none"
        case .headTooLong: "the part's head at byte \(offset) is longer than 4096 bytes"
        case .badHead: "the part's head has a malformed line at byte \(offset)"
        case .noName:
            "the part at byte \(offset) has no Content-Disposition of form-data with a name"
        case .duplicateName:
            "the part at byte \(offset) has the name of another, or a spelling of it"
        case .nested: "the part at byte \(offset) is itself made of parts"
        case .encoded: "the part at byte \(offset) is encoded; send it as it is"
        case .tooManyParts: "there are more than 8 parts at byte \(offset)"
        }
    }
}
