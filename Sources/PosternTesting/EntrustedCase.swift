public import PosternModel
public import PosternPipeline

/// What becomes of one row that is carried outside, by a courier of ours or by a delivery core elsewhere: a table, kept by every
/// `EntrustedRows` there is.
public struct EntrustedCase: Sendable, CustomStringConvertible {
    /// What happens to the row.
    public enum Step: Sendable, Equatable {
        /// A courier takes it into its hands.
        case taken
        /// One of our own couriers is about to carry it.
        case leaving
        /// It is about to be handed to a delivery core elsewhere.
        case handing
        /// It was carried or handed over, and no answer came.
        case unanswered
        /// It is put off.
        case delayed
        /// It is handed back, not begun.
        case released
        /// The process ends, and whoever had it in hand with it.
        case died
        /// It is given up.
        case buried
        /// Its message is stopped.
        case stopped
        /// The core says something of it.
        case says(Word)
        /// The core is found to have lost everything.
        case lost
    }

    /// What a core says.
    public enum Word: Sendable, Hashable {
        /// It has it.
        case waiting
        /// It has it in a courier's hands, and tries no more.
        case withdrawing
        /// It was delivered.
        case delivered
        /// It was given up.
        case undelivered
        /// It cannot leave any more.
        case withdrawn
        /// It has none.
        case unknown

        /// The word as the port has it.
        public func standing(at instant: Instant) -> CoreWord.Standing {
            switch self {
            case .waiting: .waiting(isWithdrawing: false)
            case .withdrawing: .waiting(isWithdrawing: true)
            case .delivered: .delivered(at: instant)
            case .undelivered: .undelivered("Nobody there.", at: instant)
            case .withdrawn: .withdrawn(at: instant)
            case .unknown: .unknown
            }
        }
    }

    /// Where the row stands in the end.
    public enum End: Sendable, Equatable {
        /// It is due, or will be.
        case waits
        /// The core has it.
        case isElsewhere
        /// The core must be told to withdraw it.
        case mustBeWithdrawn
        /// The core was told to withdraw it, and has it in a courier's hands.
        case isBeingWithdrawn
        /// It arrived.
        case delivered
        /// It is a dead letter.
        case dead
        /// It left nobody, and nobody waits for it.
        case withdrawn
    }

    /// What happens, in order.
    public let steps: [Step]
    /// Where that leads.
    public let end: End

    /// The steps, and what they lead to.
    public var description: String {
        steps.map { "\($0)" }.joined(separator: ", ") + ": \(end)"
    }

    private init(_ steps: Step..., then end: End) {
        self.steps = steps
        self.end = end
    }

    /// Every case.
    public static let all: [EntrustedCase] = [
        EntrustedCase(.taken, .handing, .says(.waiting), then: .isElsewhere),
        EntrustedCase(.taken, .handing, .says(.waiting), .says(.waiting), then: .isElsewhere),
        EntrustedCase(.taken, .handing, .says(.waiting), .says(.delivered), then: .delivered),
        EntrustedCase(
            .taken, .handing, .says(.waiting), .says(.delivered), .says(.undelivered),
            then: .delivered),
        EntrustedCase(.taken, .handing, .says(.waiting), .says(.undelivered), then: .dead),
        // Nobody here had it withdrawn, so that somebody must look after it.
        EntrustedCase(.taken, .handing, .says(.waiting), .says(.withdrawn), then: .dead),
        // What the core has heard of already.
        EntrustedCase(.taken, .handing, .says(.delivered), then: .delivered),
        EntrustedCase(.taken, .handing, .says(.undelivered), then: .dead),

        // An attempt that failed.
        EntrustedCase(.taken, .handing, .delayed, then: .waits),
        EntrustedCase(.taken, .handing, .delayed, .stopped, then: .withdrawn),
        EntrustedCase(.taken, .handing, .buried, then: .dead),
        EntrustedCase(
            .taken, .handing, .unanswered, .delayed, .taken, .handing, .says(.waiting),
            then: .isElsewhere),
        EntrustedCase(.taken, .handing, .unanswered, .buried, then: .mustBeWithdrawn),
        EntrustedCase(
            .taken, .handing, .unanswered, .buried, .says(.withdrawn), then: .dead),
        EntrustedCase(
            .taken, .handing, .unanswered, .buried, .says(.undelivered), then: .dead),
        EntrustedCase(
            .taken, .handing, .unanswered, .buried, .says(.delivered), then: .delivered),

        // What a courier of ours carried, and what it may have left behind.
        EntrustedCase(.taken, .leaving, .delayed, then: .waits),
        EntrustedCase(.taken, .leaving, .buried, then: .dead),
        EntrustedCase(.taken, .leaving, .unanswered, .buried, then: .dead),
        EntrustedCase(.taken, .stopped, .leaving, then: .withdrawn),
        EntrustedCase(.taken, .leaving, .delayed, .stopped, then: .withdrawn),
        EntrustedCase(.taken, .leaving, .released, .stopped, then: .withdrawn),
        EntrustedCase(.taken, .leaving, .stopped, .delayed, then: .withdrawn),
        EntrustedCase(.taken, .leaving, .stopped, .buried, then: .withdrawn),
        EntrustedCase(.taken, .leaving, .unanswered, .delayed, .stopped, then: .dead),
        EntrustedCase(.taken, .leaving, .stopped, .unanswered, .delayed, then: .dead),
        EntrustedCase(
            .taken, .leaving, .unanswered, .delayed, .taken, .leaving, .delayed, .stopped,
            then: .dead),
        EntrustedCase(.taken, .leaving, .died, .stopped, then: .dead),
        EntrustedCase(
            .taken, .leaving, .died, .taken, .leaving, .delayed, .stopped, then: .dead),
        // A core that gets it later answers for what went before.
        EntrustedCase(
            .taken, .leaving, .unanswered, .delayed, .taken, .handing, .delayed, .stopped,
            then: .mustBeWithdrawn),

        // A stop before, while and after it is handed over.
        EntrustedCase(.stopped, then: .withdrawn),
        EntrustedCase(.taken, .stopped, .handing, then: .withdrawn),
        EntrustedCase(.taken, .handing, .stopped, .delayed, then: .withdrawn),
        EntrustedCase(.taken, .handing, .stopped, .buried, then: .withdrawn),
        EntrustedCase(.taken, .handing, .stopped, .says(.waiting), then: .mustBeWithdrawn),
        EntrustedCase(.taken, .handing, .stopped, .says(.delivered), then: .delivered),
        EntrustedCase(
            .taken, .handing, .stopped, .unanswered, .delayed, then: .mustBeWithdrawn),
        EntrustedCase(.taken, .handing, .unanswered, .delayed, .stopped, then: .mustBeWithdrawn),
        EntrustedCase(.taken, .handing, .says(.waiting), .stopped, then: .mustBeWithdrawn),
        EntrustedCase(
            .taken, .handing, .says(.waiting), .stopped, .stopped, then: .mustBeWithdrawn),

        // What the core says of what it was told to withdraw.
        EntrustedCase(
            .taken, .handing, .says(.waiting), .stopped, .says(.withdrawing),
            then: .isBeingWithdrawn),
        EntrustedCase(
            .taken, .handing, .says(.waiting), .stopped, .says(.withdrawing), .says(.delivered),
            then: .delivered),
        EntrustedCase(
            .taken, .handing, .says(.waiting), .stopped, .says(.withdrawing), .says(.withdrawn),
            then: .withdrawn),
        EntrustedCase(
            .taken, .handing, .says(.waiting), .stopped, .says(.withdrawn), then: .withdrawn),
        EntrustedCase(
            .taken, .handing, .says(.waiting), .stopped, .says(.undelivered), then: .dead),
        EntrustedCase(
            .taken, .handing, .says(.waiting), .stopped, .says(.delivered), then: .delivered),
        EntrustedCase(
            .taken, .handing, .unanswered, .delayed, .stopped, .says(.withdrawn),
            then: .withdrawn),

        // It was noted that it is about to be handed over, and the round ended, or the process did.
        EntrustedCase(.taken, .handing, .released, .stopped, then: .withdrawn),
        EntrustedCase(
            .taken, .handing, .released, .taken, .handing, .delayed, .stopped, then: .withdrawn),
        EntrustedCase(.taken, .handing, .died, .stopped, then: .mustBeWithdrawn),
        EntrustedCase(
            .taken, .handing, .died, .taken, .handing, .delayed, .stopped,
            then: .mustBeWithdrawn),

        // The core has lost what it had.
        EntrustedCase(.taken, .handing, .says(.waiting), .lost, then: .waits),
        EntrustedCase(
            .taken, .handing, .says(.waiting), .lost, .taken, .handing, .says(.waiting),
            then: .isElsewhere),
        EntrustedCase(.taken, .handing, .lost, .says(.waiting), then: .waits),
        EntrustedCase(.taken, .handing, .says(.waiting), .lost, .stopped, then: .mustBeWithdrawn),
        EntrustedCase(
            .taken, .handing, .says(.waiting), .stopped, .says(.withdrawing), .lost,
            then: .mustBeWithdrawn),
        EntrustedCase(.taken, .handing, .says(.waiting), .says(.unknown), then: .waits),
        EntrustedCase(
            .taken, .handing, .says(.waiting), .stopped, .says(.withdrawing), .says(.unknown),
            then: .mustBeWithdrawn),
    ]
}
