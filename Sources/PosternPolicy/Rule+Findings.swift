extension Rule {
    /// Whether what the rule says of a send rests on what a policy found, by its own rules, in what the facts do not keep.
    ///
    /// Of a text the facts hold what the keyword lists found, of an address what the domains, prefixes and units let it be, of
    /// a password what looking at it showed, if the limits let it be looked at. Another policy may have found otherwise.
    func restsOnFindings(in facts: SendFacts) -> Bool {
        func addresses(_ standings: RecipientStanding...) -> Bool {
            facts.recipients.classes.contains { standings.contains($0.standing) }
        }
        return switch self {
        case .recipientsAllowed: addresses(.phone, .cell)
        case .invitationsAllowed: addresses(.unknown)
        case .challengeSingle, .challengeSeveral: addresses(.unknown, .pending)
        case .contentBanned: true
        case .passwordRight: facts.password != .notEvaluated
        case .sessionValid, .draftVisible, .messageRecalled, .replyAllowed, .replyAllAllowed,
            .forwardAllowed, .fyeoRight, .confidentialRight, .expiryAllowed, .expiryRange,
            .passwordGiven, .recipientsPresent, .recipientsLimit, .recipientsDisabled, .quotaDaily:
            false
        }
    }
}
