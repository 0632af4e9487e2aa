import Foundation
import PosternModel
import PosternPolicy

/// Writes audit entries as JSON with sorted keys.
///
/// INVARIANT: its bytes are those of `JSONEncoder` with `sortedKeys` and `withoutEscapingSlashes`; a test compares them
/// over entries of every kind.
///
/// WHY NOT: `JSONEncoder` for all of it. Every send writes a leaf, and the encoder alone took a sixth of a send's
/// processor time. What few entries hold (objections, remedies, hits, parents, text to be escaped) still goes through it.
struct LeafWriter {
    private(set) var bytes: [UInt8] = []
    private var isFirst = true

    init() { bytes.reserveCapacity(2048) }

    /// Writes an entry.
    mutating func write(_ entry: AuditEntry) throws {
        try object { writer in
            writer.number("at", entry.at.milliseconds)
            try writer.object("commitments") { writer in
                for (field, commitment) in entry.commitments.sorted(by: {
                    Self.precedes($0.key, $1.key)
                }) {
                    try writer.text(field, commitment)
                }
            }
            if let count = entry.count { writer.number("count", count) }
            if let decision = entry.decision { try writer.decision(decision) }
            if let dialect = entry.dialect { try writer.text("dialect", dialect) }
            if let dueAt = entry.dueAt { writer.number("dueAt", dueAt.milliseconds) }
            if let facts = entry.facts { try writer.facts(facts) }
            try writer.text("id", entry.id.description)
            try writer.text("kind", entry.kind.rawValue)
            if let note = entry.note { try writer.text("note", note) }
            if let operation = entry.operation { try writer.text("operation", operation) }
            try writer.text("policy", entry.policy.description)
            if let refusal = entry.refusal { try writer.text("refusal", refusal) }
            if let request = entry.request { try writer.text("request", request) }
            writer.number("version", entry.version)
        }
    }

    private mutating func decision(_ decision: Decision) throws {
        try object("decision") { writer in
            try writer.text("answer", decision.answer.rawValue)
            if let expiresAt = decision.expiresAt {
                writer.number("expiresAt", expiresAt.milliseconds)
            }
            try writer.list("objections", decision.objections)
            try writer.text("policy", decision.policy.description)
            if let quota = decision.quota {
                try writer.object("quota") { writer in
                    if let invites = quota.invites {
                        try writer.object("invites") { writer in
                            writer.number("limit", invites.limit)
                            writer.number("remaining", invites.remaining)
                        }
                    }
                    writer.number("limit", quota.limit)
                    writer.number("remaining", quota.remaining)
                    writer.number("resetsAt", quota.resetsAt.milliseconds)
                    writer.number("startedAt", quota.startedAt.milliseconds)
                }
            }
            if let remedies = decision.remedies { try writer.list("remedies", remedies) }
            if let retryAt = decision.retryAt { writer.number("retryAt", retryAt.milliseconds) }
            try writer.list("shadowObjections", decision.shadowObjections)
        }
    }

    private mutating func facts(_ facts: Facts) throws {
        try object("facts") { writer in
            try writer.text("draft", facts.draft.rawValue)
            if let send = facts.send { try writer.send(send) }
            try writer.text("session", facts.session.rawValue)
            writer.number("version", facts.version)
        }
    }

    private mutating func send(_ send: SendFacts) throws {
        try object("send") { writer in
            try writer.text("action", send.action.rawValue)
            try writer.object("attempts") { writer in
                writer.number("message", send.attempts.message)
                writer.number("principal", send.attempts.principal)
            }
            writer.truth("challengeCodeGiven", send.challengeCodeGiven)
            try writer.list("content", send.content)
            try writer.object("expiry") { writer in
                if let date = send.expiry.date { writer.number("date", date.milliseconds) }
                if let group = send.expiry.group { try writer.text("group", group) }
            }
            try writer.text("fyeo", send.fyeo.rawValue)
            try writer.text("group", send.group)
            writer.truth("inviteAsked", send.inviteAsked)
            writer.number("invitesUsed", send.invitesUsed)
            writer.number("messagesUsed", send.messagesUsed)
            if let parent = send.parent { try writer.value("parent", parent) }
            try writer.text("password", send.password.rawValue)
            writer.truth("passwordGiven", send.passwordGiven)
            writer.truth("passwordMustMatch", send.passwordMustMatch)
            writer.truth("recalled", send.recalled)
            try writer.recipients(send.recipients)
        }
    }

    private mutating func recipients(_ recipients: RecipientFacts) throws {
        try object("recipients") { writer in
            writer.number("bcc", recipients.bcc)
            writer.number("cc", recipients.cc)
            writer.key("classes")
            writer.bytes.append(UInt8(ascii: "["))
            for (index, recipients) in recipients.classes.enumerated() {
                if index > 0 { writer.bytes.append(UInt8(ascii: ",")) }
                try writer.object { writer in
                    writer.truth("challenged", recipients.challenged)
                    writer.truth("contact", recipients.contact)
                    writer.number("count", recipients.count)
                    if let group = recipients.group { try writer.text("group", group) }
                    writer.truth("invitable", recipients.invitable)
                    try writer.text("standing", recipients.standing.rawValue)
                }
            }
            writer.bytes.append(UInt8(ascii: "]"))
            writer.number("to", recipients.to)
        }
    }

    // MARK: JSON

    private mutating func object(
        _ key: StaticString, _ members: (inout LeafWriter) throws -> Void
    ) throws {
        self.key(key)
        try object(members)
    }

    private mutating func object(_ members: (inout LeafWriter) throws -> Void) throws {
        bytes.append(UInt8(ascii: "{"))
        isFirst = true
        try members(&self)
        bytes.append(UInt8(ascii: "}"))
        isFirst = false
    }

    private mutating func comma() {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
    }

    private mutating func key(_ key: StaticString) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        key.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func number(_ key: StaticString, _ number: some BinaryInteger) {
        self.key(key)
        let first = bytes.count
        var rest = number.magnitude
        repeat {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            bytes.append(UInt8(ascii: "0") + UInt8(digit))
            rest = quotient
        } while rest > 0
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        bytes[first...].reverse()
    }

    private mutating func truth(_ key: StaticString, _ truth: Bool) {
        self.key(key)
        bytes.append(contentsOf: (truth ? "true" : "false").utf8)
    }

    private mutating func text(_ key: StaticString, _ text: String) throws {
        self.key(key)
        try self.text(text)
    }

    private mutating func text(_ key: String, _ text: String) throws {
        comma()
        try self.text(key)
        bytes.append(UInt8(ascii: ":"))
        try self.text(text)
    }

    private mutating func text(_ text: String) throws {
        var text = text
        let isPlain = text.withUTF8 { characters in
            let isPlain = characters.allSatisfy {
                (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
            }
            if isPlain {
                bytes.append(UInt8(ascii: "\""))
                bytes.append(contentsOf: characters)
                bytes.append(UInt8(ascii: "\""))
            }
            return isPlain
        }
        if !isPlain { try encoded(text) }
    }

    private mutating func list(_ key: StaticString, _ values: [some Encodable]) throws {
        self.key(key)
        if values.isEmpty { bytes.append(contentsOf: "[]".utf8) } else { try encoded(values) }
    }

    private mutating func value(_ key: StaticString, _ value: some Encodable) throws {
        self.key(key)
        try encoded(value)
    }

    private mutating func encoded(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        bytes.append(contentsOf: try encoder.encode(value))
    }

    private static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}
