import PosternCredentials
import PosternModel
import PosternTesting
import Testing

/// What may become of a message between its sending and the day its reader looks for it.
enum MessageFate: String, CaseIterable {
    case recalled, withdrawn, locked, confidential, expired, trashed, erased
    case undelivered
}

extension Household {
    /// A message of Ann's to Bob with the subject S, to which something happens.
    ///
    /// - Parameters:
    ///   - fate: What happens to it.
    ///   - delivered: What to do with it before, once it is in Bob's mailbox.
    /// - Returns: Its name.
    /// - Throws: What the ledger cannot do.
    func message(
        _ fate: MessageFate, delivered: (MessageGUID) throws -> Void = { _ in }
    ) async throws -> MessageGUID {
        if fate == .undelivered {
            let guid = try await draft(
                DraftContent(to: [Member.bob.address], subject: "S", body: "B"))
            #expect(await send(guid) == "accepted")
            return guid
        }
        var options = MessageOptions()
        if fate == .locked { options.fyeoType = .uniquePassword }
        if fate == .confidential { options.fyeoType = .accountPassword }
        let ends = [.expired, .erased].contains(fate)
        let expiry = ends ? clock.now().advanced(by: .seconds(60)) : nil
        let password: Secret? =
            switch fate {
            case .locked: Household.word
            case .confidential: Member.ann.password
            default: nil
            }
        let guid = try await sent(
            subject: "S", body: "B", options: options, expiry: Expiry(date: expiry),
            password: password)
        try delivered(guid)
        switch fate {
        case .recalled: _ = await perform(.recall(guid, Recalling()), by: .ann)
        case .withdrawn:
            _ = await perform(
                .recall(guid, Recalling(recipients: [Member.bob.address])), by: .ann)
        case .trashed: _ = await perform(.deleteMessage(guid), by: .bob)
        case .expired, .erased:
            clock.advance(by: .seconds(60))
            if fate == .erased { #expect(try await erase() == 1) }
        case .locked, .confidential, .undelivered: break
        }
        return guid
    }
}
