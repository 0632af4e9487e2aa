/// A message with others that take its place one after the other, each where the one before did not do its work.
public struct Cascade: Sendable {
    /// The most messages one has, the first included.
    public static let longest = 5

    /// The message that goes out first, and whose name is the whole's.
    public var root: Composition
    /// The others, in their order.
    public var steps: [Step]

    /// A message that may take the place of the one before it.
    public struct Step: Sendable {
        /// The message.
        public var composition: Composition
        /// What the one before must have failed to do.
        public var condition: Condition
        /// How long the one before has for it, from when it left.
        public var wait: Duration

        /// Makes a step.
        public init(composition: Composition, condition: Condition, wait: Duration) {
            self.composition = composition
            self.condition = condition
            self.wait = wait
        }
    }

    /// What makes the next message go out.
    ///
    /// The raw values are kept in ledgers and keep their meaning.
    public enum Condition: String, Sendable, Hashable, CaseIterable {
        /// The one before was not delivered in its time.
        case notDelivered
        /// The one before was not read in its time.
        case notRead
    }

    /// Makes a cascade.
    public init(root: Composition, steps: [Step]) {
        self.root = root
        self.steps = steps
    }
}

/// Where a message stands in its cascade.
public struct CascadePlace: Sendable, Equatable {
    /// The message that goes out first.
    public var root: MessageGUID
    /// Which message it is; 1 is the root.
    public var step: Int

    /// Names a place.
    public init(root: MessageGUID, step: Int) {
        self.root = root
        self.step = step
    }
}
