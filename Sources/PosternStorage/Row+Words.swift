import Foundation
import GRDB
import PosternCredentials
import PosternModel

/// What the ledger says cannot be: its file was written by somebody else, or is damaged.
func unreadable(_ what: String) -> Fault { Fault(.storageUnreadable, note: "unreadable \(what)") }

extension Row {
    func address(_ index: Int) throws -> EmailAddress {
        guard let address = EmailAddress(self[index] as String) else { throw unreadable("address") }
        return address
    }

    func guid(_ index: Int) throws -> MessageGUID? {
        guard let data = self[index] as Data? else { return nil }
        guard let guid = MessageGUID(bytes: Array(data)) else { throw unreadable("message name") }
        return guid
    }

    func word<Word: RawRepresentable<String>>(_ index: Int) throws -> Word {
        guard let word = Word(rawValue: self[index]) else { throw unreadable("\(Word.self)") }
        return word
    }

    func instant(_ index: Int) -> Instant? {
        (self[index] as Int64?).map { Instant(milliseconds: $0) }
    }

    func passwordHash(_ index: Int) throws -> PasswordHash? {
        guard let phc = self[index] as String? else { return nil }
        // A hash that cannot be read must not look like no hash at all.
        guard let hash = PasswordHash(phc: phc) else {
            throw Fault(.passwordUncheckable, note: "a stored hash is not argon2id")
        }
        return hash
    }

    func decision(_ index: Int) throws -> DecisionID {
        guard let decision = DecisionID(self[index] as String) else { throw unreadable("decision") }
        return decision
    }

    /// Six columns from `start` on, in the schema's order.
    func options(from start: Int) throws -> MessageOptions {
        MessageOptions(
            allowForward: self[start], allowReply: self[start + 1], allowReplyAll: self[start + 2],
            allowTracking: self[start + 3], shareTracking: self[start + 4],
            fyeoType: try word(start + 5))
    }
}

extension MessageGUID {
    var data: Data { Data(bytes) }
}

/// What became of a draft, as the ledger's `messages.state` has it.
enum MessageState: Int, Sendable {
    case draft = 0
    case sent = 1
    /// Burnt after too many wrong passwords: its text is gone.
    case destroyed = 2
}
