import Foundation
import PosternCredentials
import PosternModel
@testable import PosternPipeline
import PosternPolicy
@_spi(Testing) @testable import PosternStorage
import PosternTesting
import Testing

/// Opening and ending sessions, and what holds within one.
@Suite struct SignInTests {
    private func signIn(
        _ house: Household, _ address: EmailAddress?, _ password: Secret
    ) async -> OperationOutcome {
        await house.perform(
            .signIn(SignIn(address: address, password: password)), showing: nil)
    }

    private func opened(_ outcome: OperationOutcome) throws -> PresentedCredential {
        guard case .done(.session(let token, _), _) = outcome else {
            throw Unexpected(outcome.word)
        }
        return PresentedCredential(token: token)
    }

    @Test(arguments: [false, true])
    func `who may sign in, and what others are told`(_ hides: Bool) async throws {
        let house = try await Household(login: hides ? ", hideAccounts: yes" : "")
        try house.change(
            """
            INSERT INTO accounts(address, "group", status, challenge_hash, created_at)
            VALUES('ida@example.org', 'guests', 'pending', '\(Workbench.hash?.phc ?? "")', 0)
            """)
        try house.change(
            """
            UPDATE accounts SET password_set_at = password_set_at - 31 * 86400000
            WHERE address = 'cay@example.org'
            """)
        func hidden(_ word: String) -> String { hides ? "user.credentials-wrong" : word }
        let (right, wrong) = (Member.ann.password, Secret("wrong"))
        for (address, password, word) in [
            (Member.ann.address, right, "done"),
            (Member.ann.address, wrong, "user.credentials-wrong"),
            (Member.ann.address, Secret(""), "user.credentials-wrong"),
            (EmailAddress("nobody@example.org"), right, hidden("user.unknown")),
            (nil, right, hidden("user.unknown")),
            (Member.nia.address, right, hidden("user.not-registered")),
            (Member.pia.address, right, hidden("user.registration-pending")),
            (EmailAddress("ida@example.org"), right, hidden("user.challenge-unanswered")),
            (Member.dan.address, Member.dan.password, "user.disabled"),
            (Member.dan.address, wrong, "user.credentials-wrong"),
            (Member.cay.address, Member.cay.password, "user.password-expired"),
            (Member.cay.address, wrong, "user.credentials-wrong"),
            (Member.eve.address, Member.eve.password, "user.restricted"),
            (EmailAddress("nobody@barred.example"), right, "user.restricted"),
        ] {
            _ = house.passwords.takeCount()
            let outcome = await signIn(house, address, password)
            #expect(outcome.word == word, "\(address?.description ?? "no address")")
            // Whether there is such an account shows in no password that was not looked at.
            #expect(house.passwords.takeCount() == (word == "user.restricted" ? 0 : 1))
        }
    }

    @Test func `after wrong passwords an account waits, and then begins anew`() async throws {
        let house = try await Household()
        for _ in 0..<4 {
            #expect(
                await signIn(house, Member.ann.address, Secret("wrong")).word
                    == "user.credentials-wrong")
        }
        let session = try opened(await signIn(house, Member.ann.address, Member.ann.password))
        #expect(await house.perform(.describeUser, showing: session).word == "done")
        // A right password forgets the wrong ones before it.
        for _ in 0..<5 { _ = await signIn(house, Member.ann.address, Secret("wrong")) }
        let last = house.clock.now()
        house.clock.advance(by: .seconds(60))
        let locked = await signIn(house, Member.ann.address, Member.ann.password)
        #expect(locked.word == "user.sign-ins-used-up")
        #expect(locked.retryAt == last.advanced(by: .seconds(900)))
        #expect(await signIn(house, Member.bob.address, Member.bob.password).word == "done")
        house.clock.advance(by: .seconds(839))
        #expect(
            await signIn(house, Member.ann.address, Member.ann.password).word
                == "user.sign-ins-used-up")
        house.clock.advance(by: .seconds(1))
        #expect(
            await signIn(house, Member.ann.address, Secret("wrong")).word
                == "user.credentials-wrong")
        #expect(await signIn(house, Member.ann.address, Member.ann.password).word == "done")
    }

    @Test func `where accounts are hidden a locked one looks like none`() async throws {
        let commits = Interference()
        let house = try await Household(commits.options, login: ", hideAccounts: yes")
        for address in [Member.ann.address, EmailAddress("nobody@example.org")] {
            for _ in 0..<9 {
                _ = house.passwords.takeCount()
                let before = commits.count
                let outcome = await signIn(house, address, Secret("wrong"))
                #expect(outcome.word == "user.credentials-wrong" && outcome.retryAt == nil)
                #expect(house.passwords.takeCount() == 1)
                #expect(commits.count - before == 2)
            }
        }
        #expect(
            await signIn(house, Member.ann.address, Member.ann.password).word
                == "user.credentials-wrong")
    }

    @Test func `a refused sign-in is answered on the beat where accounts are hidden`() async throws
    {
        let house = try await Household(login: ", hideAccounts: yes")
        for address in [Member.ann, .pia].map(\.address) + [EmailAddress("nobody@example.org")] {
            house.beats.advance(by: .milliseconds(7))
            let before = house.beats.now
            #expect(await signIn(house, address, Secret("wrong")).word == "user.credentials-wrong")
            #expect(before.duration(to: house.beats.now) == AnswerBeat.length)
        }
        let before = house.beats.now
        #expect(await signIn(house, Member.ann.address, Member.ann.password).word == "done")
        #expect(house.beats.now == before)
    }

    @Test(arguments: [
        (took: 0, waits: 50), (49, 50), (50, 100), (51, 100), (99, 100), (120, 150),
        (9_999, 10_000),
    ]) func `an answer waits for the next beat after its work`(_ took: Int, _ waits: Int) async {
        let clock = LeapingClock()
        let start = clock.now
        let nextBeat = AnswerBeat(clock).begin()
        clock.advance(by: .milliseconds(took))
        await nextBeat()
        #expect(start.duration(to: clock.now) == .milliseconds(waits))
    }

    @Test func `a thousand wrong passwords at once are looked at five times`() async throws {
        let house = try await Household()
        let words = await withTaskGroup(of: String.self) { group in
            for number in 0..<1_000 {
                group.addTask {
                    await signIn(house, Member.ann.address, Secret("wrong \(number)")).word
                }
            }
            return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        // Those that come while five are looked at are put off: nobody knows yet that the five are wrong.
        #expect(words["user.credentials-wrong"] == 5)
        #expect(
            Set(words.keys).isSubset(of: [
                "user.credentials-wrong", "user.sign-ins-used-up", "gateway.overloaded",
            ]))
        #expect(house.passwords.takeCount() == 5)
        #expect(
            await signIn(house, Member.ann.address, Member.ann.password).word
                == "user.sign-ins-used-up")
    }

    @Test(arguments: [false, true])
    func `right passwords at once lock nobody out`(_ hides: Bool) async throws {
        let house = try await Household(login: hides ? ", hideAccounts: yes" : "")
        let words = await withTaskGroup(of: String.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    await signIn(house, Member.ann.address, Member.ann.password).word
                }
            }
            return await group.reduce(into: Set()) { $0.insert($1) }
        }
        // Where accounts are hidden, one that is put off must not be told so.
        let putOff = hides ? "user.credentials-wrong" : "gateway.overloaded"
        #expect(words.contains("done") && words.isSubset(of: ["done", putOff]))
        #expect(await signIn(house, Member.ann.address, Member.ann.password).word == "done")
    }

    @Test func `a sign-in nobody tells the end of counts as wrong a minute later`() async throws {
        let house = try await Household()
        let (ann, now) = (try house.account(.ann), house.clock.now())
        let rules = house.operations.ports.policies.current.policy.login
        func reserve(_ second: Int64) async throws -> SignInReservation {
            try await house.store.reserveSignIn(
                ann, limits: rules, at: now.advanced(by: .seconds(second)))
        }
        for _ in 0..<5 { #expect(try await reserve(0) == .reserved) }
        #expect(try await reserve(59) == .crowded)
        #expect(
            try await reserve(60) == .usedUp(until: now.advanced(by: rules.lockFor)))
        // One that nobody looked at is none.
        try await house.store.returnSignIn(ann)
        #expect(try await reserve(59) == .reserved)
    }

    @Test func `requests that come in another order than they were made win no attempt`()
        async throws
    {
        let house = try await Household()
        let (ann, now) = (try house.account(.ann), house.clock.now())
        let rules = house.operations.ports.policies.current.policy.login
        var granted = 0
        for step in (0..<200).map({ $0 * 37 % 200 }) {
            let at = now.advanced(by: .milliseconds(-step))
            if try await house.store.reserveSignIn(ann, limits: rules, at: at) == .reserved {
                granted += 1
                try await house.store.endSignIn(
                    of: ann, wrongly: true, at: at, recording: Workbench.anEntry())
            }
        }
        #expect(granted == 5)
        let end = try await house.store.reserveSignIn(ann, limits: rules, at: now)
        #expect(end == .usedUp(until: now.advanced(by: rules.lockFor)))
        // A clock that was set back by days does not lock for days.
        let before = now.advanced(by: .seconds(-86_400))
        #expect(try await house.store.reserveSignIn(ann, limits: rules, at: before) == .reserved)
    }

    @Test func `sessions end by signing out, by idleness and with their account`() async throws {
        let house = try await Household()
        func sign() async throws -> PresentedCredential {
            try opened(await signIn(house, Member.bob.address, Member.bob.password))
        }
        func word(_ session: PresentedCredential?) async -> String {
            await house.perform(.describeUser, showing: session).word
        }
        let (first, second) = (try await sign(), try await sign())
        #expect(await house.perform(.signOut, showing: first).word == "done")
        #expect(await word(first) == "811")
        #expect(await house.perform(.signOut, showing: first).word == "811")
        for _ in 0..<3 {
            house.clock.advance(by: .seconds(3600))
            #expect(await word(second) == "done")
        }
        house.clock.advance(by: .seconds(3601))
        #expect(await word(second) == "811")
        let third = try await sign()
        #expect(await word(third) == "done")
        #expect(try await house.store.setStatus(.disabled, of: house.account(.bob)))
        #expect(await word(third) == "811")
        #expect(await word(nil) == "811")
        #expect(await word(PresentedCredential(token: Secret("nobody's"))) == "811")
        #expect(house.strangers.refusals.count == 6)
        #expect(Set(house.strangers.refusals) == ["describeUser 811", "signOut 811"])
    }

    @Test func `authentication tokens open sessions until they end or are withdrawn`()
        async throws
    {
        let house = try await Household()
        func mint(_ days: Int, _ member: Member = .ann) async throws -> Secret {
            let outcome = await house.perform(.mintAuthenticationToken(days: days), by: member)
            guard case .done(.authenticationToken(let token), _) = outcome else {
                throw Unexpected(outcome.word)
            }
            return token
        }
        func open(_ token: Secret) async -> String {
            await house.perform(.signInByToken(token), showing: nil).word
        }
        let (day, year, other) = (try await mint(-5), try await mint(9_999), try await mint(7))
        let foreign = try await mint(7, .bob)
        let session = try opened(await house.perform(.signInByToken(day), showing: nil))
        #expect(await house.perform(.describeUser, showing: session).word == "done")
        #expect(await open(Secret("nobody's")) == "user.credentials-wrong")
        // A token is no session, and a session is no token.
        #expect(await house.perform(.describeUser, showing: .init(token: day)).word == "811")
        #expect(await open(session.token) == "user.credentials-wrong")

        #expect(await house.perform(.revokeAuthenticationToken(foreign), by: .ann).word == "done")
        #expect(await open(foreign) == "done")
        #expect(await house.perform(.revokeAuthenticationToken(other), by: .ann).word == "done")
        #expect(await open(other) == "user.credentials-wrong")
        house.clock.advance(by: .seconds(86_400 - 1))
        #expect(await open(day) == "done")
        house.clock.advance(by: .seconds(1))
        #expect(await open(day) == "user.credentials-wrong")
        house.clock.advance(by: .seconds(363 * 86_400))
        // A password's age is no matter to a token.
        let latest = try opened(await house.perform(.signInByToken(year), showing: nil))
        #expect(
            await house.perform(.revokeAuthenticationTokens, showing: latest).word == "done")
        #expect(await open(year) == "user.credentials-wrong")
        #expect(try house.count("SELECT count(*) FROM authentication_tokens") == 1)
    }

    @Test func `an authentication token opens nothing for an account that may not sign in`()
        async throws
    {
        let house = try await Household()
        func mint(_ member: Member) async throws -> Secret {
            let outcome = await house.perform(.mintAuthenticationToken(days: 7), by: member)
            guard case .done(.authenticationToken(let token), _) = outcome else {
                throw Unexpected(outcome.word)
            }
            return token
        }
        let (bob, eve) = (try await mint(.bob), try await mint(.eve))
        #expect(try await house.store.setStatus(.disabled, of: house.account(.bob)))
        #expect(await house.perform(.signInByToken(bob), showing: nil).word == "user.disabled")
        #expect(await house.perform(.signInByToken(eve), showing: nil).word == "user.restricted")
    }

    @Test func `who somebody is and what they may do is what the policy says`() async throws {
        let house = try await Household()
        func profile(_ member: Member) async throws -> UserProfile {
            let outcome = await house.perform(.describeUser, by: member)
            guard case .done(.user(let profile), _) = outcome else {
                throw Unexpected(outcome.word)
            }
            return profile
        }
        #expect(
            try await profile(.ann)
                == UserProfile(
                    person: Person(
                        address: Member.ann.address, name: "ANN", account: house.account(.ann)),
                    group: "staff", since: house.clock.now(), mayInvite: true))
        #expect(try await profile(.gus).mayInvite == false)
        func left(_ member: Member) async throws -> DayLeft {
            let outcome = await house.perform(.describeQuotas, by: member)
            guard case .done(.quotas(let left), _) = outcome else { throw Unexpected(outcome.word) }
            return left
        }
        let whole = DayLeft(messages: 2, messagesLeft: 2, invites: 0, invitesLeft: 0)
        #expect(try await left(.gus) == whole)
        for _ in 0..<2 { _ = try await house.sent(by: .gus, to: [.ann]) }
        #expect(try await left(.gus).messagesLeft == 0)
        let third = try await house.draft(by: .gus, DraftContent(to: [Member.ann.address]))
        #expect(await house.send(third, by: .gus) == "28")
        // The next day, by the clock of the policy's zone.
        house.clock.advance(by: .seconds(11 * 3600))
        let outcome = await signIn(house, Member.gus.address, Member.gus.password)
        let session = try opened(outcome)
        guard
            case .done(.quotas(let next), _) = await house.perform(
                .describeQuotas, showing: session)
        else { throw Unexpected("no quotas") }
        #expect(next == whole)
        func rights(_ member: Member) async throws -> GrantedRights {
            let outcome = await house.perform(.describeRights, by: member)
            guard case .done(.rights(let rights), _) = outcome else {
                throw Unexpected(outcome.word)
            }
            return rights
        }
        house.clock.advance(by: .seconds(-11 * 3600))
        let staff = try await rights(.ann)
        let guest = try await rights(.gus)
        #expect(staff.recall && staff.fyeo && staff.confidential && staff.invite && staff.attach)
        #expect(
            !guest.recall && !guest.fyeo && !guest.confidential && !guest.invite && !guest.attach)
        #expect(guest.reply && guest.replyAll && guest.forward && guest.expiry)
        #expect(staff.largestFile == 2 << 20 && staff.deniedTypes == ["exe"])
        #expect(try await rights(.kim).retention && !staff.retention)
        #expect(staff.defaultExpiry == nil && !staff.challenge)
    }
}
