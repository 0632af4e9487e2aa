/// A message that is composed and sent, or kept as a draft, in one go.
public struct Composition: Sendable {
    /// The name it gets; a name that is taken refuses the whole, unless it ``mayRepeat``.
    public var guid: MessageGUID
    /// The client's own name for it.
    public var externalID: String?
    /// What it says.
    public var content: DraftContent
    /// Handles nobody has are passed over, and named in the receipt; otherwise one refuses the whole.
    public var passesOverUnknownHandles: Bool
    /// A name that the same caller sent under before makes it a repeat, which gets that send's answer.
    public var mayRepeat: Bool
    /// Who is told what becomes of it.
    public var callback: Callback?

    /// Composes.
    public init(
        guid: MessageGUID = .random(), externalID: String? = nil, content: DraftContent,
        passesOverUnknownHandles: Bool = false, mayRepeat: Bool = false, callback: Callback? = nil
    ) {
        self.guid = guid
        self.externalID = externalID
        self.content = content
        self.passesOverUnknownHandles = passesOverUnknownHandles
        self.mayRepeat = mayRepeat
        self.callback = callback
    }
}

/// A change to a draft: what it makes of what the draft says.
///
/// Pure: it may be asked again when somebody else saved the draft in between.
public typealias Amendment = @Sendable (inout DraftContent) -> Void
