/// Something that became of a message on its way, told to the one who composed it.
public struct DispatchEvent: Sendable, Equatable {
    /// What can be asked for.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// It has left.
        case left
        /// It will come no further, wherever it has come.
        case ended
    }

    /// How it ended.
    ///
    /// The raw values are kept in ledgers and keep their meaning.
    public enum Ending: String, Sendable, Hashable, CaseIterable {
        /// The other side has it.
        case delivered
        /// Delivering it was given up.
        case undelivered
        /// It was stopped, taken back, or refused when its time came.
        case unsent

        /// What of the two kinds it is; what left by being delivered has ended, too.
        public var kinds: [Kind] { self == .delivered ? [.left, .ended] : [.ended] }
    }

    /// Of which message.
    public var message: MessageGUID
    /// Where that stands in its cascade, if it is part of one.
    public var cascade: CascadePlace?
    /// What the dialect keeps with the message.
    public var annex: Annex?
    /// How it ended.
    public var ending: Ending
    /// What it was refused with when its time came.
    public var refusal: RefusalCode?
    /// When.
    public var at: Instant
    /// What of it is told, in its order.
    public var kinds: [Kind]

    /// Makes an event.
    public init(
        message: MessageGUID, cascade: CascadePlace? = nil, annex: Annex?, ending: Ending,
        refusal: RefusalCode? = nil, at: Instant, kinds: [Kind]
    ) {
        self.message = message
        self.cascade = cascade
        self.annex = annex
        self.ending = ending
        self.refusal = refusal
        self.at = at
        self.kinds = kinds
    }
}
