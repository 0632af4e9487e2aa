public import PosternModel

extension Policy {
    /// Decides a send: pure, total, and the only evaluator there is.
    ///
    /// Rules are asked in the order of the design's table. Without a valid session or a visible draft
    /// nothing more is known, and nothing more is said.
    ///
    /// - Parameters:
    ///   - facts: What is known of the send.
    ///   - instant: When.
    /// - Returns: The answer with every objection, and what would change it.
    public func decide(_ facts: Facts, at instant: Instant) -> Decision {
        if let refusal = refusalBeforeSend(facts) { return refusal }
        guard let send = facts.send else { return refusal(draftObjection, remedies: nil) }
        let question = Question(send, to: self, at: instant)
        let findings = findings(question)
        let day = day(at: instant)
        let quota = quotaState(
            for: question.group, send.messagesUsed, send.invitesUsed, at: instant, on: day)
        guard findings.enforced.isEmpty else {
            let remedies = Remedying(question, day: day).smallest()
            return Decision(
                policy: digest, answer: .refuse, objections: findings.enforced,
                shadowObjections: findings.shadowed, remedies: remedies,
                retryAt: passes(question, after: findings, by: day) ? day.endsAt : nil,
                quota: quota, expiresAt: nil)
        }
        let unproved =
            send.password == .notEvaluated
            && (send.fyeo == .accountPassword || send.passwordMustMatch)
        return Decision(
            policy: digest, answer: unproved ? .allowIfPasswordMatches : .allow, objections: [],
            shadowObjections: findings.shadowed, remedies: [], retryAt: nil, quota: quota,
            expiresAt: question.expiresAt)
    }

    /// Whether a refused send would pass unchanged on the next day: only what is counted by the day passes by waiting.
    private func passes(
        _ question: Question, after findings: Findings, by day: CalendarDay
    ) -> Bool {
        guard
            findings.enforced.allSatisfy({
                $0.code == .quotaExhausted || $0.code == .invitationRefused
            })
        else { return false }
        var facts = question.facts
        facts.apply(.waitUntil(day.endsAt), under: self)
        return self.findings(Question(facts, to: self, at: day.endsAt)).enforced.isEmpty
    }

    /// What the rules say, apart by whether it counts.
    struct Findings {
        var enforced: [Objection] = []
        var shadowed: [Objection] = []
    }

    /// Asks rules that need the send's facts, in check order; all of them unless told which.
    func findings(_ question: Question, of asked: [Rule] = Rule.allCases) -> Findings {
        var findings = Findings()
        func note(_ rule: RuleID, _ code: RefusalCode, _ sentence: String) {
            guard let setting = rules[rule] else {
                findings.enforced.append(Objection(rule: rule, code: code, sentence: sentence))
                return
            }
            if setting.exception(for: question.group.name, at: question.at) != nil { return }
            let objection = Objection(rule: rule, code: code, sentence: sentence)
            switch setting.mode {
            case .enforce: findings.enforced.append(objection)
            case .shadow: findings.shadowed.append(objection)
            }
        }
        for rule in asked {
            if rule == .contentBanned {
                if question.facts.content.isEmpty { continue }
                for list in listRules {
                    if let sentence = question.objection(
                        ofList: list.list, threshold: list.threshold)
                    {
                        note(list.rule, .bannedContent, sentence)
                    }
                }
            } else if let sentence = question.objection(of: rule) {
                let entry = rule.entry
                note(entry.id, entry.code, sentence)
            }
        }
        return findings
    }

    /// The refusal that comes before anything is known of the send; nil when there is none.
    private func refusalBeforeSend(_ facts: Facts) -> Decision? {
        guard facts.session == .valid else {
            let entry = Rule.sessionValid.entry
            return refusal(
                Objection(
                    rule: entry.id, code: entry.code,
                    sentence: "The session is no longer valid; sign in again."),
                // The same for every reason, so that a token tells nothing about its account. Signing in
                // is where to begin; the rest of the answer comes after it.
                remedies: [.signIn])
        }
        return facts.draft == .visible ? nil : refusal(draftObjection, remedies: nil)
    }

    private var draftObjection: Objection {
        let entry = Rule.draftVisible.entry
        return Objection(
            rule: entry.id, code: entry.code, sentence: "There is no such message for this account."
        )
    }

    private func refusal(_ objection: Objection, remedies: [Remedy]?) -> Decision {
        Decision(
            policy: digest, answer: .refuse, objections: [objection], shadowObjections: [],
            remedies: remedies, retryAt: nil, quota: nil, expiresAt: nil)
    }
}
