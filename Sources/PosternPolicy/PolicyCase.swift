public import PosternModel

/// One line of a policy's own tests: a send, and what the policy must answer.
public struct PolicyCase: Sendable, Equatable {
    /// What must be answered.
    public enum Expectation: Sendable, Equatable {
        /// Yes, with no condition.
        case allow
        /// Yes if the password matches.
        case allowIfPasswordMatches
        /// No, with this code first.
        case refuse(RefusalCode)
    }

    /// What the case claims, as a sentence.
    public let name: String
    /// The file it stands in.
    public let file: String
    /// The line it begins on, from 1.
    public let line: Int
    /// When the send happens.
    public let at: Instant
    /// What is known of it, content aside.
    public let facts: Facts
    /// Its text, for the keyword lists.
    public let text: CaseText
    /// What must be answered.
    public let expectation: Expectation
    /// All the rules that must object, in any order; nil when the case does not say.
    public let rules: Set<RuleID>?
    /// All the rules that must object in shadow mode; nil when the case does not say.
    public let shadows: Set<RuleID>?
}

/// The text of a case's message.
public struct CaseText: Sendable, Equatable {
    /// The subject line.
    public var subject: String
    /// The body.
    public var body: String
    /// How the body is written.
    public var bodyFormat: BodyFormat
    /// Names of attached files.
    public var attachmentNames: [String]

    /// Makes a text.
    public init(
        subject: String = "", body: String = "", bodyFormat: BodyFormat = .text,
        attachmentNames: [String] = []
    ) {
        self.subject = subject
        self.body = body
        self.bodyFormat = bodyFormat
        self.attachmentNames = attachmentNames
    }

    /// Whether there is anything to scan.
    public var isEmpty: Bool { subject.isEmpty && body.isEmpty && attachmentNames.isEmpty }
}

/// A policy's cases, loaded.
public struct PolicyCases: Sendable, Equatable {
    /// The cases in file and line order.
    public let cases: [PolicyCase]

    /// Puts every case to a policy.
    ///
    /// - Parameters:
    ///   - policy: The policy the cases were loaded for.
    ///   - scan: Finds banned content; called for cases that have text.
    /// - Returns: What became of each case, and what the cases cover.
    public func run(_ policy: Policy, scan: (CaseText) -> [ContentHit]) -> CaseReport {
        let results = cases.map { policyCase in
            var facts = policyCase.facts
            if !policyCase.text.isEmpty { facts.send?.content = scan(policyCase.text) }
            return CaseResult(
                policyCase: policyCase, decision: policy.decide(facts, at: policyCase.at))
        }
        return CaseReport(results: results, policy: policy)
    }
}

/// What became of one case.
public struct CaseResult: Sendable, Equatable {
    /// The case.
    public let policyCase: PolicyCase
    /// What the policy decided.
    public let decision: Decision

    /// What differs from what the case expects, as a sentence; nil when it passes.
    public var difference: String? {
        let answer = Self.text(decision)
        let expected =
            switch policyCase.expectation {
            case .allow: "allow"
            case .allowIfPasswordMatches: "allow-if-password-matches"
            case .refuse(let code): "\(code.rawValue)"
            }
        guard answer == expected else {
            let why = decision.objections.map { "\($0.rule): \($0.sentence)" }
            return "The case expects \(expected), and the policy answers \(answer)."
                + (why.isEmpty ? "" : " " + why.joined(separator: " "))
        }
        if let rules = policyCase.rules, rules != Set(decision.objections.map(\.rule)) {
            return Self.difference("object", rules, decision.objections)
        }
        if let shadows = policyCase.shadows, shadows != Set(decision.shadowObjections.map(\.rule)) {
            return Self.difference("object in shadow mode", shadows, decision.shadowObjections)
        }
        return nil
    }

    private static func text(_ decision: Decision) -> String {
        switch decision.answer {
        case .allow: "allow"
        case .allowIfPasswordMatches: "allow-if-password-matches"
        case .refuse: "\(decision.objections.first?.code.rawValue ?? 0)"
        }
    }

    private static func difference(_ verb: String, _ rules: Set<RuleID>, _ found: [Objection])
        -> String
    {
        func list(_ rules: Set<RuleID>) -> String {
            rules.isEmpty ? "nothing" : rules.map(\.rawValue).sorted().joined(separator: ", ")
        }
        return
            "The case expects \(list(rules)) to \(verb), and it is \(list(Set(found.map(\.rule))))."
    }
}

/// What became of a policy's cases, and how much of the policy they try.
public struct CaseReport: Sendable, Equatable {
    /// Every case's result, in order.
    public let results: [CaseResult]
    /// Rules that refused in some case that passes.
    public let rulesCovered: Set<RuleID>
    /// Rules of the policy that no passing case makes object, in check order.
    ///
    /// A rule in shadow mode is covered when it objects there.
    public let rulesMissing: [RuleID]
    /// Codes that some passing case is answered with.
    public let codesCovered: Set<RefusalCode>
    /// Codes that no passing case is answered with, in check order.
    public let codesMissing: [RefusalCode]

    init(results: [CaseResult], policy: Policy) {
        self.results = results
        let passed = results.filter { $0.difference == nil }
        let rules = Set(
            passed.flatMap { ($0.decision.objections + $0.decision.shadowObjections).map(\.rule) })
        let codes = Set(passed.compactMap { $0.decision.objections.first?.code })
        rulesCovered = rules
        rulesMissing = policy.ruleIDs.filter { !rules.contains($0) }
        codesCovered = codes
        codesMissing = RefusalCode.allCases.filter { !codes.contains($0) }
    }

    /// The cases that fail.
    public var failures: [CaseResult] { results.filter { $0.difference != nil } }
    /// Whether every case passes; says nothing about coverage.
    public var passes: Bool { failures.isEmpty }

    /// Text for a terminal: each failure with its place, then the counts, then what nothing covers.
    public var lines: [String] {
        var lines = failures.map { result in
            let place = "\(result.policyCase.file):\(result.policyCase.line)"
            return "\(place): \(result.policyCase.name): \(result.difference ?? "")"
        }
        lines.append("\(results.count - failures.count) of \(results.count) cases pass")
        lines.append(
            "codes: \(codesCovered.count) of \(RefusalCode.allCases.count)"
                + (codesMissing.isEmpty
                    ? ""
                    : ", missing " + codesMissing.map { "\($0.rawValue)" }.joined(separator: ", ")))
        lines.append(
            "rules: \(rulesCovered.count) of \(rulesCovered.count + rulesMissing.count)"
                + (rulesMissing.isEmpty
                    ? "" : ", missing " + rulesMissing.map(\.rawValue).joined(separator: ", ")))
        return lines
    }
}
