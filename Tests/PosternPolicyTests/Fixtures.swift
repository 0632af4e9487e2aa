import Foundation
import PosternModel
import PosternPolicy
import Testing

/// Policies and facts that tests begin with.
enum Fixtures {
    /// A small policy that allows nearly everything; tests replace a line or two of it.
    static let text = """
        version: 1
        timeZone: Europe/Zurich
        defaultGroup: guests
        attempts: { warnAfter: 3, lockAfter: 5, burnAfter: never }
        expiryGroups: { week: 1w }
        keywordLists:
          secrets:
            file: keywords/secrets.txt
            threshold: 2
        groups:
          staff:
            dailyMessages: 10
            dailyInvites: 3
            recipientLimit: 5
            fyeo: yes
            confidential: yes
            reply: yes
            replyAll: yes
            forward: yes
            mayWriteTo: anyone
            expiry: { allowed: yes, minimum: 1h, maximum: 30d, default: 7d }
            inviting: { allowed: yes, deniedDomains: [bad.example] }
            challenge: { required: yes, exemptDomains: ["*.hospital.example"] }
            keywordLists: all
          guests:
            inherits: staff
            dailyMessages: 2
            mayWriteTo: { contacts: no, groups: [staff] }
            inviting: { allowed: no }
        """

    static let keywords = "alpha\nbeta phrase\nsubstring:gam\n"

    /// The files of ``text`` after some replacements, each of which must fit exactly once.
    static func files(_ replacements: (String, String)...) -> [String: [UInt8]] {
        files(replacing: replacements)
    }

    static func files(replacing replacements: [(String, String)]) -> [String: [UInt8]] {
        var text = text
        for (old, new) in replacements {
            precondition(text.contains(old), "the fixture has no \(old)")
            text = text.replacing(old, with: new, maxReplacements: 1)
        }
        return ["policy.yaml": Array(text.utf8), "keywords/secrets.txt": Array(keywords.utf8)]
    }

    static func policy(_ replacements: (String, String)...) throws -> Policy {
        try PolicyFolder.load(files: files(replacing: replacements)).get()
    }

    static func faults(_ files: [String: [UInt8]]) -> [PolicyFault] {
        switch PolicyFolder.load(files: files) {
        case .success: []
        case .failure(let faults): faults.faults
        }
    }

    /// Monday, 2 March 2026, 12:00 UTC.
    static let noon = Instant(milliseconds: 1_772_452_800_000)

    static func send(
        _ group: String = "staff", to classes: [RecipientClass] = [colleague],
        action: MessageAction = .new, parent: ParentFacts? = nil
    ) -> SendFacts {
        SendFacts(
            group: group,
            recipients: RecipientFacts(to: classes.reduce(0) { $0 + $1.count }, classes: classes),
            action: action, parent: parent)
    }

    static let colleague = RecipientClass(standing: .active, group: "staff", contact: true)

    static func facts(_ send: SendFacts) -> Facts {
        Facts(session: .valid, draft: .visible, send: send)
    }

    static func instant(_ text: String) throws -> Instant {
        let date = try Date(text, strategy: .iso8601)
        return Instant(milliseconds: Int64(date.timeIntervalSince1970) * 1000)
    }

    /// The repository's own `policies` folder.
    static let shipped = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "policies").path()
}

/// A generator whose whole course follows from its seed (SplitMix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
