import PosternModel

/// The beginning of international telephone numbers, such as `+41`.
struct PhonePrefix: OutsiderLimit {
    static let wording = OutsiderWording(
        section: "phones", key: "prefixes", example: "[+41, +1650]", recipient: "number",
        limit: "prefix",
        shape:
            "the beginning of an international telephone number, such as `+41`: a `+` and 1 to 15 digits, the first of which is not 0"
    )

    let description: String

    /// Reads what a number could begin with.
    init?(_ text: String) {
        guard text.utf8.first == UInt8(ascii: "+"), (2...16).contains(text.utf8.count),
            text.utf8.dropFirst().first != UInt8(ascii: "0"),
            text.utf8.dropFirst().allSatisfy({
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
            })
        else { return nil }
        description = text
    }

    /// The prefix or number that was meant by one with spaces or hyphens in it, with `00` before it or without its `+`.
    static func meant(by text: String) -> PhonePrefix? {
        var digits = text.filter { !" -().+".contains($0) }
        if !text.contains("+"), digits.hasPrefix("00") { digits = String(digits.dropFirst(2)) }
        return PhonePrefix("+" + digits)
    }
}

extension OutsiderText<PhonePrefix> {
    /// The rules, with what holds where nothing is written.
    ///
    /// A telephone is outside the house and its owner signs in nowhere, so nobody writes to one unless a policy says so.
    var rules: PhoneRules {
        PhoneRules(
            allowed: allowed?.value ?? false,
            prefixes: limits?.value?.map(\.description))
    }
}
