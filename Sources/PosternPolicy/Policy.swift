public import PosternModel

/// A loaded policy: every rule a send is judged by.
///
/// Once loaded it cannot fail, and never changes. A class, so that handing it on counts one reference and not one for each of
/// its tables.
public final class Policy: Sendable {
    /// The digest of the files it was loaded from.
    public let digest: PolicyDigest
    /// The keyword lists, for the scanner.
    public let keywordLists: [KeywordList]
    /// How many wrong passwords are put up with.
    public let attemptLimits: AttemptLimits
    /// Who may sign in, and what becomes of wrong passwords.
    public let login: LoginRules
    /// The values of ``login``, each with the file and line it comes from, in a fixed order.
    public let effectiveLogin: [EffectiveValue]

    let days: DayTable
    let expiryGroups: [String: Duration]
    /// The group of accounts whose own group the policy does not define.
    let fallback: Shared<GroupRules>
    let groups: [String: Shared<GroupRules>]
    let effective: [String: [EffectiveValue]]
    let rules: [RuleID: RuleSetting]
    /// What is said of the rules that count by the day: every reply asks, and need not look them up.
    private let daily: (messages: RuleSetting?, invites: RuleSetting?)
    /// Each list's threshold and rule, in the order of ``keywordLists``.
    let listRules: [(list: String, threshold: Int, rule: RuleID)]

    init(
        digest: PolicyDigest, keywordLists: [KeywordList], attemptLimits: AttemptLimits,
        login: LoginText, days: DayTable, expiryGroups: [String: Duration], fallback: GroupRules,
        groups: [String: GroupRules], effective: [String: [EffectiveValue]],
        rules: [RuleID: RuleSetting]
    ) {
        self.digest = digest
        self.keywordLists = keywordLists
        self.attemptLimits = attemptLimits
        self.login = login.rules
        effectiveLogin = login.values
        self.days = days
        self.expiryGroups = expiryGroups
        self.fallback = Shared(fallback)
        self.groups = groups.mapValues(Shared.init)
        self.effective = effective
        self.rules = rules
        daily = (rules[Rule.quotaDaily.entry.id], rules[Rule.invitationsAllowed.entry.id])
        listRules = keywordLists.map { ($0.id, $0.threshold, Rule.contentBanned($0.id)) }
    }

    /// The IANA name of the time zone whose days quotas are counted in.
    public var timeZone: String { days.identifier }

    /// The groups the policy defines, sorted.
    public var groupNames: [String] { groups.keys.sorted() }

    /// The group that stands in for groups the policy does not define.
    public var defaultGroup: String { fallback.name }

    /// The group whose values hold for members of a group: itself, or the default where it is not defined.
    public func resolvedGroup(_ group: String) -> String { rules(for: group).name }

    /// Every value that holds for a group, with the file and line it comes from, in a fixed order.
    public func effective(_ group: String) -> [EffectiveValue] {
        effective[resolvedGroup(group)] ?? []
    }

    /// Every rule a policy of these files has, in check order, one for each keyword list.
    public var ruleIDs: [RuleID] {
        Rule.allCases.flatMap { rule in
            rule == .contentBanned ? listRules.map(\.rule) : [rule.entry.id]
        }
    }

    /// Whether a rule refuses or is only reported.
    public func mode(of rule: RuleID) -> RuleMode { rules[rule]?.mode ?? .enforce }

    /// The exceptions to a rule, ended ones included.
    public func exceptions(to rule: RuleID) -> [RuleException] { rules[rule]?.exceptions ?? [] }

    /// The calendar day of the policy's time zone that an instant falls on.
    public func day(at instant: Instant) -> CalendarDay { days.day(at: instant) }

    /// What a sender of a group may use of the day at an instant, shadow mode and exceptions included: what a settlement
    /// must compare with, so that it never refuses what was permitted.
    ///
    /// A limit whose rule refuses nobody is no limit: `Int.max`.
    public func dailyLimits(for group: String, at instant: Instant) -> (messages: Int, invites: Int)
    {
        dailyLimits(for: rules(for: group), at: instant)
    }

    func dailyLimits(
        for group: Shared<GroupRules>, at instant: Instant
    ) -> (messages: Int, invites: Int) {
        func limit(_ number: Int, _ rule: RuleSetting?) -> Int {
            rule?.refuses(group.name, at: instant) ?? true ? number : .max
        }
        return (
            limit(group.dailyMessages, daily.messages),
            limit(group.inviting ? group.dailyInvites : 0, daily.invites)
        )
    }

    /// Puts one recipient in a class, for a sender of a group.
    ///
    /// Those outside have no record and are classified by their address; a record that claims to be one may not be written to.
    public func classify(_ recipient: RecipientRecord, for group: String) -> RecipientClass {
        let rules = rules(for: group)
        let domain = recipient.address.domain
        let unknown = recipient.standing == .unknown
        let invitable =
            switch recipient.standing {
            case .unknown:
                !rules.deniedDomains.contains(domain)
                    && rules.invitedDomains.map { $0.contains(domain) } ?? true
            case .phone, .cell: false
            case .active, .pending, .disabled: true
            }
        // Challenges are for people who have yet to come in; whoever has an account in use is known.
        let challenged =
            rules.challenge && (unknown || recipient.standing == .pending)
            && !recipient.challengePassed && !rules.unchallengedDomains.contains(domain)
            && !rules.unchallengedAddresses.contains(recipient.address)
        return RecipientClass(
            standing: recipient.standing, group: recipient.group, contact: recipient.contact,
            invitable: invitable, challenged: challenged)
    }

    /// Puts a telephone or a cell in a class, for a sender of a group.
    ///
    /// It is nobody's contact, in no group and never challenged; ``RecipientClass/invitable`` says whether the sender may
    /// write to it.
    public func classify(_ outsider: Outsider, for group: String) -> RecipientClass {
        let rules = rules(for: group)
        return switch outsider {
        case .phone(let phone):
            RecipientClass(standing: .phone, group: nil, invitable: rules.phones.reaches(phone))
        case .cell(let cell):
            RecipientClass(standing: .cell, group: nil, invitable: rules.cells.reaches(cell))
        }
    }

    func rules(for group: String) -> Shared<GroupRules> { groups[group] ?? fallback }

    /// Whether a rule's no counts for a group at an instant.
    func applies(_ rule: RuleID, to group: String, at instant: Instant) -> Bool {
        rules[rule]?.refuses(group, at: instant) ?? true
    }
}

/// One day of the policy's time zone; 23 or 25 hours long when the clocks change.
public struct CalendarDay: Sendable, Equatable {
    /// `yyyy-MM-dd`: what quotas are counted under.
    public let key: String
    /// Its first instant.
    public let startsAt: Instant
    /// The first instant of the next day.
    public let endsAt: Instant
}

/// How many wrong passwords are put up with before a warning, a lock and the message's destruction.
public struct AttemptLimits: Sendable, Equatable {
    /// Wrong passwords by one principal against one message from which the refusal warns.
    public let warnAfter: Int
    /// Wrong passwords after which no more are evaluated, until an administrator unlocks.
    public let lockAfter: Int
    /// Wrong passwords of all principals together after which the message is destroyed; nil for never.
    public let burnAfter: Int?

    /// Makes limits.
    public init(warnAfter: Int, lockAfter: Int, burnAfter: Int?) {
        self.warnAfter = warnAfter
        self.lockAfter = lockAfter
        self.burnAfter = burnAfter
    }
}
