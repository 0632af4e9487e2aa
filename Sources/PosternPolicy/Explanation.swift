public import PosternModel

/// What one rule says to a set of facts, and which values of the policy make it say so.
public struct ExplainedRule: Sendable, Equatable {
    /// What came of the rule.
    public enum Outcome: Sendable, Equatable {
        /// It has nothing against the send.
        case passes
        /// It refuses.
        case objects
        /// It would refuse, but is in shadow mode.
        case shadowed
        /// It would refuse, but an exception spares the group.
        case excepted(RuleException)
        /// An earlier rule ended the matter.
        case notReached
    }

    /// The rule.
    public let rule: RuleID
    /// Its code.
    public let code: RefusalCode
    /// What came of it.
    public let outcome: Outcome
    /// What it says, when it has something to say.
    public let sentence: String?
    /// The values it looked at.
    public let values: [EffectiveValue]
    /// Whether it was judged by what another policy had found in texts, addresses and passwords, which are not kept.
    public let restsOnEarlierFindings: Bool

    /// What a line ends with whose rule was judged by what another policy had found.
    static let findingsMark = "(by what was found then)"

    /// One line: outcome, code, rule, then what it says or the values it passed on.
    public var line: String {
        let word =
            switch outcome {
            case .passes: "pass"
            case .objects: "OBJECT"
            case .shadowed: "shadow"
            case .excepted: "except"
            case .notReached: "-"
            }
        var parts = [pad(word, 7), pad("\(code.rawValue)", 5), pad(rule.rawValue, 22)]
        if let sentence { parts.append(sentence) }
        if case .excepted(let exception) = outcome {
            parts.append(
                "(exception until \(exception.until.rfc3339), \(exception.owner), \(exception.ticket), \(exception.file):\(exception.line))"
            )
        }
        if outcome == .notReached {
            parts.append("not reached")
        } else if !values.isEmpty {
            let list = values.map { "\($0.name): \($0.value) [\($0.provenance)]" }
            parts.append(list.joined(separator: "; "))
        }
        if restsOnEarlierFindings { parts.append(Self.findingsMark) }
        return parts.joined(separator: " ")
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}

/// A decision, rule by rule.
public struct Explanation: Sendable, Equatable {
    /// The decision.
    public let decision: Decision
    /// The group whose values were used; nil when the sender is not known.
    public let group: String?
    /// Every rule in check order.
    public let rules: [ExplainedRule]

    /// Text for a terminal: the answer, then a line for each rule, then what would pass.
    public var lines: [String] {
        let code = decision.objections.first.map { " with \($0.code.rawValue)" } ?? ""
        var lines = ["answer: \(decision.answer.rawValue)\(code)", "policy: \(decision.policy)"]
        if let group { lines.append("group: \(group)") }
        lines += rules.map(\.line)
        if decision.answer == .refuse {
            lines.append(
                "would pass: " + (decision.remedies.map(Self.text) ?? "nothing the sender can do"))
        }
        if let retryAt = decision.retryAt {
            lines.append("again at: \(retryAt.rfc3339)")
        }
        if rules.contains(where: \.restsOnEarlierFindings) {
            lines.append(
                "\(ExplainedRule.findingsMark): texts, addresses and passwords were not looked at again; what this policy would find in them may differ."
            )
        }
        return lines
    }

    private static func text(_ remedies: [Remedy]) -> String {
        remedies.map(\.sentence).joined(separator: " ")
    }
}

extension Policy {
    /// Explains a decision: the same evaluation as ``decide(_:at:)``, with every rule's say.
    ///
    /// Facts hold what a policy found in texts, addresses and passwords, never those themselves. Rules that rest on it are
    /// marked where that was another policy than this one.
    ///
    /// - Parameters:
    ///   - facts: What is known of the send.
    ///   - instant: When.
    ///   - finder: The policy that was in force when the facts were gathered; nil for this one.
    /// - Returns: The decision, and what each rule says.
    public func explain(
        _ facts: Facts, at instant: Instant, foundBy finder: PolicyDigest? = nil
    ) -> Explanation {
        let isFoundByAnother = finder.map { $0 != digest } ?? false
        let decision = decide(facts, at: instant)
        let early = decision.objections.first.flatMap {
            $0.code == .sessionInvalid || $0.code == .messageNotFound ? $0 : nil
        }
        let question = early == nil ? facts.send.map { Question($0, to: self, at: instant) } : nil
        let values = question.map { effective($0.group.name) } ?? []
        let rules = Rule.allCases.flatMap { rule -> [ExplainedRule] in
            let names = rule.settings
            let used = values.filter { names.contains($0.name) }
            let code = rule.entry.code
            let isEarlier =
                isFoundByAnother
                && (question.map { rule.restsOnFindings(in: $0.facts) } ?? false)
            if rule == .contentBanned {
                return listRules.map { list in
                    explained(
                        list.rule, code, used, question,
                        question?.objection(ofList: list.list, threshold: list.threshold),
                        restsOnEarlierFindings: isEarlier)
                }
            }
            if let early, early.rule == rule.entry.id {
                return [
                    ExplainedRule(
                        rule: early.rule, code: code, outcome: .objects, sentence: early.sentence,
                        values: [], restsOnEarlierFindings: false)
                ]
            }
            if question == nil, rule == .sessionValid {
                return [
                    ExplainedRule(
                        rule: rule.entry.id, code: code, outcome: .passes, sentence: nil,
                        values: [], restsOnEarlierFindings: false)
                ]
            }
            return [
                explained(
                    rule.entry.id, code, used, question, question?.objection(of: rule),
                    restsOnEarlierFindings: isEarlier)
            ]
        }
        return Explanation(decision: decision, group: question?.group.name, rules: rules)
    }

    private func explained(
        _ rule: RuleID, _ code: RefusalCode, _ values: [EffectiveValue], _ question: Question?,
        _ sentence: String?, restsOnEarlierFindings: Bool
    ) -> ExplainedRule {
        let outcome: ExplainedRule.Outcome
        if let question {
            if sentence == nil {
                outcome = .passes
            } else if let exception = rules[rule]?.exception(
                for: question.group.name, at: question.at)
            {
                outcome = .excepted(exception)
            } else {
                outcome = mode(of: rule) == .shadow ? .shadowed : .objects
            }
        } else {
            outcome = .notReached
        }
        return ExplainedRule(
            rule: rule, code: code, outcome: outcome, sentence: sentence, values: values,
            restsOnEarlierFindings: restsOnEarlierFindings)
    }
}
