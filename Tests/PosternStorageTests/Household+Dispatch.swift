import PosternCredentials
import PosternModel
@testable import PosternPipeline
@_spi(Testing) @testable import PosternStorage
import PosternTesting
import Testing

/// Messages on their way.
extension Household {
    func compose(
        by member: Member = .ann, externalID: String? = nil, _ content: DraftContent
    ) async throws -> MessageGUID {
        let composition = Composition(externalID: externalID, content: content)
        try #require(await perform(.dispatch(.compose(composition)), by: member).word == "done")
        return composition.guid
    }

    func outgoing(_ name: MessageName, by member: Member = .ann) async -> OutgoingMessage? {
        let outcome = await perform(.dispatch(.readOutgoing(name)), by: member)
        if case .done(.outgoing(let message), _) = outcome { return message }
        return nil
    }

    func progress(_ guid: MessageGUID, by member: Member = .ann) async throws -> DispatchProgress {
        try #require(await outgoing(.guid(guid), by: member)).progress
    }

    func outgoings(
        _ search: OutgoingSearch, by member: Member = .ann
    ) async throws -> Excerpt<OutgoingMessage> {
        let outcome = await perform(.dispatch(.listOutgoing(search)), by: member)
        guard case .done(.outgoings(let part), _) = outcome else { throw Unexpected(outcome.word) }
        return part
    }

    func stop(_ names: [MessageName], by member: Member = .ann) async throws -> [StopEnding] {
        let outcome = await perform(.dispatch(.stop(names)), by: member)
        guard case .done(.stops(let endings), _) = outcome else { throw Unexpected(outcome.word) }
        return endings
    }

    func stop(_ guid: MessageGUID) async throws -> StopEnding {
        try #require(try await stop([.guid(guid)]).first)
    }

    /// Puts a draft on the schedule as an accepted scheduling does, with those its targets stand for.
    func schedule(
        _ guid: MessageGUID, at due: Instant, emails: [Member] = [], phones: [String] = []
    ) async throws {
        try await freeze(guid, emails: emails, phones: phones)
        try await store.writer.submit { work in
            let id = try work.statements.row(of: .guid(guid))
            try work.statements.run(
                """
                INSERT INTO schedules(message, due_at, dialect, notifies, invites)
                VALUES(?, ?, 'test', 1, 0)
                """, id, due.milliseconds)
            return .keep(())
        }
    }

    func freeze(
        _ guid: MessageGUID, emails: [Member] = [], phones: [String] = []
    ) async throws {
        let addresses = emails.map(\.address)
        let outsiders = try phones.map { try #require(Address($0)?.outsider) }
        try await store.writer.submit { work in
            let id = try #require(try work.statements.row(of: .guid(guid)))
            try FrozenRecipients.write(
                emails: addresses, outsiders: outsiders, of: id, work.statements)
            try work.statements.run(
                "UPDATE messages SET revision = revision + 1 WHERE id = ?", id)
            return .keep(())
        }
    }

    /// Notes that a message was refused when its time came.
    func refuse(_ guid: MessageGUID, with code: RefusalCode) async throws {
        let now = clock.now()
        try await store.writer.submit { work in
            let id = try work.statements.row(of: .guid(guid))
            try work.statements.run("DELETE FROM schedules WHERE message = ?", id)
            try work.statements.run(
                "INSERT INTO stops(message, at, recipients, refused_with) VALUES(?, ?, 0, ?)", id,
                now.milliseconds, code.rawValue)
            return .keep(())
        }
    }

    /// Sends without delivering.
    func accepted(
        by member: Member = .ann, to: [Member] = [.bob], bcc: [Member] = [],
        options: MessageOptions = MessageOptions(), expiry: Expiry = Expiry()
    ) async throws -> MessageGUID {
        let guid = try await compose(
            by: member,
            DraftContent(
                to: to.map(\.address), bcc: bcc.map(\.address), subject: "Subject", body: "Body",
                options: options, expiry: expiry))
        try #require(await send(guid, by: member) == "accepted")
        return guid
    }

    /// Hands a message's mailbox rows to another courier.
    func carry(_ guid: MessageGUID, by courier: OutboxRow.Courier) async throws {
        try await store.writer.submit { work in
            let id = try work.statements.row(of: .guid(guid))
            try work.statements.run(
                "UPDATE outbox SET courier = ?2 WHERE message = ?1 AND courier = 'mailbox'", id,
                courier.rawValue)
            return .keep(())
        }
    }

    func due(
        _ courier: OutboxRow.Courier, limit: Int = 10_000
    ) async throws -> [OutboxRow] {
        try await store.due(courier, at: clock.now(), limit: limit, lease: .seconds(60))
    }
}
