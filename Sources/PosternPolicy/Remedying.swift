import PosternModel

/// Looks for the smallest set of edits after which a refused send would pass.
///
/// Few choices are open at all: whether to wait, how to stop being a forbidden answer, whether to ask for
/// invitations, whether to give a challenge code, and in which order to take recipients away. All
/// combinations are tried, everything else follows from them, and a plan counts only when the rules
/// themselves say yes to what it leads to. Fewest edits win, then fewest recipients removed.
///
/// Protection is never given up to save an edit: a sender who may not use one kind of password is
/// pointed at the strongest kind they may use.
struct Remedying {
    private let question: Question
    private let day: CalendarDay
    private var policy: Policy { question.policy }

    init(_ question: Question, day: CalendarDay) {
        self.question = question
        self.day = day
    }

    /// The edits; nil when the sender alone cannot pass.
    func smallest() -> [Remedy]? {
        if isBeyondTheSender { return nil }
        var best: (plan: [Remedy], cost: (Int, Int))?
        var seen: [[Remedy]] = []
        // Those that begin with the fewest edits come first, so that the rest need not be looked at.
        for choice in choices().sorted(by: { $0.edits < $1.edits }) {
            let most = best?.cost.0 ?? .max
            if choice.edits > most { break }
            guard let beginning = beginning(choice), beginning.count <= most,
                !seen.contains(where: { $0 == beginning })
            else { continue }
            seen.append(beginning)
            guard let plan = plan(choice, from: beginning) else { continue }
            let cost = (plan.count, Self.removed(plan))
            if let best, best.cost <= cost { continue }
            let after = Question(applied(plan), to: policy, at: choice.at)
            if policy.findings(after).enforced.isEmpty { best = (plan, cost) }
        }
        return best?.plan
    }

    /// Whether something objects that no edit mends, whatever else is edited.
    ///
    /// Exceptions only ever end, so what counts now still counts after waiting.
    private var isBeyondTheSender: Bool {
        let facts = question.facts
        return facts.recalled || facts.recipients.distinct == 0 && facts.parent?.sender == nil
            || (facts.password == .attemptsUsedUp || question.wasLastAttempt
                || question.destroysMessage)
                && strongest(at: question.at) != .disabled
            || question.group.dailyMessages == 0 && counts(.quotaDaily, at: question.at)
    }

    // MARK: - What can be chosen

    private struct Choice {
        var wait: Remedy?
        var at: Instant
        var answer: Remedy?
        var asks = false
        var givesCode = false
        var removals: [Removal] = []
        var removesAllChallenged = false

        /// The edits it begins with.
        var edits: Int {
            (wait == nil ? 0 : 1) + (answer == nil ? 0 : 1) + (asks ? 1 : 0) + (givesCode ? 1 : 0)
        }
    }

    /// Recipients that must go, by the reason.
    ///
    /// One may go for several reasons, so the order decides how many edits it takes.
    private enum Removal { case disabled, forbidden, uninvitable, challenged }

    private func present() -> [Removal] {
        let recipients = question.facts.recipients
        var removals: [Removal] = []
        if recipients.count(where: { $0.standing == .disabled }) > 0 { removals.append(.disabled) }
        if recipients.count(where: question.isForbidden) > 0 { removals.append(.forbidden) }
        if recipients.count(where: { $0.standing == .unknown }) > 0 {
            removals.append(.uninvitable)
        }
        if recipients.count(where: \.challenged) > 0 { removals.append(.challenged) }
        return removals
    }

    private static func orders(_ removals: [Removal]) -> [[Removal]] {
        guard removals.count > 1 else { return [removals] }
        return removals.indices.flatMap { index in
            var rest = removals
            let first = rest.remove(at: index)
            return orders(rest).map { [first] + $0 }
        }
    }

    private func choices() -> [Choice] {
        let facts = question.facts
        var choices = [Choice(wait: nil, at: question.at, answer: nil)]
        func branch(_ other: (Choice) -> Choice) { choices += choices.map(other) }
        if question.objection(of: .quotaDaily) != nil
            || question.invitesLeft < facts.recipients.count(where: { $0.standing == .unknown })
        {
            let reset = day.endsAt
            branch {
                var choice = $0
                choice.wait = .waitUntil(reset)
                choice.at = reset
                return choice
            }
        }
        if facts.action != .new {
            let answering = choices
            for answer in answers {
                choices += answering.map {
                    var choice = $0
                    choice.answer = answer
                    return choice
                }
            }
        }
        if !facts.inviteAsked {
            branch {
                var choice = $0
                choice.asks = true
                return choice
            }
        }
        let challenged =
            facts.recipients.count(where: \.challenged) > 0
            || facts.parent?.sender?.challenged == true
        if challenged {
            if !facts.challengeCodeGiven {
                branch {
                    var choice = $0
                    choice.givesCode = true
                    return choice
                }
            }
            // Otherwise the number that may stay follows from the rules.
            if !counts(.challengeSeveral, at: question.at) {
                branch {
                    var choice = $0
                    choice.removesAllChallenged = true
                    return choice
                }
            }
        }
        // What only one kind of edit mends must begin with that edit.
        let codes = Set(policy.findings(question).enforced.map(\.code))
        if codes.contains(.quotaExhausted) { choices.removeAll { $0.wait == nil } }
        if !codes.isDisjoint(with: [
            .messageRecalled, .replyForbidden, .replyAllForbidden, .forwardForbidden,
        ]) {
            choices.removeAll { $0.answer == nil }
        }
        let orders = Self.orders(present())
        return choices.flatMap { choice in
            // With one recipient, the parent's sender, the order decides nothing.
            (choice.answer == .addressOnlyTheParentsSender
                ? [[.disabled, .forbidden, .uninvitable, .challenged]] : orders).map {
                    var choice = choice
                    choice.removals = $0
                    return choice
                }
        }
    }

    private var answers: [Remedy] {
        question.facts.parent?.sender == nil || question.facts.action == .forward
            ? [.startNewMessage] : [.addressOnlyTheParentsSender, .startNewMessage]
    }

    // MARK: - What follows

    private func applied(_ plan: [Remedy]) -> SendFacts {
        var facts = question.facts
        for remedy in plan { facts.apply(remedy, under: policy) }
        return facts
    }

    /// What was chosen, and the removals that follow; nil when nobody would be left.
    private func beginning(_ choice: Choice) -> [Remedy]? {
        var plan = [choice.wait, choice.answer].compactMap { $0 }
        if choice.asks { plan.append(.askToInvite) }
        if choice.givesCode { plan.append(.giveChallengeCode) }
        return removals(choice, &plan) ? plan : nil
    }

    /// The beginning and all that it calls for; nil when a password cannot be mended.
    private func plan(_ choice: Choice, from beginning: [Remedy]) -> [Remedy]? {
        var plan = beginning
        // Each edit can uncover what only the next one mends, so the rules are asked again in between.
        func objecting() -> [Objection] {
            policy.findings(Question(applied(plan), to: policy, at: choice.at)).enforced
        }
        var objections = objecting()
        if objections.contains(where: {
            $0.code == .fyeoForbidden || $0.code == .confidentialForbidden
        }) {
            plan.append(.changeFYEO(to: strongest(at: choice.at)))
            objections = objecting()
        }
        if objections.contains(where: { $0.code == .passwordMissing }) {
            plan.append(.givePassword)
            objections = objecting()
        }
        if objections.contains(where: { $0.code == .expiryDisabled }) {
            plan.append(.clearExpiry)
        } else if objections.contains(where: { $0.code == .expiryInvalid }) {
            let soonest = max(question.group.expiryMinimum, .milliseconds(1))
            plan.append(
                .setExpiry(
                    notBefore: choice.at.advanced(by: soonest),
                    notAfter: question.group.expiryMaximum.map(choice.at.advanced(by:))))
        }
        let lists = objections.filter { $0.code == .bannedContent }.compactMap { objection in
            policy.listRules.first { $0.rule == objection.rule }?.list
        }
        if !lists.isEmpty { plan.append(.removeBannedText(lists: lists)) }
        if objections.contains(where: { $0.code == .passwordWrong }) {
            guard question.facts.password == .wrong else { return nil }
            plan.append(.correctPassword)
        }
        return plan
    }

    /// The strongest protection the sender may use: a password of the message's own is the strongest.
    private func strongest(at instant: Instant) -> FYEOType {
        if question.group.fyeo || !counts(.fyeoRight, at: instant) { return .uniquePassword }
        if question.group.confidential || !counts(.confidentialRight, at: instant) {
            return .accountPassword
        }
        return .disabled
    }

    private func counts(_ rule: Rule, at instant: Instant) -> Bool {
        policy.applies(rule.entry.id, to: question.group.name, at: instant)
    }

    /// Adds the removals a choice leads to; false when nobody would be left.
    private func removals(_ choice: Choice, _ plan: inout [Remedy]) -> Bool {
        var facts = applied(plan)
        func add(_ remedy: Remedy) {
            facts.apply(remedy, under: policy)
            plan.append(remedy)
        }
        func count(_ isCounted: (RecipientClass) -> Bool) -> Int {
            facts.recipients.count(where: isCounted)
        }
        let now = Question(facts, to: policy, at: choice.at)
        for removal in choice.removals {
            switch removal {
            case .disabled:
                let disabled = count { $0.standing == .disabled }
                if disabled > 0, counts(.recipientsDisabled, at: choice.at) {
                    add(.removeDisabledRecipients(count: disabled))
                }
            case .forbidden:
                let forbidden = count(now.isForbidden)
                if forbidden > 0, counts(.recipientsAllowed, at: choice.at) {
                    add(.removeForbiddenRecipients(count: forbidden))
                }
            case .uninvitable:
                let uninvitable = count(now.isUninvitable)
                let short = count { $0.standing == .unknown } - uninvitable - now.invitesLeft
                let leaving = uninvitable.saturatingAdd(max(0, short))
                if leaving > 0, counts(.invitationsAllowed, at: choice.at) {
                    add(.removeUninvitableRecipients(count: leaving))
                }
            case .challenged:
                let excess = challengedExcess(facts, choice)
                if excess > 0 { add(.removeChallengedRecipients(count: excess)) }
            }
        }
        let excess = facts.recipients.distinct - question.group.recipientLimit
        if excess > 0, counts(.recipientsLimit, at: choice.at) {
            if !widen(&plan, by: excess, facts) { plan.append(.removeRecipients(count: excess)) }
        }
        return facts.recipients.distinct > 0
    }

    /// How many challenged recipients must go.
    private func challengedExcess(_ facts: SendFacts, _ choice: Choice) -> Int {
        let challenged = facts.recipients.count(where: \.challenged)
        if choice.removesAllChallenged { return challenged }
        let codeIsMissing = counts(.challengeSingle, at: choice.at) && !facts.challengeCodeGiven
        if challenged > 1, counts(.challengeSeveral, at: choice.at) {
            return codeIsMissing ? challenged : challenged - 1
        }
        return challenged == 1 && codeIsMissing ? 1 : 0
    }

    /// Lets a removal that is there already take more of its kind, instead of adding another.
    private func widen(_ plan: inout [Remedy], by excess: Int, _ facts: SendFacts) -> Bool {
        for index in plan.indices {
            switch plan[index] {
            case .removeUninvitableRecipients(let count)
            where facts.recipients.count(where: { $0.standing == .unknown }) >= excess:
                plan[index] = .removeUninvitableRecipients(count: count.saturatingAdd(excess))
                return true
            case .removeChallengedRecipients(let count)
            where facts.recipients.count(where: \.challenged) >= excess:
                plan[index] = .removeChallengedRecipients(count: count.saturatingAdd(excess))
                return true
            default: break
            }
        }
        return false
    }

    private static func removed(_ plan: [Remedy]) -> Int {
        plan.reduce(0) { sum, remedy in
            switch remedy {
            case .removeRecipients(let count), .removeDisabledRecipients(let count),
                .removeForbiddenRecipients(let count), .removeUninvitableRecipients(let count),
                .removeChallengedRecipients(let count):
                sum.saturatingAdd(count)
            default: sum
            }
        }
    }
}
