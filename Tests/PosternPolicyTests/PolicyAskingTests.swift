import PosternModel
import PosternPolicy
import Testing

@Suite struct PolicyAskingTests {
    @Test func `what a client is told of a group is what holds for it`() throws {
        let policy = try Fixtures.policy(
            ("forward: yes", "forward: no\n    recall: no\n    retention: 60d"),
            ("expiry: { allowed: yes", "expiry: { allowed: no"))
        let staff = policy.rights(for: "staff")
        #expect(staff.fyeo && staff.confidential && staff.reply && staff.replyAll)
        #expect(!staff.forward && !staff.recall && staff.inviting && !staff.expiryAllowed)
        #expect(staff.expiryMinimum == .seconds(3600))
        #expect(staff.expiryMaximum == .seconds(30 * 86_400))
        #expect(staff.expiryDefault == .seconds(7 * 86_400))
        #expect(staff.retention == .seconds(60 * 86_400))
        #expect(staff.recipientLimit == 5 && staff.dailyMessages == 10 && staff.dailyInvites == 3)
        #expect(staff.challengeRequired)
        let guests = policy.rights(for: "nobody's")
        #expect(guests.dailyMessages == 2 && !guests.inviting && !guests.recall)
    }

    @Test func `a group may recall and keeps its messages until it says otherwise`() throws {
        let plain = try Fixtures.policy()
        #expect(plain.mayRecall("staff") && plain.mayRecall("guests"))
        #expect(plain.retention(for: "guests") == nil)
        let policy = try Fixtures.policy(
            ("forward: yes", "forward: yes\n    retention: 60d"),
            ("inviting: { allowed: no }", "inviting: { allowed: no }\n    recall: no"))
        #expect(policy.mayRecall("staff") && !policy.mayRecall("guests"))
        #expect(policy.retention(for: "guests") == .seconds(60 * 86_400))
    }

    @Test func `a child takes back a time that it would inherit`() throws {
        let policy = try Fixtures.policy(
            ("forward: yes", "forward: yes\n    retention: 60d"),
            ("inviting: { allowed: no }", "inviting: { allowed: no }\n    retention: forever"))
        #expect(policy.retention(for: "staff") != nil)
        #expect(policy.retention(for: "guests") == nil)
    }

    // MARK: - Saving

    private static let noRights = [
        ("fyeo: yes", "fyeo: no"), ("confidential: yes", "confidential: no"),
    ]

    private static func policy(rules: String = "{}") throws -> Policy {
        try PolicyFolder.load(
            files: Fixtures.files(
                replacing: noRights + [("groups:\n", "rules: \(rules)\ngroups:\n")])
        ).get()
    }

    static let protections: [(FYEOType, RefusalCode?)] = [
        (.disabled, nil), (.uniquePassword, .fyeoForbidden),
        (.accountPassword, .confidentialForbidden),
    ]

    @Test(arguments: protections)
    func `a draft is saved only with protection its sender has the right to`(
        _ fyeo: FYEOType, _ code: RefusalCode?
    ) throws {
        let policy = try Self.policy()
        for group in ["staff", "nobody's"] {
            #expect(policy.restrictsSaving(fyeo: fyeo, for: group, at: Fixtures.noon) == code)
        }
        let free = try Fixtures.policy()
        #expect(free.restrictsSaving(fyeo: fyeo, for: "staff", at: Fixtures.noon) == nil)
    }

    @Test func `a right in shadow mode restricts no saving`() throws {
        let policy = try Self.policy(rules: "{ fyeo.right: { mode: shadow } }")
        func code(_ fyeo: FYEOType) -> RefusalCode? {
            policy.restrictsSaving(fyeo: fyeo, for: "staff", at: Fixtures.noon)
        }
        #expect(code(.uniquePassword) == nil)
        #expect(code(.accountPassword) == .confidentialForbidden)
    }

    @Test func `an exception lets its groups save until it ends`() throws {
        let policy = try Self.policy(
            rules:
                "{ confidential.right: { exceptions: [{ groups: [staff], until: \"2026-03-02T12:00:00Z\", owner: a, ticket: b }] } }"
        )
        func code(_ group: String, _ at: Instant) -> RefusalCode? {
            policy.restrictsSaving(fyeo: .accountPassword, for: group, at: at)
        }
        let before = Fixtures.noon.advanced(by: .milliseconds(-1))
        #expect(code("staff", before) == nil)
        #expect(code("guests", before) == .confidentialForbidden)
        #expect(code("staff", Fixtures.noon) == .confidentialForbidden)
    }

    @Test(arguments: FYEOType.allCases, ["staff", "guests"])
    func `saving and sending agree`(_ fyeo: FYEOType, _ group: String) throws {
        let policies = [
            try Fixtures.policy(), try Self.policy(),
            try Self.policy(rules: "{ fyeo.right: { mode: shadow } }"),
            try Self.policy(rules: "{ confidential.right: { mode: shadow } }"),
        ]
        for policy in policies {
            var send = Fixtures.send(group)
            send.fyeo = fyeo
            let codes = policy.decide(Fixtures.facts(send), at: Fixtures.noon).objections
                .map(\.code)
            let mine = codes.first { $0 == .fyeoForbidden || $0 == .confidentialForbidden }
            #expect(policy.restrictsSaving(fyeo: fyeo, for: group, at: Fixtures.noon) == mine)
        }
    }

    // MARK: - Answering

    /// What is answered how, with what rights, and the code.
    struct Answer: Sendable, CustomTestStringConvertible {
        var says: String
        var action: MessageAction
        var parent = ParentFacts()
        var rights: [String] = []
        var rules = "{}"
        var code: RefusalCode?
        var testDescription: String { says }
    }

    static let answers: [Answer] = [
        Answer(says: "a reply", action: .reply),
        Answer(
            says: "a new message has no parent", action: .new, parent: ParentFacts(recalled: true)),
        Answer(
            says: "a recalled parent, before all else", action: .reply,
            parent: ParentFacts(recalled: true, allowReply: false), rights: ["reply"],
            code: .messageRecalled),
        Answer(
            says: "a recalled parent is not forwarded", action: .forward,
            parent: ParentFacts(recalled: true), code: .messageRecalled),
        Answer(
            says: "a parent without replies", action: .reply,
            parent: ParentFacts(allowReply: false), code: .replyForbidden),
        Answer(
            says: "a parent without replies has none to all", action: .replyAll,
            parent: ParentFacts(allowReply: false), code: .replyForbidden),
        Answer(
            says: "a parent without replies is forwarded", action: .forward,
            parent: ParentFacts(allowReply: false)),
        Answer(
            says: "a group without replies", action: .reply, rights: ["reply"],
            code: .replyForbidden),
        Answer(
            says: "a group without replies has none to all", action: .replyAll, rights: ["reply"],
            code: .replyForbidden),
        Answer(
            says: "a reply to all waits for its recipients", action: .replyAll,
            parent: ParentFacts(
                allowReplyAll: false, wasBlindCopied: true, recipientsBesidesSender: 3),
            rights: ["replyAll"]),
        Answer(
            says: "a parent that is not forwarded", action: .forward,
            parent: ParentFacts(allowForward: false), code: .forwardForbidden),
        Answer(
            says: "a group that forwards nothing", action: .forward, rights: ["forward"],
            code: .forwardForbidden),
        Answer(says: "a group that forwards nothing replies", action: .reply, rights: ["forward"]),
        Answer(
            says: "in shadow mode", action: .forward, parent: ParentFacts(allowForward: false),
            rules: "{ forward.allowed: { mode: shadow } }"),
        Answer(
            says: "spared by an exception", action: .reply, rights: ["reply"],
            rules:
                "{ reply.allowed: { exceptions: [{ groups: [staff], until: 2026-03-02, owner: a, ticket: b }] } }"
        ),
        Answer(
            says: "after the exception's end", action: .reply, rights: ["reply"],
            rules:
                "{ reply.allowed: { exceptions: [{ groups: [staff], until: 2026-03-01, owner: a, ticket: b }] } }",
            code: .replyForbidden),
    ]

    @Test(arguments: answers)
    func `an answer is refused before it is begun`(_ answer: Answer) throws {
        let files = Fixtures.files(
            replacing: answer.rights.map { ("    \($0): yes", "    \($0): no") }
                + [("groups:\n", "rules: \(answer.rules)\ngroups:\n")])
        let policy = try PolicyFolder.load(files: files).get()
        let code = policy.objectionToAnswering(
            answer.action, parent: answer.parent, group: "staff", at: Fixtures.noon)
        #expect(code == answer.code)
        // What may not be begun may not be sent either, for the same reason.
        let send = Fixtures.send(action: answer.action, parent: answer.parent)
        let sent = policy.decide(Fixtures.facts(send), at: Fixtures.noon).objections.map(\.code)
        #expect(sent.first { $0 != .replyAllForbidden } == code)
    }
}
