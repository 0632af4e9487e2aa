import PosternModel
import PosternPolicy
import Testing

/// What holds of telephones and of cells alike.
@Suite struct OutsiderRulesTests {
    struct Reach: Sendable {
        var kind: OutsiderKind
        var staff: String
        var guests: String?
        /// Whom staff reach, then whom guests do, of the kind's two.
        var reached: [Bool]

        init(_ kind: OutsiderKind, staff: String, guests: String? = nil, reached: [Bool]) {
            self.kind = kind
            self.staff = staff
            self.guests = guests
            self.reached = reached
        }
    }

    /// What holds whatever they are limited to.
    static let reaches =
        OutsiderKind.allCases.flatMap { kind in
            let some = "\(kind.limits.key): \(kind.limits.written)"
            return [
                Reach(kind, staff: "{ allowed: yes }", reached: [true, true, true, true]),
                Reach(kind, staff: "{ allowed: no }", reached: [false, false, false, false]),
                Reach(kind, staff: "{ \(some) }", reached: [false, false, false, false]),
                Reach(
                    kind, staff: "{ allowed: yes, \(some) }",
                    guests: "{ \(kind.limits.key): any }", reached: [true, false, true, true]),
                Reach(
                    kind, staff: "{ allowed: yes, \(some) }", guests: "{ allowed: no }",
                    reached: [true, false, false, false]),
            ]
        } + [
            Reach(
                .phones, staff: "{ allowed: yes, prefixes: [+41, +1650555] }",
                guests: "{ prefixes: [+41791] }", reached: [true, true, false, false]),
            Reach(
                .phones, staff: "{ allowed: yes, prefixes: [+416, +16505551234] }",
                reached: [false, true, false, true]),
            Reach(
                .cells, staff: "{ allowed: yes, units: [https://lab.example/] }",
                guests: "{ units: [\"https://clinic.example:8443/unit/\"] }",
                reached: [true, false, false, true]),
            // A unit is the whole of its address.
            Reach(
                .cells,
                staff:
                    "{ allowed: yes, units: [\"https://clinic.example:8443/\", https://lab.example/ann/] }",
                reached: [false, false, false, false]),
        ]

    @Test(arguments: reaches)
    func `one is reached within the limits, where there are any`(_ reach: Reach) throws {
        let policy = try reach.kind.policy(staff: reach.staff, guests: reach.guests)
        let classes = ["staff", "guests"].flatMap { group in
            reach.kind.outsiders.map { policy.classify($0, for: group) }
        }
        #expect(classes.map(\.invitable) == reach.reached)
        for found in classes {
            #expect(found.standing == reach.kind.standing && found.group == nil)
            #expect(found.count == 1 && !found.contact && !found.challenged)
        }
    }

    @Test(arguments: OutsiderKind.allCases)
    func `nobody writes to those the policy says nothing of`(_ kind: OutsiderKind) throws {
        let policy = try Fixtures.policy()
        #expect(!policy.classify(kind.outsiders[0], for: "staff").invitable)
        #expect(!policy.classify(kind.outsiders[0], for: "no such group").invitable)
    }

    @Test(arguments: OutsiderKind.allCases)
    func `a record of the ledger cannot pass for one`(_ kind: OutsiderKind) throws {
        let policy = try kind.policy(staff: "{ allowed: yes }")
        let record = RecipientRecord(
            address: try #require(EmailAddress("a@example.org")), standing: kind.standing)
        #expect(!policy.classify(record, for: "staff").invitable)
    }

    @Test(arguments: OutsiderKind.allCases)
    func `each value says where it comes from`(_ kind: OutsiderKind) throws {
        func lines(_ policy: Policy, _ group: String) -> [String] {
            policy.effective(group).filter { $0.name.hasPrefix(kind.rawValue) }
                .map { "\($0.name): \($0.value) (\($0.provenance))" }
        }
        let (section, (key, written)) = (kind.rawValue, kind.limits)
        let policy = try kind.policy(
            staff: "{ allowed: yes, \(key): \(written) }", guests: "{ allowed: no }")
        #expect(
            lines(policy, "staff") == [
                "\(section).allowed: yes (policy.yaml:20)",
                "\(section).\(key): \(written) (policy.yaml:20)",
            ])
        #expect(
            lines(policy, "guests") == [
                "\(section).allowed: no (policy.yaml:31)",
                "\(section).\(key): \(written) (policy.yaml:20, inherited from staff)",
            ])
        #expect(
            lines(try Fixtures.policy(), "staff") == [
                "\(section).allowed: no (built in)", "\(section).\(key): any (built in)",
            ])
    }

    @Test(arguments: OutsiderKind.allCases)
    func `those who may not be written to are refused with 49 and counted`(
        _ kind: OutsiderKind
    ) throws {
        let (inside, outside) = (kind.outsiders[0], kind.outsiders[1])
        let none = Fixtures.judge(
            try Fixtures.policy(), [inside], besides: [Fixtures.colleague])
        #expect(none.objections.map(\.code) == [.recipientNotAllowed])
        #expect(
            none.objections.map(\.sentence) == ["Your group may not write to \(kind.noun)."])
        #expect(none.remedies == [.removeForbiddenRecipients(count: 1)])

        let near = try kind.policy(
            staff: "{ allowed: yes, \(kind.limits.key): \(kind.limits.written) }")
        let some = Fixtures.judge(near, [inside, outside, outside])
        #expect(
            some.objections.map(\.sentence) == [
                "Your group may not write to 2 of the \(kind.noun)."
            ])
        #expect(some.remedies == [.removeForbiddenRecipients(count: 2)])
        #expect(Fixtures.judge(near, [inside]).answer == .allow)
        #expect(Fixtures.judge(near, [outside]).remedies == nil)
    }

    @Test(arguments: OutsiderKind.allCases)
    func `they count as recipients, and nobody asks whether they are invited`(
        _ kind: OutsiderKind
    ) throws {
        let policy = try kind.policy(staff: "{ allowed: yes }")
        var send = Fixtures.send(
            to: [RecipientClass(standing: kind.standing, group: nil, count: 6)])
        let decision = policy.decide(Fixtures.facts(send), at: Fixtures.noon)
        #expect(decision.objections.map(\.code) == [.recipientLimit])
        #expect(decision.remedies == [.removeRecipients(count: 1)])
        send.recipients.classes[0].count = 5
        send.inviteAsked = false
        #expect(policy.decide(Fixtures.facts(send), at: Fixtures.noon).answer == .allow)
    }

    /// A section with something wrong in it, and the whole of what is said.
    struct Wrong: Sendable {
        var kind: OutsiderKind
        var text: String
        var says: String
    }

    @Test(arguments: [
        Wrong(
            kind: .phones, text: "{ prefixes: some }",
            says: "`prefixes` must be `any` or a list such as `[+41, +1650]`, not `some`."),
        Wrong(
            kind: .phones, text: "{ prefixes: [] }",
            says:
                "`prefixes` leaves no number to write to: name a prefix, or say `allowed: no`."),
        Wrong(
            kind: .phones, text: "{ prefixes: [x] }",
            says:
                "`x` is not the beginning of an international telephone number, such as `+41`: a `+` and 1 to 15 digits, the first of which is not 0."
        ),
        Wrong(
            kind: .cells, text: "{ units: some }",
            says: "`units` must be `any` or a list such as `[https://unit.example/]`, not `some`."),
        Wrong(
            kind: .cells, text: "{ units: [] }",
            says: "`units` leaves no cell to write to: name a unit, or say `allowed: no`."),
        Wrong(
            kind: .cells, text: "{ units: [x] }",
            says:
                "`x` is not the address of a unit: `https://`, a host in lower case, a port other than 443 if any, and a slash at the end."
        ),
    ])
    func `what is wrong is said in the section's own words`(_ wrong: Wrong) {
        let faults = Fixtures.faults(
            Fixtures.files(
                ("forward: yes\n", "forward: yes\n    \(wrong.kind.rawValue): \(wrong.text)\n")))
        #expect(faults.map(\.message) == [wrong.says])
    }
}
