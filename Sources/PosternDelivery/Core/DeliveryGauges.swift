public import PosternPipeline

/// What the delivery core has done since it was made, for metrics and health.
public struct DeliveryGauges: Sendable, Equatable {
    /// One courier's figures.
    public struct Figures: Sendable, Equatable {
        /// Rows delivered and settled.
        public var delivered = 0
        /// Times a row was put off.
        public var delayed = 0
        /// Rows given up.
        public var dead = 0
        /// Rows handed over whose answer was lost: each may arrive twice.
        public var uncertain = 0
        /// Rows under way now.
        public var underWay = 0
        /// Times a row was handed to a delivery core elsewhere.
        public var entrusted = 0
        /// Rows that a delivery core elsewhere was kept from carrying.
        public var withdrawn = 0
        /// Times the outbox itself failed.
        public var outboxFaults = 0
        /// Why the courier's work rests, as a sentence; nil while it does not.
        public var trouble: String?

        /// All zero.
        public init() {}
    }

    /// Into mailboxes.
    public var mailbox = Figures()
    /// Through the mail relay.
    public var smtp = Figures()
    /// To telephones, through the webhook.
    public var webhook = Figures()

    /// To those who wanted to hear what becomes of their messages.
    public var callbacks = Figures()

    /// The talk with a delivery core elsewhere: what became of rows, and what is withdrawn.
    public var core = Figures()
    /// Times a delivery core elsewhere was found to have lost what it was entrusted with.
    public var coreLosses = 0

    /// Why work rests, each reason once.
    public var troubles: [String] {
        let all =
            OutboxRow.Courier.allCases.map { self[$0].trouble } + [core.trouble, callbacks.trouble]
        return all.reduce(into: []) { troubles, trouble in
            if let trouble, !troubles.contains(trouble) { troubles.append(trouble) }
        }
    }

    /// All zero.
    public init() {}

    /// One courier's figures.
    public subscript(courier: OutboxRow.Courier) -> Figures {
        get {
            switch courier {
            case .mailbox: mailbox
            case .smtp: smtp
            case .webhook: webhook
            }
        }
        set {
            switch courier {
            case .mailbox: mailbox = newValue
            case .smtp: smtp = newValue
            case .webhook: webhook = newValue
            }
        }
    }
}
