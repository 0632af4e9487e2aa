import Foundation
import PosternCredentials
import PosternModel
import PosternPipeline
import PosternPolicy
import PosternTesting
import Testing

@Suite struct SendPipelineTests {
    @Test func `an allowed draft is settled once, charged once and recorded once`() async throws {
        let corridor = try Corridor()
        #expect(await corridor.send().word == "accepted")
        let state = corridor.ledger.snapshot
        #expect(state.settled.count == 1)
        #expect(corridor.used == 1)
        #expect(try corridor.entries.map(\.kind) == [.send])
    }

    @Test func `a repeat gets the stored answer and is not charged`() async throws {
        let corridor = try Corridor()
        guard case .accepted(let first) = await corridor.send(),
            case .accepted(let second) = await corridor.send()
        else {
            Issue.record("both must be accepted")
            return
        }
        #expect(second.replayed)
        #expect(second.answer == first.answer)
        #expect(second.stamp.decision == first.stamp.decision)
        #expect(corridor.used == 1)
        #expect(try corridor.entries.count == 1)
    }

    @Test func `of many sends of one draft at once exactly one settles`() async throws {
        let corridor = try Corridor()
        let outcomes = await withTaskGroup(of: SendOutcome.self) { group in
            for _ in 0..<20 { group.addTask { await corridor.send() } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let decisions = outcomes.compactMap { outcome in
            if case .accepted(let acceptance) = outcome { acceptance.stamp.decision } else { nil }
        }
        #expect(decisions.count == 20)
        #expect(Set(decisions).count == 1)
        #expect(outcomes.count { $0.word == "accepted" } == 1)
        #expect(corridor.used == 1)
    }

    @Test func `the reply tells what is left of the day after the send, and so does a repeat`()
        async throws
    {
        let inviting = Corridor.policy.replacing("dailyInvites: 0", with: "dailyInvites: 5")
            .replacing("inviting: {allowed: no}", with: "inviting: {allowed: yes}")
        let corridor = try Corridor(policy: inviting)
        let guid = corridor.draft.guid
        let strangers = try ["eve", "fay"].map {
            RecipientRecord(address: try Corridor.address("\($0)@example.com"), standing: .unknown)
        }
        corridor.ledger.change { $0.drafts[guid]?.recipients += strangers }
        for _ in 0..<2 {
            guard case .accepted(let acceptance) = await corridor.send() else {
                Issue.record("must be accepted")
                return
            }
            let day = try #require(acceptance.stamp.quota)
            #expect(day.limit == 2 && day.remaining == 1)
            #expect(day.invites == QuotaState.Allowance(limit: 5, used: 2))
        }
    }

    @Test func `a day used up between reading and settling is refused with 28`() async throws {
        let corridor = try Corridor()
        let day = "2026-03-10"
        // The draft was read with a free day; the day fills up before the commit.
        corridor.ledger.change { state in
            state.used[Corridor.ann] = [day: QuotaUse(messages: 2, invites: 0)]
        }
        #expect(await corridor.send().word == "28")
        #expect(corridor.used == 2)
    }

    @Test func `a recalled message is refused although it was accepted before`() async throws {
        let corridor = try Corridor()
        _ = await corridor.send()
        let guid = corridor.draft.guid
        corridor.ledger.change { _ = $0.recalled.insert(guid) }
        #expect(await corridor.send().word == "915")
    }

    @Test func `what recipients are shown besides subject and body is looked through`() async throws
    {
        let words = ["fine", "the VPN password"]
        let drafted = try Corridor { $0.words = words }
        #expect(await drafted.send().word == "17")
        #expect(await (try Corridor { $0.words = ["fine"] }).send().word == "accepted")
    }

    @Test func `banned text is refused and its place told, in the sender's own text`() async throws
    {
        let corridor = try Corridor { $0.body = "Here: VPN\u{a0}Pass\u{ad}word." }
        guard case .refused(let refusal) = await corridor.send() else {
            Issue.record("must be refused")
            return
        }
        #expect(refusal.code == .bannedContent)
        let hit = try #require(refusal.found.first)
        let span = try #require(hit.spans.first)
        let text = Array(corridor.draft.body.utf8)[span]
        #expect(String(decoding: text, as: UTF8.self) == "VPN\u{a0}Pass\u{ad}word")
        #expect(corridor.used == 0)
    }

    @Test func `a refusal tells the places of what objects, and of nothing else`() async throws {
        // What is in shadow mode, or below its threshold, is none of the sender's business.
        let corridor = try Corridor {
            $0.body = "Of the merger, the diagnosis and the vpn password."
        }
        guard case .refused(let refusal) = await corridor.send() else {
            Issue.record("must be refused")
            return
        }
        #expect(refusal.objections.map(\.rule) == ["content.banned.secrets"])
        let text = Array(corridor.draft.body.utf8)
        let found = refusal.found.flatMap(\.spans).map { String(decoding: text[$0], as: UTF8.self) }
        #expect(found == ["vpn password"])
        let recorded = try #require(try corridor.entries.first?.facts?.send?.content)
        #expect(Set(recorded.map(\.list)) == ["secrets", "rumours", "patients"])
    }

    @Test(arguments: [
        ("it names the sender alone", true, false, false, "accepted"),
        ("replies to all are allowed", true, false, true, "accepted"),
        ("replies are for the sender only", false, false, true, "77"),
        ("it answers a blind copy", true, true, true, "77"),
    ])
    func `a reply that reaches a telephone besides is a reply to all`(
        _ what: String, allowsAll: Bool, wasBlindCopied: Bool, reachesPhone: Bool, word: String
    ) async throws {
        let corridor = try Corridor {
            $0.action = .reply
            $0.parent = .random()
        }
        let options = MessageOptions(allowReplyAll: allowsAll)
        let guid = corridor.draft.guid
        let phone = try #require(PhoneNumber("+41791234567"))
        corridor.ledger.change { state in
            guard let bob = state.drafts[guid]?.recipients.first else { return }
            state.drafts[guid]?.parent = ParentRecord(
                sender: bob, recalled: false, options: options, wasBlindCopied: wasBlindCopied)
            state.drafts[guid]?.outsiders = reachesPhone ? [.phone(phone)] : []
        }
        #expect(await corridor.send().word == word, "\(what)")
        let facts = try #require(try corridor.entries.first?.facts?.send)
        #expect(facts.parent?.recipientsBesidesSender == (reachesPhone ? 1 : 0))
    }

    @Test(arguments: [
        (SessionFact.absent, true), (.unknown, true), (.expired, false), (.revoked, false),
        (.accountDisabled, false),
    ])
    func `every bad session gets one answer`(fact: SessionFact, anonymous: Bool) async throws {
        let corridor = try Corridor()
        let token = TokenDigest(of: Corridor.token.token)
        var credential: PresentedCredential? = Corridor.token
        switch fact {
        case .absent: credential = nil
        case .unknown: credential = PresentedCredential(token: Secret("never minted"))
        case .expired: corridor.clock.advance(by: .seconds(3601))
        case .revoked: corridor.ledger.change { $0.sessions[token]?.revoked = true }
        case .accountDisabled:
            corridor.ledger.change { $0.sessions[token]?.accountDisabled = true }
        case .valid: break
        }
        let outcome = await corridor.send(credential: credential)
        #expect(outcome.word == "811")
        #expect(corridor.unauthenticated.facts == [fact])
        #expect(try corridor.entries.isEmpty)
        if case .refused(let refusal) = outcome {
            #expect(refusal.stamp.quota == nil)
            #expect(refusal.objections.count == 1)
        }
    }

    @Test func `using a session keeps it alive`() async throws {
        let corridor = try Corridor()
        for _ in 0..<3 {
            corridor.clock.advance(by: .seconds(3000))
            #expect(await corridor.send().word != "811")
        }
    }

    @Test func `a missing draft and a foreign one get the same answer`() async throws {
        let missing = try Corridor()
        missing.ledger.change { $0.drafts = [:] }
        let foreign = try Corridor { $0.owner = AccountID(rawValue: 2) }
        for corridor in [missing, foreign] {
            guard case .refused(let refusal) = await corridor.send() else {
                Issue.record("must be refused")
                continue
            }
            #expect(refusal.code == .messageNotFound)
            #expect(refusal.stamp.quota?.limit == 2)
            #expect(refusal.objections.map(\.sentence).count == 1)
        }
        #expect(await missing.send().sentence == foreign.send().sentence)
    }

    @Test func `a dry run decides, records, and changes nothing else`() async throws {
        let corridor = try await Corridor.confidential()
        #expect(
            await corridor.send(password: Secret("wrong"), dryRun: true).word
                == "would-accept with password")
        let state = corridor.ledger.snapshot
        #expect(state.settled.isEmpty && state.attempts.isEmpty)
        #expect(corridor.used == 0)
        #expect(try corridor.entries.map(\.kind) == [.preflight])
        let facts = try #require(try corridor.entries.first?.facts?.send)
        #expect(facts.password == .notEvaluated)
    }

    @Test func `a right password passes and gives its attempt back`() async throws {
        let corridor = try await Corridor.confidential()
        #expect(await corridor.send(password: Corridor.password).word == "accepted")
        #expect(corridor.ledger.snapshot.attempts.isEmpty)
        #expect(corridor.ledger.snapshot.pending.values.allSatisfy { $0[Corridor.ann] == 0 })
        #expect(corridor.ledger.snapshot.upgrades.isEmpty, "its hash is as strong as any new one")
    }

    @Test func `a weak hash is replaced once its password was right and the send is settled`()
        async throws
    {
        let corridor = try Self.weaklyHashed()
        #expect(await corridor.send(password: Secret("wrong")).word == "38")
        #expect(await corridor.send(password: Corridor.password, dryRun: true).word != "38")
        #expect(corridor.ledger.snapshot.upgrades.isEmpty)
        #expect(await corridor.send(password: Corridor.password).word == "accepted")
        let improved = try #require(corridor.ledger.snapshot.upgrades[Corridor.ann])
        let check = try await corridor.passwords.check(Corridor.password, against: improved)
        #expect(check == .matched(upgrade: nil))
    }

    @Test func `a send is accepted although the hash could not be replaced`() async throws {
        let corridor = try Self.weaklyHashed()
        // The attempt is reserved, then given back, then the send is settled.
        corridor.ledger.commits.plan([.well, .well, .well, .failsUndone(.storageUnwritable)])
        #expect(await corridor.send(password: Corridor.password).word == "accepted")
        #expect(corridor.ledger.snapshot.upgrades.isEmpty)
    }

    /// A Confidential draft of somebody whose hash has less memory than the settings ask for.
    private static func weaklyHashed() throws -> Corridor {
        let corridor = try Corridor { $0.options.fyeoType = .accountPassword }
        var hasher = PasswordHasher()
        let weak = try hasher.hash(
            Corridor.password,
            parameters: #require(Argon2Parameters(memory: 8, passes: 1, lanes: 1)))
        corridor.ledger.change { $0.drafts[corridor.draft.guid]?.passwordHash = weak }
        return corridor
    }

    @Test func `a thousand wrong guesses at once evaluate as many as the limit`() async throws {
        let corridor = try await Corridor.confidential()
        let words = await withTaskGroup(of: String.self) { group in
            for _ in 0..<1000 {
                group.addTask { await corridor.send(password: Secret("wrong")).word }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(words).isSubset(of: ["38", "gateway.overloaded"]))
        let evaluated = try corridor.entries.count { $0.facts?.send?.password == .wrong }
        #expect(evaluated == 3)
        #expect(await corridor.send(password: Corridor.password).word == "38")
    }

    @Test func `each wrong password says how many more will be checked`() async throws {
        let corridor = try await Corridor.confidential()
        var sentences: [String?] = []
        for _ in 1...4 {
            sentences.append(await corridor.send(password: Secret("wrong")).sentence)
        }
        #expect(
            sentences == [
                "The password is wrong.",
                "The password is wrong. 1 more attempt will be checked.",
                "The password is wrong. No more attempts will be checked until an administrator unlocks them.",
                "The password was not checked: too many wrong ones were given before. An administrator can unlock it.",
            ])
    }

    @Test func `wrong guesses at other messages count against the account`() async throws {
        let corridor = try await Corridor.confidential()
        corridor.ledger.change { $0.attempts[.random()] = [Corridor.ann: 2] }
        #expect(await corridor.send(password: Secret("wrong")).word == "38")
        #expect(await corridor.send(password: Corridor.password).word == "38")
        let evaluated = try corridor.entries.map { $0.facts?.send?.password }
        #expect(evaluated == [.wrong, .attemptsUsedUp])
    }

    @Test func `a password is not looked at when anything else objects`() async throws {
        let corridor = try await Corridor.confidential()
        let guid = corridor.draft.guid
        corridor.ledger.change { $0.drafts[guid]?.draft.body = "the vpn password" }
        #expect(await corridor.send(password: Secret("wrong")).word == "17")
        #expect(corridor.ledger.snapshot.attempts.isEmpty)
    }

    @Test func `entries hold no text, password, token or address`() async throws {
        let corridor = try await Corridor.confidential()
        _ = await corridor.send(password: Secret("canary-password"))
        _ = await corridor.send(password: Corridor.password)
        let leaves = corridor.ledger.snapshot.entries.map {
            String(decoding: $0.leaf, as: UTF8.self)
        }
        #expect(leaves.count == 2)
        for leaf in leaves {
            for secret in [
                "canary-password", "melon-and-anvil", "token-of-ann", "example.org", "Hello",
                "Good morning",
                corridor.draft.guid.description,
            ] {
                #expect(!leaf.contains(secret), "\(secret)")
            }
        }
    }

    @Test func `commitments open with their salts and with nothing else`() async throws {
        let corridor = try Corridor()
        _ = await corridor.send()
        let sealed = try #require(corridor.ledger.snapshot.entries.first)
        let entry = try #require(try corridor.entries.first)
        #expect(Set(sealed.openings.map(\.field)) == ["account", "draft", "recipients"])
        for opening in sealed.openings {
            #expect(entry.commitments[opening.field] == opening.commitment)
            let other = Opening(field: opening.field, value: opening.value)
            #expect(other.commitment != opening.commitment)
        }
    }
}

extension SendOutcome {
    fileprivate var sentence: String? {
        if case .refused(let refusal) = self { refusal.objections.first?.sentence } else { nil }
    }
}
