import PosternDialectKit
import PosternModel

/// Reads one cascade of a request: what its steps have in common, and each step.
///
/// DIVERGENCE: `content` may be a text or an object with one, whatever the channel: the one client that is known writes
/// objects, and the pages of single messages texts.
struct CascadeReader {
    /// A cascade that may be asked for.
    struct Reading {
        var cascade: Cascade
        /// When its root goes out; nil for now.
        var at: Instant?
    }

    /// How long a step is waited for that does not say: as long as one may be.
    private static let longestWait = 86_400

    private let frame: MessageReader
    private let steps: [MessageReader]

    init(_ value: JSONValue, index: Int) throws(BadRequest) {
        let place = "[\(index)]"
        frame = try MessageReader(value, place: place)
        guard case .array(let values)? = frame.fields["cascade"],
            (1...Cascade.longest).contains(values.count)
        else {
            throw frame.fields.bad(
                "cascade", "is required, and must be a list of 1 to \(Cascade.longest) steps.")
        }
        var steps: [MessageReader] = []
        for (step, value) in values.enumerated() {
            steps.append(try MessageReader(value, place: "\(place).cascade[\(step)]"))
        }
        self.steps = steps
    }

    /// Checks every member of either kind; members of one kind among the other are refused.
    ///
    /// - Throws: The first that is wrong, by indices and name.
    func reading(now: Instant, callbackHosts: Set<String>) throws(BadRequest) -> Reading {
        try frame.fields.lacks(
            ["channelType", "senderName", "content", "condition", "ttl"],
            "belongs to the steps of the cascade.")
        let common = try frame.frame(now: now, callbackHosts: callbackHosts)
        var root: Composition?
        var later: [Cascade.Step] = []
        var before: (condition: Cascade.Condition, wait: Duration)?
        for (index, step) in steps.enumerated() {
            try step.fields.lacks(
                MessageReader.Frame.members + ["cascade"],
                "belongs beside the list of steps, not to one of them.")
            let part = try step.part([.text, .object])
            var composition = common.composition(of: part)
            if let before {
                later.append(
                    Cascade.Step(
                        composition: composition, condition: before.condition, wait: before.wait))
            } else {
                composition.externalID = common.externalID
                root = composition
            }
            let condition = try condition(of: step, isLast: index == steps.count - 1)
            before = condition.map { ($0, .seconds(part.ttl ?? Self.longestWait)) }
        }
        guard let root else {
            throw frame.fields.bad("cascade", "must have a step.")
        }
        return Reading(cascade: Cascade(root: root, steps: later), at: common.timing.at)
    }

    private func condition(
        of step: MessageReader, isLast: Bool
    ) throws(BadRequest) -> Cascade.Condition? {
        if isLast {
            try step.fields.lacks(["condition"], "must not be on the last step.")
            return nil
        }
        switch step.fields["condition"]?.text {
        case "not_delivered": return .notDelivered
        case "not_read": return .notRead
        default:
            throw step.fields.bad(
                "condition",
                "is required on all steps but the last, and must be not_delivered or not_read.")
        }
    }
}
