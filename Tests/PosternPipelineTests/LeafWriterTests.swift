import Foundation
import PosternModel
import PosternPolicy
import Testing

@testable import PosternPipeline

/// The writer against the encoder whose output it stands in for.
struct LeafWriterTests {
    @Test(arguments: try entries)
    func `a leaf is what JSONEncoder would write`(entry: AuditEntry) throws {
        var writer = LeafWriter()
        try writer.write(entry)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == String(decoding: try encoder.encode(entry), as: UTF8.self))
        #expect(try JSONDecoder().decode(AuditEntry.self, from: Data(writer.bytes)) == entry)
    }

    /// Events, an ordinary send, one with every member there is, and refusals with and without facts.
    static var entries: [AuditEntry] {
        get throws {
            let policy = try PolicyFolder.load(files: files).get()
            let now = Instant(milliseconds: 1_800_000_000_123)
            var ordinary = SendFacts(
                group: "staff",
                recipients: RecipientFacts(
                    to: 1,
                    classes: [RecipientClass(standing: .active, group: "staff", contact: true)]))
            var full = SendFacts(
                group: "staff/\"ward\"\u{7f} é\u{1}",
                recipients: RecipientFacts(
                    to: 2, cc: 1, bcc: 1,
                    classes: [
                        RecipientClass(
                            standing: .unknown, group: nil, invitable: false, challenged: true,
                            count: 2),
                        RecipientClass(standing: .disabled, group: "guests"),
                        RecipientClass(standing: .phone, group: nil, invitable: false),
                    ]),
                action: .replyAll,
                parent: ParentFacts(
                    allowReplyAll: false, wasBlindCopied: true, recipientsBesidesSender: 3,
                    sender: RecipientClass(standing: .pending, group: "staff")))
            full.recalled = true
            full.fyeo = .accountPassword
            full.expiry = Expiry(date: Instant(milliseconds: -5), group: "nobody's")
            full.passwordGiven = true
            full.password = .wrong
            full.passwordMustMatch = true
            full.challengeCodeGiven = true
            full.content = [
                ContentHit(list: "banned", part: .body, distinct: 2, spans: [0..<3, 9..<12])
            ]
            full.attempts = AttemptFacts(message: 1, principal: 7)
            ordinary.expiry = Expiry(group: "month")
            ordinary.invitesUsed = 1
            let judged = [
                Facts(session: .absent), Facts(session: .valid, draft: .foreign),
                Facts(session: .valid, draft: .visible, send: ordinary),
                Facts(session: .valid, draft: .visible, send: full),
            ].map { facts in
                AuditEntry(
                    kind: .send, id: .make(at: now), at: now, policy: policy.digest,
                    dialect: "secure-messaging",
                    request: "a/b", facts: facts, decision: policy.decide(facts, at: now))
            }
            var committed = judged[3]
            func operation(_ name: String, refusal: String?) -> AuditEntry {
                var entry = AuditEntry(
                    kind: .operation, id: .make(at: now), at: now, policy: policy.digest,
                    dialect: "secure-messaging", request: "a/b", operation: name, refusal: refusal)
                entry.commitments = ["draft": "2c", "account": "1b"]
                return entry
            }
            committed.commitments = ["recipients": "0a", "account": "1b", "draft": "2c"]
            return judged + [
                committed,
                AuditEntry(kind: .started, id: .make(at: now), at: now, policy: policy.digest),
                AuditEntry(
                    kind: .unauthenticated, id: .make(at: now), at: now, policy: policy.digest,
                    count: 12,
                    note: "a line\nand \\ more"),
                AuditEntry(
                    kind: .erasure, id: .make(at: now), at: now, policy: policy.digest, count: 500,
                    note: "messages were erased because their time had come"),
                operation("readMessage", refusal: nil),
                operation("signIn", refusal: "user.credentials-wrong"),
                operation("download", refusal: "38"), operation("a \"b\"", refusal: "é/\u{1}"),
            ]
        }
    }

    private static let files: [String: [UInt8]] = [
        "policy.yaml": Array(
            """
            version: 1
            timeZone: Europe/Zurich
            defaultGroup: staff
            attempts: { warnAfter: 3, lockAfter: 5, burnAfter: 20 }
            expiryGroups: { month: 30d }
            keywordLists:
              banned: { file: banned.txt }
            groups:
              staff:
                dailyMessages: 10
                dailyInvites: 1
                recipientLimit: 3
                fyeo: yes
                confidential: no
                reply: yes
                replyAll: yes
                forward: yes
                mayWriteTo: anyone
                expiry: { allowed: yes, minimum: 1h, maximum: 365d, default: 90d }
                inviting: { allowed: no }
                challenge: { required: yes }
                keywordLists: [banned]

            """.utf8),
        "banned.txt": Array("forbidden\n".utf8),
    ]
}
