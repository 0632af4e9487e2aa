import Foundation
import Testing

extension EndToEndTests {
    /// Policy files edited while the gateway serves, and files it must not start with.
    @Suite struct PolicyEdits {
        /// What one policy makes of the draft: the allowance it announces and the code it answers.
        struct Behaviour: Hashable, Sendable {
            let allowance: String?
            let code: String?
        }

        /// Two rules at a time, in one file: the allowance, and whether the list looks at subjects.
        private static func policy(bans: Bool) -> String {
            World.smallPolicy
                .replacing("dailyMessages: 50", with: "dailyMessages: \(bans ? 50 : 60)")
                .replacing(
                    "secrets.txt",
                    with: "secrets.txt\n    parts: [\(bans ? "subject" : "body")]")
        }

        @Test func `an edit under load is in force whole or not at all`() async throws {
            let world = try await World(policy: Self.policy(bans: true))
            try await world.load(
                People.file(
                    [People.account("ann"), People.account("bob")],
                    [People.draft(1, subject: "swordfish")]))
            try await world.serving { gateway in
                let seen = Shared<[String: Set<Behaviour>]>([:])
                let done = Shared(false)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<3 {
                        group.addTask {
                            while !done.value {
                                let connection = try await gateway.connect()
                                for _ in 0..<40 {
                                    let answer = try await connection.ask(
                                        .ann(1, query: "?dryRun=1"))
                                    let behaviour = Behaviour(
                                        allowance: answer.fields["ratelimit-policy"],
                                        code: answer.code)
                                    let policy = try #require(answer.policy)
                                    seen.change {
                                        _ = $0[policy, default: []].insert(behaviour)
                                    }
                                }
                                await connection.close()
                            }
                        }
                    }
                    defer { done.change { $0 = true } }
                    for round in 0..<6 {
                        try world.write(
                            Self.policy(bans: round % 2 == 1), to: "policies/policy.yaml")
                        let check = try await world.postern("policy", "check")
                        try #require(check.succeeded, "\(check.errors)")
                        let digest = String(
                            check.output.trimmingCharacters(in: .whitespacesAndNewlines)
                                .dropFirst("good: ".count))
                        try await eventually("the edit is in force") {
                            try await gateway.ask(.ann(1, query: "?dryRun=1")).policy == digest
                        }
                    }
                }
                let found = seen.value
                #expect(found.count == 2)
                #expect(found.values.allSatisfy { $0.count == 1 })
                let window = #""daily";q=50;w=86400, "invites";q=5;w=86400"#
                #expect(
                    Set(found.values.flatMap { $0 }) == [
                        Behaviour(allowance: window, code: "17"),
                        Behaviour(
                            allowance: window.replacing("50", with: "60", maxReplacements: 1),
                            code: nil),
                    ])
            }
        }

        @Test func `a bad edit keeps the last good policy and is loud until it is mended`()
            async throws
        {
            let world = try await World()
            try await world.load(People.annAndBob(drafts: 1...3))
            try await world.serving { gateway in
                let before = try await gateway.ask(.ann(1))
                #expect(before.fields["postern-policy-drift"] == nil)
                try world.write(
                    World.smallPolicy.replacing("fyeo: yes", with: "fyeo: perhaps"),
                    to: "policies/policy.yaml")
                try await gateway.becomes("degraded")
                let during = try await gateway.ask(.ann(2))
                #expect(during.status == 200)
                #expect(during.policy == before.policy)
                #expect(during.fields["postern-policy-drift"] == "?1")
                let health = try await gateway.health()
                #expect(health.reasons["policy"]?.contains("policy.yaml:") == true)
                #expect(try await gateway.metrics()["postern_policy_stale"] == 1)
                #expect(gateway.child.errors.contains("the last good one stays in force"))
                try await eventually("the rejection is in the audit log") {
                    try await world.auditEntries().contains {
                        let entry = $0["entry"] as? [String: Any]
                        // Where, but not what: outsiders read the log, and faults quote the files.
                        return entry?["kind"] as? String == "policyRejected"
                            && (entry?["note"] as? String)?.wholeMatch(
                                of: /\d+ faults?, the first at policy\.yaml:\d+:\d+/) != nil
                    }
                }
                try world.write(World.smallPolicy, to: "policies/policy.yaml")
                try await gateway.becomes("good")
                let after = try await gateway.ask(.ann(3))
                #expect(after.policy == before.policy)
                #expect(after.fields["postern-policy-drift"] == nil)
                #expect(try await gateway.metrics()["postern_policy_stale"] == 0)
            }
        }

        @Test func `a bad policy at the start is refused with every fault and its place`()
            async throws
        {
            let bad = World.smallPolicy.replacing("fyeo: yes", with: "fyeo: perhaps")
                .replacing("recipientLimit: 5", with: "recipientLimmit: 5")
                .replacing("timeZone: UTC", with: "timeZone: Middle-earth/Shire")
            let world = try await World(policy: bad)
            let outcome = try await world.postern("serve")
            #expect(outcome.end == .exit(65))
            let places = outcome.errors.matches(of: #/policy\.yaml:([0-9]+):([0-9]+): /#)
            #expect(Set(places.map(\.1)).isSuperset(of: ["2", "12", "13"]), "\(outcome.errors)")
            #expect(outcome.errors.contains("recipientLimit`"))
            #expect(!outcome.output.contains("ready"))
            world.remove()
        }

        @Test func `faults of every kind are said at once, each at its place`() async throws {
            let bad = World.smallPolicy.replacing("fyeo: yes", with: "fyeo: perhaps")
                .replacing(
                    "groups:\n",
                    with: """
                          signs: { file: keywords/signs.txt }
                          lost: { file: keywords/lost.txt }
                        groups:

                        """)
            let world = try await World(policy: bad)
            try world.write(
                "swordfish\npattern: ab(c\n  pattern:(a)\\1\n", to: "policies/keywords/secrets.txt")
            try world.write(
                "substring:\n\u{200B}a\nsubstring: \u{AD}\n", to: "policies/keywords/signs.txt")
            let check = try await world.postern("policy", "check")
            #expect(check.end == .exit(65))
            let places = check.errors.matches(of: #/[a-z/]+\.[a-z]+:[0-9]+:[0-9]+(?=: )/#)
            #expect(
                places.map { String($0.output) } == [
                    "keywords/secrets.txt:2:10", "keywords/secrets.txt:3:11",
                    "keywords/signs.txt:1:11", "keywords/signs.txt:3:12", "policy.yaml:9:17",
                    "policy.yaml:15:11",
                ], "\(check.errors)")
            world.remove()
        }

        @Test func `a decision is explained by the policy that made it, while that is kept`()
            async throws
        {
            let world = try await World()
            try await world.load(
                People.file(
                    [People.account("ann"), People.account("bob")],
                    [People.draft(1, subject: "swordfish"), People.draft(2)]))
            var refused = ""
            var digest = ""
            try await world.serving { gateway in
                let answer = try await gateway.ask(.ann(1))
                #expect(answer.code == "17")
                refused = try #require(answer.decision)
                digest = String(try #require(answer.policy).dropFirst("sha-256=".count))
                try world.write("marlin\n", to: "policies/keywords/secrets.txt")
                try await eventually("the edit is in force") {
                    try await gateway.ask(.ann(1, query: "?dryRun=1")).code == nil
                }
                let explained = try await world.postern("policy", "explain", refused)
                #expect(explained.succeeded, "\(explained.errors)")
                #expect(explained.output.contains("answer: refuse with 17"))
                #expect(explained.output.contains("policy: \(digest)"))
                let present = try await world.postern("policy", "explain", refused, "--present")
                #expect(present.succeeded, "\(present.errors)")
                #expect(present.output.contains("decided by: \(digest)"))
                // The new list was never looked for, and the answer does not pretend that it was.
                let mark = "(by what was found then)"
                let judged = present.lines.first { $0.contains("content.banned.secrets") }
                #expect(judged?.hasPrefix("OBJECT") == true, "\(present.output)")
                #expect(judged?.hasSuffix(mark) == true, "\(present.output)")
                #expect(!explained.output.contains(mark))
                let member = #""restsOnEarlierFindings":true"#
                for (flags, isMarked) in [(["--json"], false), (["--json", "--present"], true)] {
                    let command = ["policy", "explain", refused] + flags
                    let run = try await Program.run(
                        command + ["--settings", "settings.yaml"], in: world.folder)
                    #expect(run.output.contains(member) == isMarked, "\(command): \(run.output)")
                }
                // An edit that would be refused is no hindrance to explaining the past.
                try world.write("groups: 1\n", to: "policies/policy.yaml")
                #expect(try await world.postern("policy", "explain", refused).succeeded)
                try world.write(World.smallPolicy, to: "policies/policy.yaml")

                let kept = world.path("data/policies/\(digest)")
                try Data("trout\n".utf8).write(to: kept.appending(path: "keywords/secrets.txt"))
                let damaged = try await world.postern("policy", "explain", refused)
                #expect(damaged.end == .exit(1))
                #expect(damaged.errors.contains("its copy has been changed"), "\(damaged.errors)")
                try FileManager.default.removeItem(at: kept)
                let lost = try await world.postern("policy", "explain", refused)
                #expect(lost.end == .exit(1))
                #expect(
                    lost.errors.contains("\(digest), which is no longer kept"), "\(lost.errors)")
                #expect(!lost.output.contains(digest))
                #expect(lost.output.contains(mark), "\(lost.output)")
            }
        }

        @Test func `who is invited after an edit belongs to the default group of that edit`()
            async throws
        {
            let world = try await World()
            try await world.load(
                People.file(
                    [People.account("ann")], (1...2).map { People.draft($0, to: "new\($0)") }))
            try await world.serving { gateway in
                let invite = #"{"inviteNewUsers":true}"#
                let before = try await gateway.ask(.ann(1, invite))
                #expect(before.status == 200, "\(before.text)")
                try world.write(
                    World.smallPolicy.replacing("defaultGroup: people", with: "defaultGroup: busy"),
                    to: "policies/policy.yaml")
                try await eventually("the edit is in force") {
                    try await gateway.ask(.ann(2, query: "?dryRun=1", invite)).policy
                        != before.policy
                }
                #expect(try await gateway.ask(.ann(2, invite)).status == 200)
                for (name, group) in [("new1", "people"), ("new2", "busy")] {
                    let shown = try await world.postern("account", "show", "\(name)@house.example")
                    #expect(shown.output.contains("pending group \(group) "), "\(shown.output)")
                }
            }
        }

        @Test func `an edit that cannot be kept does not come into force before it can be`()
            async throws
        {
            let world = try await World()
            try await world.load(People.annAndBob(drafts: 1...2))
            try await world.serving { gateway in
                let before = try await gateway.ask(.ann(1))
                let (archive, aside) = (world.path("data/policies"), world.path("data/aside"))
                try FileManager.default.moveItem(at: archive, to: aside)
                try Data().write(to: archive)
                try world.write(
                    World.smallPolicy.replacing("dailyMessages: 50", with: "dailyMessages: 60"),
                    to: "policies/policy.yaml")
                try await gateway.becomes("degraded")
                let health = try await gateway.health()
                #expect(health.reasons["policy"]?.contains("cannot be made") == true)
                #expect(
                    try await gateway.ask(.ann(2, query: "?dryRun=1")).policy == before.policy)
                try FileManager.default.removeItem(at: archive)
                try FileManager.default.moveItem(at: aside, to: archive)
                try await gateway.becomes("good")
                let after = try await gateway.ask(.ann(2))
                #expect(after.policy != before.policy)
                let digest = String(try #require(after.policy).dropFirst("sha-256=".count))
                #expect(
                    FileManager.default.fileExists(
                        atPath: archive.appending(path: digest).path))
            }
        }

        @Test func `bad settings are refused with every fault`() async throws {
            let world = try await World(settings: [
                "listener.port": "70000", "log.level": "loud", "relay.security": "maybe",
                "limits.boddy": "1", "sessions.idle": "soon",
            ])
            let outcome = try await world.postern("serve")
            #expect(outcome.end == .exit(78))
            for name in ["listener.port", "log.level", "relay.security", "sessions.idle"] {
                #expect(outcome.errors.contains("\(name): "), "\(outcome.errors)")
            }
            #expect(outcome.errors.contains("Did you mean `limits.body`?"), "\(outcome.errors)")
            #expect(!outcome.output.contains("ready"))
            world.remove()
        }
    }
}
