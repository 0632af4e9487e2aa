import Foundation
import PosternCredentials
import PosternModel
@testable import PosternPipeline
import PosternPolicy
@_spi(Testing) @testable import PosternStorage
import PosternTesting
import Testing

/// Which operations leave an entry in the audit log.
@Suite struct OperationEntryTests {
    @Test func `what was read, taken back, deleted or proved leaves an entry, done or refused`()
        async throws
    {
        let house = try await Household()
        let guid = try await house.sent(
            options: MessageOptions(fyeoType: .uniquePassword), password: Household.word,
            files: [("a.txt", [1])])
        let file = try #require(await house.view(guid, by: .bob)?.attachments.first?.guid)
        let draft = try await house.draft(by: .bob)
        let word = Household.word
        let silent: [(Asked, Member, String)] = [
            (.describeUser, .bob, "done"), (.describeQuotas, .bob, "done"),
            (.describeRights, .bob, "done"), (.search(MessageSearch()), .bob, "done"),
            (.searchTracking(TrackingSearch()), .bob, "done"),
            (.readMessage(guid, withBody: false, password: nil), .bob, "done"),
            (.readMessage(draft, withBody: true, password: nil), .bob, "done"),
            (.readMessage(.random(), withBody: false, password: nil), .bob, "929"),
            (.describeAttachment(file), .bob, "done"),
            (.saveDraft(draft, DraftContent()), .bob, "done"),
            (.reserveAttachments(draft, [FilePlan(name: "a", size: 0)]), .bob, "done"),
            (.saveDraft(.random(), DraftContent()), .bob, "929"),
            (.labels(.createLabel(name: "L")), .bob, "done"), (.labels(.listLabels), .bob, "done"),
        ]
        for (operation, member, word) in silent {
            let before = try house.store.leafCount()
            #expect(await house.perform(operation, by: member).word == word, "\(operation.name)")
            #expect(try house.store.leafCount() == before, "\(operation.name)")
        }
        let heard: [(Asked, Member, String)] = [
            (.readMessage(.random(), withBody: true, password: nil), .bob, "929"),
            (.readMessage(nil, withBody: true, password: nil), .bob, "929"),
            (.deleteMessage(.random()), .bob, "929"), (.deleteMessage(nil), .bob, "929"),
            (.recall(guid, Recalling()), .bob, "929"), (.recall(nil, Recalling()), .bob, "929"),
            (.download(.random(), chunk: nil, password: nil), .bob, "attachment.missing"),
            (.download(file, chunk: 9, password: word), .bob, "chunk.mismatch"),
            (.incoming(.readIncoming(.guid(.random()), withBody: true)), .bob, "929"),
            (.incoming(.markIncoming(.guid(.random()), .read(true))), .bob, "929"),
            (.dispatch(.unschedule(.guid(.random()))), .bob, "929"),
            (.dispatch(.unschedule(.guid(draft))), .bob, "message.not-scheduled"),
            (.dispatch(.startDispatch(nil)), .bob, "dispatch.missing"),
            (.dispatch(.stopDispatch(nil)), .bob, "dispatch.missing"),
            (.readMessage(guid, withBody: true, password: nil), .bob, "51"),
            (.readMessage(guid, withBody: true, password: Secret("w")), .bob, "38"),
            (.readMessage(guid, withBody: true, password: word), .bob, "done"),
            (.download(file, chunk: nil, password: nil), .bob, "51"),
            (.download(file, chunk: nil, password: word), .bob, "done"),
            (.download(file, chunk: 1, password: word), .bob, "done"),
            (.linkAttachment(draft, file, password: Secret("w")), .bob, "38"),
            (.linkAttachment(draft, file, password: word), .bob, "done"),
            (
                .createDraft(
                    DraftBeginning(action: .reply, parent: .named(guid), password: word)), .bob,
                "done"
            ),
            (
                .createDraft(DraftBeginning(action: .reply, parent: .named(.random()))), .bob,
                "parent.missing"
            ),
            (
                .createDraft(DraftBeginning(action: .reply, parent: .named(guid))), .kim,
                "parent.foreign"
            ),
            (
                .reserveAttachments(draft, [FilePlan(name: "a.exe", size: 0)]), .bob,
                "attachment.type"
            ),
            (
                .saveDraft(draft, DraftContent(options: MessageOptions(fyeoType: .uniquePassword))),
                .gus, "922"
            ),
            (.recall(guid, Recalling()), .gus, "recall.forbidden"),
            (.recall(guid, Recalling()), .ann, "done"), (.deleteMessage(guid), .bob, "done"),
            (.mintAuthenticationToken(days: 1), .bob, "done"),
            (.revokeAuthenticationToken(Secret("x")), .bob, "done"),
            (.revokeAuthenticationTokens, .bob, "done"), (.signOut, .bob, "done"),
            (
                .signIn(SignIn(address: Member.bob.address, password: Secret("w"))), .bob,
                "user.credentials-wrong"
            ),
            (
                .signIn(SignIn(address: Member.bob.address, password: Member.bob.password)), .bob,
                "done"
            ),
        ]
        for (operation, member, word) in heard {
            let before = try house.store.leafCount()
            let outcome = await house.perform(operation, by: member)
            #expect(outcome.word == word, "\(operation.name)")
            #expect(try house.store.leafCount() == before + 1, "\(operation.name) \(word)")
            let leaf = try #require(try house.store.leaves(from: before, limit: 1).first)
            let entry = try JSONDecoder().decode(AuditEntry.self, from: Data(leaf))
            #expect(entry.kind == .operation && entry.operation == operation.name.description)
            #expect(entry.refusal == (word == "done" ? nil : word))
            #expect(entry.id == outcome.decision && entry.at == house.clock.now())
            #expect(entry.dialect == "test" && entry.request == "r1")
            #expect(entry.facts == nil && entry.decision == nil)
            #expect(
                entry.policy == house.operations.ports.policies.current.policy.digest)
            // Who and what stand in the openings, and the leaf commits to them.
            let openings = try #require(try house.store.openings(at: before))
            #expect(openings.first?.field == "account")
            #expect(openings.first?.value == member.address.description)
            for opening in openings {
                #expect(entry.commitments[opening.field] == opening.commitment)
            }
            #expect(entry.commitments.count == openings.count)
            #expect(!String(decoding: leaf, as: UTF8.self).contains("example.org"))
        }
    }

    @Test func `nobody leaves no entry but is counted`() async throws {
        let house = try await Household()
        let before = try house.store.leafCount()
        for (operation, word) in [
            (.describeUser, "811"), (.readMessage(.random(), withBody: true, password: nil), "811"),
            (.signInByToken(Secret("x")), "user.credentials-wrong"),
            (.signIn(SignIn(address: nil, password: Secret("x"))), "user.unknown"),
            (
                .signIn(SignIn(address: Member.eve.address, password: Secret("x"))),
                "user.restricted"
            ),
        ] as [(Asked, String)] {
            #expect(await house.perform(operation, by: nil).word == word)
            #expect(house.strangers.refusals.last == "\(operation.name) \(word)")
        }
        #expect(house.strangers.refusals.count == 5)
        #expect(try house.store.leafCount() == before)
    }
}
