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

    /// Gives the members this element would have had as JSON.
    ///
    /// An element without elements inside becomes a text, or null when it is nil. One that holds elements is written
    /// alike for an object and for a list of one item, so that the caller has to say which members are lists. For
    /// others the names inside decide: what is called as DataContract calls an item of a simple type, `string` say,
    /// and what comes under one name twice or more is a list; all else is an object.
    ///
    /// - Parameter lists: The names, in any case, of members that are lists at whatever depth. Such a member that holds
    ///   nothing, or space, is an empty list; one that holds a text stays a text.
    /// - Returns: The members in order; nil when, at any depth, one comes twice or in two spellings.
    public func members(lists: Set<String>) -> JSONObject? {
        object(lists: Set(lists.map { $0.asciiLowercased() }))
    }

    /// What DataContract calls the items of a list of simple values: the types of XML Schema, and three of its own.
    ///
    /// The case counts: a member's name begins with a capital, `Duration` say, or is the caller's to list.
    private static let simpleTypes: Set<String> = [
        "anyType", "anyURI", "base64Binary", "boolean", "byte", "char", "dateTime", "decimal",
        "double",
        "duration", "float", "guid", "int", "long", "QName", "short", "string", "unsignedByte",
        "unsignedInt", "unsignedLong", "unsignedShort",
    ]

    private func object(lists: Set<String>) -> JSONObject? {
        var object = JSONObject()
        for child in children {
            let isList = lists.contains(child.name.asciiLowercased())
            guard let value = child.value(isList: isList, lists: lists),
                object.insert(child.name, value)
            else { return nil }
        }
        return object
    }

    private func value(isList: Bool, lists: Set<String>) -> JSONValue? {
        if isNil { return .null }
        if isList || holdsItems {
            guard !children.isEmpty else {
                return text.utf8.allSatisfy { $0 == 0x20 || (0x09...0x0D).contains($0) }
                    ? .array([]) : .string(text)
            }
            var items: [JSONValue] = []
            for child in children {
                guard let item = child.value(isList: false, lists: lists) else { return nil }
                items.append(item)
            }
            return .array(items)
        }
        return children.isEmpty ? .string(text) : object(lists: lists).map(JSONValue.object)
    }

    /// Whether the names of the elements inside say that they are a list's items.
    private var holdsItems: Bool {
        guard let first = children.first else { return false }
        return children.allSatisfy { $0.name == first.name }
            && (children.count > 1 || Self.simpleTypes.contains(first.name))
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
