import PosternCredentials
import PosternModel

/// What the ledger says cannot be: its file was written by somebody else, or is damaged.
func unreadable(_ what: String) -> Fault { Fault(.storageUnreadable, note: "unreadable \(what)") }

extension Columns {
    func address(_ index: Int32) throws -> EmailAddress {
        guard let address = EmailAddress(text(index)) else { throw unreadable("address") }
        return address
    }

    /// An address of any kind.
    func place(_ index: Int32) throws -> Address {
        guard let address = Address(text(index)) else { throw unreadable("address") }
        return address
    }

    /// A handle; nil for NULL.
    func handle(_ index: Int32) throws -> Handle? {
        guard !isNull(index) else { return nil }
        guard let handle = Handle(text(index)) else { throw unreadable("handle") }
        return handle
    }

    func guid(_ index: Int32) throws -> MessageGUID {
        guard let guid = MessageGUID(bytes: bytes(index)) else { throw unreadable("message name") }
        return guid
    }

    func word<Word: RawRepresentable<String>>(_ index: Int32) throws -> Word {
        guard let word = Word(rawValue: text(index)) else { throw unreadable("\(Word.self)") }
        return word
    }

    func instant(_ index: Int32) -> Instant { Instant(milliseconds: integer(index)) }

    func passwordHash(_ index: Int32) throws -> PasswordHash? {
        guard !isNull(index) else { return nil }
        // A hash that cannot be read must not look like no hash at all.
        guard let hash = PasswordHash(phc: text(index)) else {
            throw Fault(.passwordUncheckable, note: "a stored hash is not argon2id")
        }
        return hash
    }

    func decision(_ index: Int32) throws -> DecisionID {
        guard let decision = DecisionID(text(index)) else { throw unreadable("decision") }
        return decision
    }

    /// Six columns from `start` on, in the schema's order.
    func options(from start: Int32) throws -> MessageOptions {
        MessageOptions(
            allowForward: truth(start), allowReply: truth(start + 1),
            allowReplyAll: truth(start + 2), allowTracking: truth(start + 3),
            shareTracking: truth(start + 4), fyeoType: try word(start + 5))
    }
}

/// What became of a draft, as the ledger's `messages.state` has it.
enum MessageState: Int, Sendable {
    case draft = 0
    case sent = 1
    /// Burnt after too many wrong passwords: its text is gone.
    case destroyed = 2
}
