import PosternModel
import PosternPolicy

/// The two kinds of recipients outside the house, for what holds of both alike.
enum OutsiderKind: String, CaseIterable, Sendable {
    case phones
    case cells

    var standing: RecipientStanding { self == .phones ? .phone : .cell }

    /// One that ``limits`` let through, then one that they do not.
    var outsiders: [Outsider] {
        switch self {
        case .phones: [Fixtures.phone("+41441234567"), Fixtures.phone("+16505551234")]
        case .cells:
            [
                Fixtures.cell("https://lab.example/ann/"),
                Fixtures.cell("https://clinic.example:8443/unit/bob/"),
            ]
        }
    }

    /// The key of what they are limited to, and limits.
    var limits: (key: String, written: String) {
        switch self {
        case .phones: ("prefixes", "[+41, +442]")
        case .cells: ("units", "[https://lab.example/]")
        }
    }

    /// What refusals call them.
    var noun: String { self == .phones ? "telephone numbers" : "cells of other units" }

    /// The fixture with a section about them for `staff`, and for `guests`, who inherit.
    func policy(staff: String, guests: String? = nil) throws -> Policy {
        try Fixtures.policy(
            ("forward: yes\n", "forward: yes\n    \(rawValue): \(staff)\n"),
            (
                "inviting: { allowed: no }",
                "inviting: { allowed: no }" + (guests.map { "\n    \(rawValue): \($0)" } ?? "")
            ))
    }
}

extension Fixtures {
    static func phone(_ text: String) -> Outsider {
        guard let phone = PhoneNumber(text) else { preconditionFailure("a well-formed number") }
        return .phone(phone)
    }

    static func cell(_ text: String) -> Outsider {
        guard let cell = CellURL(text) else { preconditionFailure("a well-formed address") }
        return .cell(cell)
    }

    /// What a policy decides on a message to some outsiders, and to others if any.
    static func judge(
        _ policy: Policy, _ outsiders: [Outsider], by group: String = "staff",
        besides classes: [RecipientClass] = []
    ) -> Decision {
        let outside = outsiders.map { policy.classify($0, for: group) }
        return policy.decide(facts(send(group, to: outside + classes)), at: noon)
    }
}
