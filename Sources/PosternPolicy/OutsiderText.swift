import PosternModel

/// A group's section about recipients outside the house as written, `phones:` or `cells:`; what it does not say, it inherits.
struct OutsiderText<Limit: OutsiderLimit> {
    var allowed: Setting<Bool>?
    /// What recipients are limited to; nil inside for `any`, which undoes what is inherited.
    var limits: Setting<[Limit]?>?

    /// Reads the mapping, if the group has one.
    init(_ group: Fields, name: String, faults: FaultList) {
        let wording = Limit.wording
        let known = ["allowed", wording.key]
        guard
            let fields = group.fields(wording.section, "`\(wording.section)`", known: known)
        else { return }
        allowed = Setting(fields.flag("allowed"), of: name)
        limits = Setting(Self.limits(fields, faults), of: name)
    }

    /// Takes over whatever is not said here.
    mutating func inherit(from parent: Self) {
        allowed = allowed ?? parent.allowed
        limits = limits ?? parent.limits
    }

    /// The values with the places they come from.
    func values(of group: String) -> [EffectiveValue] {
        let wording = Limit.wording
        return [
            EffectiveValue("\(wording.section).allowed", allowed, of: group, absent: "no") {
                $0 ? "yes" : "no"
            },
            EffectiveValue(
                "\(wording.section).\(wording.key)", limits, of: group, absent: "any"
            ) {
                $0.map { "[" + $0.map(\.description).joined(separator: ", ") + "]" } ?? "any"
            },
        ]
    }

    private static func limits(_ fields: Fields, _ faults: FaultList) -> Located<[Limit]?>? {
        let wording = Limit.wording
        if fields.isScalar(wording.key) {
            guard let text = fields.text(wording.key) else { return nil }
            if text.value == "any" { return Located(value: nil, place: text.place) }
            faults.add(
                text.place,
                "`\(wording.key)` must be `any` or a list such as `\(wording.example)`, not `\(Quote.text(text.value))`.",
                suggestion: Limit(text.value).map { "[\($0)]" }
                    ?? Spelling.nearest(to: text.value, among: ["any"]))
            return nil
        }
        guard let words = fields.words(wording.key) else { return nil }
        if words.value.isEmpty {
            faults.add(
                words.place,
                "`\(wording.key)` leaves no \(wording.recipient) to write to: name a \(wording.limit), or say `allowed: no`."
            )
            return nil
        }
        for word in words.value where Limit(word.value) == nil {
            faults.add(
                word.place, "`\(Quote.text(word.value))` is not \(wording.shape).",
                suggestion: Limit.meant(by: word.value)?.description)
        }
        return Located(value: words.value.compactMap { Limit($0.value) }, place: words.place)
    }
}

/// What recipients outside the house can be limited to.
protocol OutsiderLimit: Sendable, CustomStringConvertible {
    /// How a policy writes of such recipients.
    static var wording: OutsiderWording { get }

    /// Reads its one spelling.
    init?(_ text: String)

    /// What was meant by a text that is none; nil where nobody can tell.
    static func meant(by text: String) -> Self?
}

/// How a policy writes of recipients outside the house, for reading it and for saying what is wrong with it.
struct OutsiderWording: Sendable {
    /// The key of a group's section about them.
    let section: String
    /// The section's key for what they are limited to.
    let key: String
    /// What is written behind that key, for example.
    let example: String
    /// One of them.
    let recipient: String
    /// What one of them is limited by.
    let limit: String
    /// What such a limit is, word for word.
    let shape: String
}
