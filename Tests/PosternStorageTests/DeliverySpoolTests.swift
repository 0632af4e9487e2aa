import Foundation
import GRDB
import PosternCoreContract
import PosternModel
import PosternPipeline
import PosternSealing
@_spi(Testing) import PosternStorage
import Synchronization
import Testing

/// The contract's promises to a gateway.
@Suite struct DeliverySpoolTests {
    let noon = SpoolBench.noon

    @Test func `what is entrusted is handed to its courier as it came, under the gateway's key`()
        async throws
    {
        let bench = try SpoolBench()
        try await bench.entrust(1, SpoolBench.mail(1))
        try await bench.entrust(2, SpoolBench.text(2))
        let mail = try #require(try await bench.due(.smtp).first)
        #expect(mail.message == Workbench.guid(1))
        #expect(mail.recipient.description == "bob1@hospital.example")
        #expect(
            mail.notification
                == .init(subject: "A message", text: "It waits.", html: "<p>It waits.</p>"))
        #expect(mail.outsideName == SpoolBench.key(1).description)
        let text = try #require(try await bench.due(.webhook).first)
        #expect(text.text == "Nine." && text.sender?.description == "ann@hospital.example")
        #expect(text.recipient.description == "+41791234567")
        #expect(text.outsideName == SpoolBench.key(2).description)
        #expect(text.acceptedAt == noon)
        #expect(try await bench.due(.mailbox).isEmpty)
        await #expect(throws: Fault(.deliveryRejected)) {
            try await bench.spool.deliverToMailboxes([mail], at: noon)
        }
    }

    @Test func `what is entrusted is announced once it is on disk`() async throws {
        let bench = try SpoolBench()
        let told = Mutex(0)
        bench.spool.attach(entrusted: { told.withLock { $0 += 1 } })
        try await bench.entrust(0..<2)
        _ = try await bench.entrust(0)
        #expect(told.withLock { $0 } == 2)
    }

    @Test func `the same again changes nothing and tells how it stands`() async throws {
        let bench = try SpoolBench()
        try await bench.entrust(1..<2)
        var state = DeliveryState(key: SpoolBench.key(1), standing: .waiting)
        #expect(try await bench.entrust(1) == .known(state))
        let row = try #require(try await bench.due().first)
        try await bench.spool.delay(row.id, until: noon.advanced(by: .seconds(30)), reason: "Busy.")
        state.attempts = 1
        state.reason = "Busy."
        #expect(try await bench.entrust(1) == .known(state))
        try await bench.spool.bury(row.id, reason: "Gone.", at: noon)
        state.standing = .undelivered
        state.attempts = 2
        state.reason = "Gone."
        state.endedAt = noon
        #expect(try await bench.entrust(1) == .known(state))
        #expect(try bench.state(1) == state)
        #expect(try bench.count("SELECT count(*) FROM deliveries") == 1)
        #expect(try await bench.due(at: noon.advanced(by: .seconds(9999))).isEmpty)
    }

    @Test func `the same key with other content is a conflict, until its ending is acknowledged`()
        async throws
    {
        let bench = try SpoolBench()
        try await bench.entrust(1..<2)
        let other = try SpoolBench.mail(1, text: "It does not wait.")
        #expect(try await bench.entrust(1, other) == .conflicting)
        #expect(try await bench.entrust(1, SpoolBench.text(1)) == .conflicting)
        let row = try #require(try await bench.due().first)
        #expect(row.notification?.text == "It waits.")
        try await bench.spool.delivered([row.id], at: noon)
        #expect(try await bench.entrust(1, other) == .conflicting)
        _ = try await bench.endings(after: 1)
        let state = DeliveryState(
            key: SpoolBench.key(1), standing: .delivered, attempts: 1, endedAt: noon)
        #expect(try await bench.entrust(1, other) == .known(state))
        #expect(try await bench.due().isEmpty)
    }

    @Test func `many who entrust the same at once are taken once`() async throws {
        let bench = try SpoolBench()
        let taken = try await withThrowingTaskGroup(of: Entrusting.self) { group in
            for _ in 0..<32 { group.addTask { try await bench.entrust(1) } }
            return try await group.reduce(into: 0) { count, ending in
                if case .taken = ending { count += 1 }
            }
        }
        #expect(taken == 1)
        #expect(try await bench.due().count == 1)
    }

    @Test func `nothing is known of a key nobody has named`() async throws {
        let bench = try SpoolBench()
        #expect(try bench.state(1) == nil)
    }

    // MARK: withdrawing

    @Test func `what no courier has in hand is withdrawn and never leaves`() async throws {
        let bench = try SpoolBench()
        try await bench.entrust(1..<3)
        let row = try #require(try await bench.due(limit: 1).first)
        try await bench.spool.delay(row.id, until: noon.advanced(by: .seconds(30)), reason: "Busy.")
        for (number, attempts) in [(1, 1), (2, 0)] {
            let state = try await bench.withdraw(number)
            #expect(state.standing == .withdrawn && !state.isWithdrawing)
            #expect(state.attempts == attempts && state.endedAt == noon)
            #expect(try await bench.withdraw(number).standing == .withdrawn)
        }
        #expect(try await bench.due(at: noon.advanced(by: .seconds(9999))).isEmpty)
        #expect(try await bench.spool.nextDue(.smtp) == nil)
        #expect(try await bench.endings() == ["1 1 withdrawn", "2 2 withdrawn"])
    }

    enum Return: CaseIterable { case delivered, delayed, buried, notBegun, restarted }

    @Test(arguments: Return.allCases)
    func `what a courier has in hand is withdrawn if it comes back`(_ way: Return) async throws {
        let bench = try SpoolBench()
        try await bench.entrust(1..<2)
        let row = try #require(try await bench.due().first)
        for _ in 0..<2 {
            let state = try await bench.withdraw(1)
            #expect(state.standing == .waiting && state.isWithdrawing)
        }
        let later = noon.advanced(by: .seconds(30))
        var spool = bench.spool
        switch way {
        case .delivered: try await spool.delivered([row.id], at: later)
        case .delayed: try await spool.delay(row.id, until: later, reason: "Busy.")
        case .buried: try await spool.bury(row.id, reason: "Gone.", at: later)
        case .notBegun: await spool.release([row.id])
        case .restarted: spool = try DeliverySpool(folder: bench.folder)
        }
        #expect(try await spool.due(.smtp, at: later, limit: 9, lease: .seconds(9)).isEmpty)
        let state = try #require(try spool.state(of: SpoolBench.key(1)))
        #expect(!state.isWithdrawing && state.reason == nil)
        switch way {
        case .delivered:
            #expect(state.standing == .delivered && state.endedAt == later && state.attempts == 1)
        case .delayed, .buried:
            #expect(state.standing == .withdrawn && state.endedAt == noon && state.attempts == 1)
        case .notBegun, .restarted:
            #expect(state.standing == .withdrawn && state.endedAt == noon && state.attempts == 0)
        }
        #expect(try await bench.withdraw(1).standing == state.standing)
        if way == .restarted { await spool.close() }
    }

    /// What happens to a text before it is withdrawn, or after.
    enum Trip: CaseIterable {
        case failed, unanswered, unansweredThenFailed, notBegun, died, withdrawnThenFailed
        case withdrawnThenUnanswered, withdrawnThenDied, withdrawnBeforeItLeft

        var end: DeliveryState.Standing {
            switch self {
            case .failed, .notBegun, .withdrawnThenFailed, .withdrawnBeforeItLeft: .withdrawn
            case .unanswered, .unansweredThenFailed, .died, .withdrawnThenUnanswered,
                .withdrawnThenDied:
                .undelivered
            }
        }

        var isWithdrawnFirst: Bool {
            switch self {
            case .withdrawnThenFailed, .withdrawnThenUnanswered, .withdrawnThenDied,
                .withdrawnBeforeItLeft:
                true
            case .failed, .unanswered, .unansweredThenFailed, .notBegun, .died: false
            }
        }
    }

    @Test(arguments: Trip.allCases)
    func `what may have left is withdrawn no more`(_ trip: Trip) async throws {
        let bench = try SpoolBench()
        let spool = bench.spool
        try await bench.entrust(1, SpoolBench.text(1))
        let id = try #require(try await bench.due(.webhook).first).id
        func leave() async throws {
            #expect(try await spool.handing([id], to: .courier, at: noon) == [id])
        }
        func fail() async throws { try await spool.delay(id, until: noon, reason: "Busy.") }
        if trip != .withdrawnBeforeItLeft { try await leave() }
        switch trip {
        case .failed: try await fail()
        case .unanswered:
            try await spool.unanswered(id)
            try await fail()
        case .unansweredThenFailed:
            try await spool.unanswered(id)
            try await fail()
            _ = try await bench.due(.webhook)
            try await leave()
            try await fail()
        case .notBegun: await spool.release([id])
        case .died: await spool.close()
        case .withdrawnThenFailed:
            #expect(try await bench.withdraw(1).isWithdrawing)
            try await fail()
        case .withdrawnThenUnanswered:
            #expect(try await bench.withdraw(1).isWithdrawing)
            try await spool.unanswered(id)
            try await fail()
        case .withdrawnThenDied:
            #expect(try await bench.withdraw(1).isWithdrawing)
            await spool.close()
        case .withdrawnBeforeItLeft:
            #expect(try await bench.withdraw(1).isWithdrawing)
            #expect(try await spool.handing([id], to: .courier, at: noon).isEmpty)
        }
        // As the next process finds it.
        await spool.close()
        let again = try DeliverySpool(folder: bench.folder, mustExist: true)
        #expect(
            try await again.due(.webhook, at: noon, limit: 9, lease: .seconds(9)).isEmpty
                || !trip.isWithdrawnFirst)
        await again.close()
        let last = try DeliverySpool(folder: bench.folder, mustExist: true)
        let state = try await last.withdraw(SpoolBench.key(1), at: noon)
        #expect(state.standing == trip.end)
        #expect((state.reason?.contains("may have arrived") == true) == (trip.end == .undelivered))
        #expect(try await last.withdraw(SpoolBench.key(1), at: noon) == state)
        await last.close()
    }

    @Test func `what has ended cannot be withdrawn`() async throws {
        let bench = try SpoolBench()
        try await bench.entrust(1..<3)
        let rows = try await bench.due()
        try await bench.spool.delivered([rows[0].id], at: noon)
        try await bench.spool.bury(rows[1].id, reason: "Gone.", at: noon)
        #expect(try await bench.withdraw(1).standing == .delivered)
        #expect(try await bench.withdraw(2).standing == .undelivered)
    }

    @Test func `what is withdrawn before it comes is not carried`() async throws {
        let bench = try SpoolBench()
        let state = DeliveryState(key: SpoolBench.key(1), standing: .withdrawn, endedAt: noon)
        #expect(try await bench.withdraw(1) == state)
        #expect(try await bench.entrust(1) == .known(state))
        #expect(try await bench.due().isEmpty)
        #expect(try await bench.endings() == ["1 1 withdrawn"])
    }

    /// What one side of the race got.
    private enum Outcome {
        case carried([String])
        case withdrawal(DeliveryState)
    }

    /// Couriers and gateway want the same rows at the same time: each row is carried or withdrawn, and never both.
    @Test func `a withdrawal races the couriers, and the spool decides`() async throws {
        let bench = try SpoolBench()
        let count = 200
        try await bench.entrust(0..<count)
        let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
            for _ in 0..<4 { group.addTask { .carried(try await bench.carryAll()) } }
            for number in (0..<count).reversed() {
                group.addTask { .withdrawal(try await bench.withdraw(number)) }
            }
            return try await group.reduce(into: [Outcome]()) { $0.append($1) }
        }
        var (carried, withdrawn): ([String], [String]) = ([], [])
        for outcome in outcomes {
            switch outcome {
            case .carried(let names): carried += names
            case .withdrawal(let state) where state.standing == .withdrawn:
                withdrawn.append(state.key.description)
            case .withdrawal: continue
            }
        }
        let all = Set(carried)
        #expect(all.count == carried.count, "something was carried twice")
        #expect(all.isDisjoint(with: withdrawn))
        #expect(all.count + withdrawn.count == count)
        let page = try await bench.spool.endings(EndingsQuery(), at: noon)
        #expect(page.endings.map(\.number) == Array(1...Int64(count)))
        for ending in page.endings {
            let isCarried = all.contains(ending.key.description)
            #expect(ending.standing == (isCarried ? .delivered : .withdrawn))
        }
    }

    // MARK: endings

    @Test func `endings are told in the order in which they became true`() async throws {
        let bench = try SpoolBench()
        try await bench.entrust(1..<5)
        let rows = try await bench.due()
        try await bench.spool.delivered([rows[2].id, rows[0].id], at: noon)
        _ = try await bench.withdraw(9)
        try await bench.spool.bury(rows[3].id, reason: "550 no such user", at: noon)
        let all = ["1 3 delivered", "2 1 delivered", "3 9 withdrawn", "4 4 undelivered"]
        #expect(try await bench.endings() == all)
        #expect(try await bench.endings(limit: 2) == Array(all[..<2]))
        let page = try await bench.spool.endings(EndingsQuery(after: 3), at: noon)
        #expect(page.endings.map(\.reason) == ["550 no such user"])
        #expect(page.last == 4 && page.spool == bench.spool.id)
    }

    @Test func `asking after a number acknowledges all up to it`() async throws {
        let bench = try SpoolBench()
        try await bench.entrust(1..<4)
        let rows = try await bench.due()
        for row in rows { try await bench.spool.bury(row.id, reason: "Gone.", at: noon) }
        #expect(try bench.spool.figures() == .init(waiting: 0, untold: 3))
        #expect(try await bench.endings(after: 2) == ["3 3 undelivered"])
        #expect(try bench.spool.figures().untold == 1)
        // Told again to whoever asks again, as long as the name is remembered; why is forgotten.
        let page = try await bench.spool.endings(EndingsQuery(), at: noon)
        #expect(page.endings.map(\.number) == [1, 2, 3])
        #expect(page.endings.map(\.reason) == [nil, nil, "Gone."])
        #expect(try bench.spool.figures().untold == 1)
    }

    @Test func `a number beyond the last acknowledges nothing`() async throws {
        let bench = try SpoolBench()
        try await bench.entrust(1..<2)
        try await bench.spool.delivered([try #require(try await bench.due().first).id], at: noon)
        let page = try await bench.spool.endings(EndingsQuery(after: 7), at: noon)
        #expect(page.last == 1 && page.endings.isEmpty)
        #expect(try bench.spool.figures().untold == 1)
    }

    @Test func `names are forgotten seven days after they were acknowledged, numbers never`()
        async throws
    {
        let bench = try SpoolBench()
        try await bench.entrust(1..<4)
        let rows = try await bench.due()
        try await bench.spool.delivered(rows[..<2].map(\.id), at: noon)
        _ = try await bench.endings(after: 1)
        let day = Duration.seconds(86_400)
        _ = try await bench.endings(after: 2, at: noon.advanced(by: day))
        #expect(try await bench.spool.forget(at: noon.advanced(by: day * 7 - .seconds(1))) == 0)
        #expect(try await bench.spool.forget(at: noon.advanced(by: day * 7)) == 1)
        #expect(try bench.state(1) == nil)
        #expect(try bench.state(2)?.standing == .delivered)
        #expect(try await bench.spool.forget(at: noon.advanced(by: day * 8)) == 1)
        // What was not acknowledged is never forgotten.
        try await bench.spool.delivered([rows[2].id], at: noon)
        #expect(try await bench.spool.forget(at: noon.advanced(by: day * 900)) == 0)
        #expect(try await bench.endings() == ["3 3 delivered"])
        // A name that is forgotten may come again, under another number; the file was not rolled back.
        #expect(try await bench.entrust(1) != .conflicting)
        #expect(try bench.state(1)?.standing == .waiting)
    }

    // MARK: the file

    @Test func `a spool keeps its name, and another file has another`() async throws {
        let bench = try SpoolBench()
        try await bench.entrust(1..<2)
        await bench.spool.close()
        let again = try DeliverySpool(folder: bench.folder)
        #expect(again.id == bench.spool.id)
        #expect(try again.state(of: SpoolBench.key(1))?.standing == .waiting)
        await again.close()
        try FileManager.default.removeItem(atPath: bench.file)
        let other = try DeliverySpool(folder: bench.folder)
        #expect(other.id != bench.spool.id)
        #expect(try other.state(of: SpoolBench.key(1)) == nil)
        await other.close()
    }

    @Test func `a closed spool takes no more`() async throws {
        let bench = try SpoolBench()
        await bench.spool.close()
        await #expect(throws: Fault(.shuttingDown)) { try await bench.entrust(1) }
        await #expect(throws: Fault(.shuttingDown)) { try await bench.withdraw(1) }
    }

    @Test func `a ledger is no spool, and a spool no ledger`() async throws {
        let bench = try SpoolBench()
        await bench.spool.close()
        try FileManager.default.moveItem(
            atPath: bench.file, toPath: bench.folder + "/postern.sqlite")
        #expect(throws: Fault(.storageUnreadable)) { try SQLiteStore(folder: bench.folder) }
        let ledger = try await Workbench()
        await ledger.store.close()
        try FileManager.default.moveItem(
            atPath: ledger.file, toPath: ledger.folder + "/spool.sqlite")
        #expect(throws: Fault(.storageUnreadable)) { try DeliverySpool(folder: ledger.folder) }
    }

    // MARK: keys

    @Test func `a spool does not open without its keys, and no key is made for it`() async throws {
        let bench = try SpoolBench()
        await bench.spool.close()
        let keys = bench.folder + "/master.keys"
        try FileManager.default.removeItem(atPath: keys)
        #expect(throws: Fault(.contentUnreadable)) { try DeliverySpool(folder: bench.folder) }
        #expect(!FileManager.default.fileExists(atPath: keys))
        #expect(throws: Fault(.contentUnreadable)) {
            try DeliverySpool(
                folder: bench.folder, keys: KeyVault(MasterKeyring(.generate())))
        }
    }

    @Test func `every master key that a delivery or the spool itself needs is found`()
        async throws
    {
        let bench = try SpoolBench()
        try await bench.entrust(1..<2)
        let old = try bench.changeMasterKey()
        try await bench.entrust(2..<3)
        let ring = try MasterKeyFile(path: SQLiteStore.masterKeys(in: bench.folder)).read()
        let new = try #require(ring).current.id
        #expect(try DeliverySpool.masterKeysInUse(in: bench.folder) == [old, new])
        _ = try await bench.withdraw(1)
        // What was withdrawn needs no key any more; the spool's own fingerprints do.
        #expect(try DeliverySpool.masterKeysInUse(in: bench.folder) == [old, new])
        #expect(try await bench.spool.renewKeys() == 0)
        #expect(try DeliverySpool.masterKeysInUse(in: bench.folder) == [new])
        #expect(try SQLiteStore.masterKeysInUse(in: bench.folder) == nil)
    }

    @Test func `after renewing, nothing is sealed under an older key`() async throws {
        let old = MasterKeyring(.generate())
        let folder = NSTemporaryDirectory() + "postern-spool-" + MessageGUID.random().description
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try DeliverySpool(folder: folder, keys: KeyVault(old))
        _ = try await first.entrust(SpoolBench.mail(1), under: SpoolBench.key(1), at: noon)
        await first.close()
        let both = old.adding(.generate())
        let second = try DeliverySpool(folder: folder, keys: KeyVault(both))
        #expect(try await second.renewKeys() == 0)
        await second.close()
        let new = both.removing(olderThanCurrent: Set(old.ids))
        let third = try DeliverySpool(folder: folder, keys: KeyVault(new))
        let rows = try await third.due(.smtp, at: noon, limit: 9, lease: .seconds(9))
        #expect(rows.map(\.notification?.text) == ["It waits."])
        let same = try await third.entrust(SpoolBench.mail(1), under: SpoolBench.key(1), at: noon)
        #expect(same == .known(DeliveryState(key: SpoolBench.key(1), standing: .waiting)))
        await third.close()
        // With a delivery left under a key that is gone, it does not start: what cannot be opened would be given up.
        #expect(throws: Fault(.contentUnreadable)) {
            try DeliverySpool(folder: folder, keys: KeyVault(old))
        }
    }

    @Test func `deliveries are taken while keys are renewed, a portion in a transaction`()
        async throws
    {
        let isHeld = Mutex(false)
        let commits = Mutex(0)
        let gate = DispatchSemaphore(value: 0)
        let bench = try SpoolBench {
            $0.interfereForTests {
                guard isHeld.withLock({ $0 }) else { return .well }
                commits.withLock { $0 += 1 }
                gate.wait()
                return .well
            }
        }
        func reach(_ commit: Int) async {
            while commits.withLock({ $0 < commit }) { await Task.yield() }
        }
        try await bench.entrust(1..<8)
        let old = try bench.changeMasterKey()
        isHeld.withLock { $0 = true }
        let renewing = Task { try await bench.spool.renewKeys(atOnce: 2) }
        // The fingerprint's key, and then the first two deliveries.
        await reach(1)
        gate.signal()
        await reach(2)
        let entrusting = Task { try await bench.entrust(8) }
        while bench.spool.health().waiting == 0 { await Task.yield() }
        gate.signal()
        await reach(3)
        gate.signal()
        await reach(4)
        // It is taken while others are still to be renewed, and lies under the new key.
        #expect(
            try await entrusting.value
                == .taken(DeliveryState(key: SpoolBench.key(8), standing: .waiting)))
        #expect(try bench.sealed(under: old).contains(7))
        #expect(try !bench.sealed(under: old).contains(8))
        isHeld.withLock { $0 = false }
        gate.signal()
        #expect(try await renewing.value == 0)
        #expect(try bench.sealed(under: old).isEmpty)
        #expect(commits.withLock { $0 } == 4)
        #expect(try await bench.due().count == 8)
    }

    @Test(arguments: [CommitInterference.failsUndone, .failsDone])
    func `renewing that fails between two portions leaves all readable, and goes on later`(
        _ failure: CommitInterference
    ) async throws {
        let bench = try SpoolBench()
        try await bench.entrust(1..<8)
        let old = try bench.changeMasterKey()
        bench.interference.plan([.well, .well, failure])
        await #expect(throws: Fault(.storageUnwritable)) {
            try await bench.spool.renewKeys(atOnce: 3)
        }
        let isThere = if case .failsDone = failure { true } else { false }
        #expect(try bench.sealed(under: old) == (isThere ? [7] : [4, 5, 6, 7]))
        await bench.spool.close()

        // A restart finds both keys, opens all, and goes on where it stood.
        let next = try DeliverySpool(folder: bench.folder)
        let rows = try await next.due(.smtp, at: noon, limit: 9, lease: .seconds(9))
        #expect(rows.count == 7 && rows.allSatisfy { $0.notification?.text == "It waits." })
        await next.release(rows.map(\.id))
        #expect(try await next.renewKeys(atOnce: 3) == 0)
        await next.close()
        try bench.retireMasterKeys()
        let last = try DeliverySpool(folder: bench.folder)
        #expect(try await last.due(.smtp, at: noon, limit: 9, lease: .seconds(9)).count == 7)
        #expect(try await last.renewKeys(atOnce: 3) == 0)
        await last.close()
    }

    @Test func `what cannot be opened is counted in every portion, and the rest is renewed`()
        async throws
    {
        let bench = try SpoolBench()
        try await bench.entrust(1..<8)
        // A key of another's place opens nothing, and no key is none.
        try bench.damage(
            """
            UPDATE key_slots SET key = (SELECT key FROM key_slots WHERE id = 3) WHERE id = 2;
            UPDATE key_slots SET key = zeroblob(length(key)) WHERE id = 6
            """)
        let old = try bench.changeMasterKey()
        #expect(try await bench.spool.renewKeys(atOnce: 2) == 2)
        #expect(try bench.sealed(under: old) == [2])
    }

    @Test func `one damaged delivery is given up and stands in the way of no other`() async throws {
        let bench = try SpoolBench()
        try await bench.entrust(1..<4)
        try bench.damage("UPDATE contents SET sealed = zeroblob(length(sealed)) WHERE id = 1")
        // Content that was put in another's place opens nowhere else.
        try bench.damage(
            """
            UPDATE contents SET sealed = (SELECT sealed FROM contents WHERE id = 3) WHERE id = 2;
            UPDATE key_slots SET key = (SELECT key FROM key_slots WHERE id = 3) WHERE id = 2
            """)
        let rows = try await bench.due()
        #expect(rows.map(\.outsideName) == [SpoolBench.key(3).description])
        #expect(try await bench.endings() == ["1 1 undelivered", "2 2 undelivered"])
        #expect(try bench.state(1)?.reason == "The delivery cannot be opened: content.unreadable.")
    }

    // MARK: erasure

    @Test(arguments: ["delivered", "undelivered", "withdrawn"])
    func `what a delivery said lies nowhere once it has ended`(_ ending: String) async throws {
        let bench = try SpoolBench()
        let canary = "canary-7d793037a076"
        // Neighbours that stay, on the same pages.
        try await bench.entrust(1..<9)
        let mail = EntrustedDelivery(
            message: Workbench.guid(9), acceptedAt: noon,
            content: .mail(
                EntrustedMail(subject: canary, text: canary, html: canary),
                to: try #require(EmailAddress("\(canary)@hospital.example"))))
        try await bench.entrust(9, mail)
        let key = try bench.blob("SELECT key FROM key_slots WHERE id = 9")
        let sealed = try bench.blob("SELECT sealed FROM contents WHERE id = 9")
        let fingerprint = try bench.blob("SELECT fingerprint FROM deliveries WHERE id = 9")
        #expect(key.count == 66 && sealed.count > 100 && fingerprint.count == 32)
        #expect(try bench.bytes().range(of: key) != nil)
        #expect(try bench.bytes().range(of: Data(canary.utf8)) == nil)
        let row = try #require(try await bench.due().first { $0.notification?.text == canary })
        switch ending {
        case "delivered": try await bench.spool.delivered([row.id], at: noon)
        case "undelivered":
            try await bench.spool.bury(row.id, reason: "550 \(canary) is unknown", at: noon)
        default:
            await bench.spool.release([row.id])
            _ = try await bench.withdraw(9)
        }
        _ = try await bench.endings(after: 1)
        await bench.spool.close()
        let left = try bench.bytes()
        #expect(left.count > 8192)
        #expect(left.range(of: key) == nil, "the key can still be read")
        #expect(left.range(of: Data(canary.utf8)) == nil, "the reason can still be read")
        #expect(left.range(of: fingerprint) == nil, "the fingerprint can still be read")
    }

    @Test func `slots of keys are used again`() async throws {
        let bench = try SpoolBench()
        for round in 0..<20 {
            try await bench.entrust(round * 4..<round * 4 + 4)
            let rows = try await bench.due()
            #expect(rows.count == 4)
            try await bench.spool.delivered(rows.map(\.id), at: noon)
        }
        #expect(try bench.count("SELECT count(*) FROM key_slots") == 4)
        #expect(
            try bench.count("SELECT count(*) FROM key_slots WHERE is_free AND key = zeroblob(66)")
                == 4)
        #expect(try bench.count("SELECT count(*) FROM contents") == 0)
    }

    // MARK: faults

    enum Call: CaseIterable {
        case entrust, withdrawWaiting, withdrawInHand, withdrawUnknown, acknowledge
    }

    /// Every call, failing both ways: what a gateway that asks again is told.
    static let failures = Call.allCases.flatMap { call in
        [CommitInterference.failsUndone, .failsDone].map { (call, $0) }
    }

    @Test(arguments: failures)
    func `a call whose commit failed is made again and ends as if it had been made once`(
        _ call: Call, _ failure: CommitInterference
    ) async throws {
        let bench = try SpoolBench()
        try await bench.entrust(1..<4)
        let rows = try await bench.due(limit: 2)
        try await bench.spool.delivered([rows[0].id], at: noon)
        func perform() async throws -> String {
            switch call {
            case .entrust:
                switch try await bench.entrust(7) {
                case .taken: return "taken"
                case .known(let state): return "known \(state.standing)"
                case .conflicting: return "conflicting"
                }
            case .withdrawWaiting: return "\(try await bench.withdraw(3).standing)"
            case .withdrawInHand: return "\(try await bench.withdraw(2).isWithdrawing)"
            case .withdrawUnknown: return "\(try await bench.withdraw(8).standing)"
            case .acknowledge:
                _ = try await bench.endings(after: 1)
                return "\(try bench.spool.figures().untold)"
            }
        }
        bench.interference.plan([failure])
        await #expect(throws: Fault(.storageUnwritable)) { try await perform() }
        let isThere = if case .failsDone = failure { true } else { false }
        let expected: [Call: String] = [
            .withdrawWaiting: "withdrawn", .withdrawInHand: "true", .withdrawUnknown: "withdrawn",
            .acknowledge: "0",
            .entrust: isThere ? "known waiting" : "taken",
        ]
        #expect(try await perform() == expected[call])
        let others = try await bench.due()
        // Row 3 leaves unless it was withdrawn, and 7 if it was entrusted: never twice, never after a withdrawal.
        let numbers = others.map { $0.outsideName.suffix(1) }.sorted()
        switch call {
        case .entrust: #expect(numbers == ["3", "7"])
        case .withdrawWaiting: #expect(numbers.isEmpty)
        default: #expect(numbers == ["3"])
        }
    }

    @Test func `a row whose withdrawal is not known to be on disk is not handed out meanwhile`()
        async throws
    {
        let gate = DispatchSemaphore(value: 0)
        let isHeld = Mutex(false)
        let bench = try SpoolBench {
            $0.interfereForTests {
                if isHeld.withLock({ $0 }) { gate.wait() }
                return .well
            }
        }
        try await bench.entrust(1..<2)
        isHeld.withLock { $0 = true }
        async let withdrawal = bench.withdraw(1)
        // Until the commit has begun, and after that, nobody is handed the row but whoever was before.
        while bench.spool.health().waiting > 0 { await Task.yield() }
        let early = try await bench.due()
        isHeld.withLock { $0 = false }
        gate.signal()
        let state = try await withdrawal
        if early.isEmpty {
            #expect(state.standing == .withdrawn)
        } else {
            #expect(state.isWithdrawing)
        }
        #expect(try await bench.due().isEmpty)
    }

    @Test func `a spool that cannot write says so and goes on when it can`() async throws {
        let bench = try SpoolBench { $0.maximumPages = 40 }
        var taken = 0
        await #expect(throws: Fault(.storageUnwritable)) {
            for number in 0..<200 {
                try await bench.entrust(
                    number, SpoolBench.mail(number, text: String(repeating: "x", count: 2000)))
                taken += 1
            }
        }
        #expect(taken > 2)
        #expect(bench.spool.health().trouble == Fault(.storageUnwritable))
        let rows = try await bench.due()
        #expect(rows.count == taken)
        await bench.spool.close()
        let roomy = try DeliverySpool(folder: bench.folder)
        #expect(roomy.id == bench.spool.id)
        _ = try await roomy.entrust(SpoolBench.mail(200), under: SpoolBench.key(200), at: noon)
        #expect(try roomy.figures().waiting == taken + 1)
        await roomy.close()
    }

    @Test(arguments: ["", "-wal"]) func `a file that was removed stops acknowledgement`(
        _ suffix: String
    ) async throws {
        let bench = try SpoolBench()
        try await bench.entrust(1..<2)
        try FileManager.default.removeItem(atPath: bench.file + suffix)
        await #expect(throws: Fault(.storageUnwritable)) { try await bench.entrust(2) }
    }
}

extension SpoolBench {
    /// Carries, as a courier would, until nothing is left.
    ///
    /// - Returns: What was carried, as the outside knows it.
    func carryAll() async throws -> [String] {
        var names: [String] = []
        while true {
            let rows = try await due(limit: 3)
            if rows.isEmpty, try await spool.nextDue(.smtp) == nil { return names }
            for row in rows {
                names.append(row.outsideName)
                try await spool.delivered([row.id], at: Self.noon)
            }
            await Task.yield()
        }
    }

    /// Writes into the file from outside.
    func damage(_ sql: String) throws {
        let queue = try DatabaseQueue(path: file)
        defer { try? queue.close() }
        try queue.write { try $0.execute(sql: sql) }
    }

    /// Makes a master key that becomes the current one, as `postern keys rotate` does.
    ///
    /// - Returns: The one before.
    func changeMasterKey() throws -> MasterKeyID {
        let old = try #require(try keys.read())
        try keys.replace(old, with: old.adding(.generate()))
        return old.current.id
    }

    /// Removes all master keys but the current one.
    func retireMasterKeys() throws {
        let ring = try #require(try keys.read())
        try keys.replace(ring, with: ring.removing(olderThanCurrent: Set(ring.older.map(\.id))))
    }

    /// The deliveries that lie under a master key.
    func sealed(under key: MasterKeyID) throws -> [Int64] {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: file, configuration: configuration)
        defer { try? queue.close() }
        return try queue.read {
            try Int64.fetchAll(
                $0,
                sql: """
                    SELECT o.id FROM outbox o JOIN key_slots s ON s.id = o.slot
                    WHERE substr(hex(s.key), 5, 8) = upper(?) ORDER BY o.id
                    """, arguments: ["\(key)"])
        }
    }

    private var keys: MasterKeyFile { MasterKeyFile(path: folder + "/master.keys") }

    func blob(_ sql: String) throws -> Data {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: file, configuration: configuration)
        defer { try? queue.close() }
        return try #require(try queue.read { try Data.fetchOne($0, sql: sql) })
    }
}
