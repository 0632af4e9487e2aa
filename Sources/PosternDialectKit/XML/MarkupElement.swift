/// An XML element, read: a name, what it holds, and whether it says it is nil.
///
/// Namespaces are dropped: prefixes are cut from names. The vendor's namespace is not documented, so a
/// reader that insisted on one would refuse real clients.
public struct MarkupElement: Sendable, Equatable {
    /// The name without its prefix.
    public var name: String
    /// Whether the element carries `nil="true"`, as `http://www.w3.org/2001/XMLSchema-instance` has it.
    public var isNil: Bool
    /// The elements inside, in order.
    public var children: [MarkupElement]
    /// The text inside; empty where there are elements inside.
    public var text: String

    /// Makes an element.
    public init(
        name: String, isNil: Bool = false, children: [MarkupElement] = [], text: String = ""
    ) {
        self.name = name
        self.isNil = isNil
        self.children = children
        self.text = text
    }

    /// The members this element would have had as JSON; nil when one comes twice or in two spellings.
    ///
    /// An element with elements inside becomes a list of what they hold, which is how a DataContract
    /// writes a list; every other element becomes a text, or null when it is nil.
    public var members: JSONObject? {
        var object = JSONObject()
        for child in children {
            guard object.insert(child.name, child.value) else { return nil }
        }
        return object
    }

    private var value: JSONValue {
        if isNil { return .null }
        return children.isEmpty ? .string(text) : .array(children.map(\.value))
    }
}

/// Why a text is not the XML a gateway can accept.
public struct MarkupProblem: Error, Sendable, Equatable {
    /// What is wrong.
    public enum Kind: String, Sendable, CaseIterable {
        /// The text ends in the middle of an element.
        case endsEarly
        /// A byte that cannot stand where it does.
        case unexpectedByte
        /// Not UTF-8, declared otherwise, or a character XML does not allow.
        case badCharacter
        /// A document type: they define entities, and no request needs one.
        case documentType
        /// A processing instruction.
        case processingInstruction
        /// An entity other than the five that XML has by itself.
        case unknownEntity
        /// An element ends under another name than it began.
        case mismatchedEnd
        /// An attribute comes twice.
        case duplicateAttribute
        /// Text beside elements.
        case mixedContent
        /// Elements are nested too deeply.
        case tooDeep
        /// Something follows the root element.
        case trailing
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
        case .badCharacter: "the text at byte \(offset) is not UTF-8, or not allowed in XML"
        case .documentType: "it has a document type at byte \(offset)"
        case .processingInstruction: "it has a processing instruction at byte \(offset)"
        case .unknownEntity: "there is an unknown entity at byte \(offset)"
        case .mismatchedEnd: "the element that ends at byte \(offset) began under another name"
        case .duplicateAttribute: "an attribute comes twice before byte \(offset)"
        case .mixedContent: "text stands beside elements at byte \(offset)"
        case .tooDeep: "it is nested too deeply at byte \(offset)"
        case .trailing: "something follows the root element at byte \(offset)"
        }
    }
}
