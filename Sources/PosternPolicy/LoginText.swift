import PosternModel

/// The policy's `login:` as written; every key has a value that holds without it.
struct LoginText {
    private var lockAfter: Located<Int>?
    private var lockFor: Located<Duration?>?
    private var passwordMaximumAge: Located<Duration?>?
    private var deniedDomains: Located<[Located<String>]>?
    private var deniedAddresses: Located<[Located<String>]>?
    private var hideAccounts: Located<Bool>?

    private static let standardLockAfter = 10
    private static let standardLockFor = Duration.seconds(15 * 60)

    /// Reads the mapping, if the policy has one.
    init(_ policy: Fields) {
        let keys = [
            "lockAfter", "lockFor", "passwordMaximumAge", "deniedDomains", "deniedAddresses",
            "hideAccounts",
        ]
        guard let fields = policy.fields("login", "`login`", known: keys) else { return }
        lockAfter = fields.number("lockAfter", 1...1000)
        lockFor = fields.period("lockFor")
        passwordMaximumAge = fields.period("passwordMaximumAge", or: "never")
        deniedDomains = fields.domains("deniedDomains")
        deniedAddresses = fields.addresses("deniedAddresses")
        hideAccounts = fields.flag("hideAccounts")
    }

    /// The rules, with what holds where nothing is written.
    var rules: LoginRules {
        LoginRules(
            lockAfter: lockAfter?.value ?? Self.standardLockAfter,
            lockFor: lockFor?.value ?? Self.standardLockFor,
            passwordMaximumAge: passwordMaximumAge?.value,
            hidesAccounts: hideAccounts?.value ?? false,
            deniedDomains: DomainSet((deniedDomains?.value ?? []).map(\.value)),
            deniedAddresses: Set(
                (deniedAddresses?.value ?? []).compactMap { EmailAddress($0.value) }))
    }

    /// The values with the places they come from.
    var values: [EffectiveValue] {
        func duration(_ value: Duration?) -> String { value.map(DurationText.write) ?? "never" }
        func names(_ value: [Located<String>]) -> String {
            "[" + value.map(\.value).joined(separator: ", ") + "]"
        }
        return [
            EffectiveValue(
                "login.lockAfter", lockAfter, absent: "\(Self.standardLockAfter)"
            ) { "\($0)" },
            EffectiveValue(
                "login.lockFor", lockFor, absent: DurationText.write(Self.standardLockFor),
                text: duration),
            EffectiveValue(
                "login.passwordMaximumAge", passwordMaximumAge, absent: "never", text: duration),
            EffectiveValue("login.deniedDomains", deniedDomains, absent: "[]", text: names),
            EffectiveValue("login.deniedAddresses", deniedAddresses, absent: "[]", text: names),
            EffectiveValue("login.hideAccounts", hideAccounts, absent: "no") { $0 ? "yes" : "no" },
        ]
    }
}
