/// Postern could not finish: not a no, but no answer at all.
///
/// A refusal is a value (``RefusalCode``); a fault is thrown inside the corridor as `throws(Fault)`, so
/// that nothing else can escape a step. Two faults are equal when their codes are.
public struct Fault: Error, Sendable, Equatable, CustomStringConvertible {
    /// What happened, as a stable name.
    public let code: FaultCode
    /// What an operator needs to know; never shown to a client, never holding a secret or message text.
    public let note: String
    /// Where in the source it was noticed.
    public let place: String

    /// Names what happened.
    public init(
        _ code: FaultCode, note: String = "", file: StaticString = #fileID, line: UInt = #line
    ) {
        self.code = code
        self.note = note
        place = "\(file):\(line)"
    }

    /// Equal when the codes are.
    public static func == (left: Fault, right: Fault) -> Bool { left.code == right.code }

    /// Code, note and place on one line.
    public var description: String {
        note.isEmpty ? "\(code.rawValue) at \(place)" : "\(code.rawValue): \(note) at \(place)"
    }
}

/// Every way in which Postern can fail to answer; the raw values keep their meaning for ever.
public enum FaultCode: String, Sendable, Codable, CaseIterable {
    /// More work is waiting than the bound allows.
    case overloaded = "gateway.overloaded"
    /// The gateway is finishing what it accepted and takes no more.
    case shuttingDown = "gateway.shutting-down"
    /// The password checkers' queue is full.
    case passwordQueueFull = "credentials.queue-full"
    /// The password hash on record cannot be read, or the hashing library failed.
    case passwordUncheckable = "credentials.uncheckable"
    /// The ledger could not be read.
    case storageUnreadable = "storage.unreadable"
    /// The ledger could not make the decision durable.
    case storageUnwritable = "storage.unwritable"
    /// The ledger has not answered in time; the decision may yet become durable.
    case storageUnanswered = "storage.unanswered"
    /// The audit log was removed, cut, replaced or rolled back.
    case auditTamperedWith = "audit.tampered-with"
    /// The audit log could not be written.
    case auditUnwritable = "audit.unwritable"
    /// The draft kept changing while it was judged.
    case draftUnsettled = "draft.unsettled"
    /// Some of a file attached to the draft has not arrived.
    case uploadsPending = "draft.uploads-pending"
    /// The body could not be scanned for banned words.
    case contentUnscannable = "content.unscannable"
    /// The body is HTML that is too deep, or too large, to be read in every way in which readers may show it.
    case contentTooTangled = "content.too-tangled"
    /// What lies sealed could not be opened.
    case contentUnreadable = "content.unreadable"
    /// A courier could not reach its destination; it will try again.
    case deliveryDelayed = "delivery.delayed"
    /// A courier's destination refused for good.
    case deliveryRejected = "delivery.rejected"
}

/// What each fault means to the people who meet it.
public struct FaultEntry: Sendable, Equatable {
    /// Whose turn it is.
    public enum Turn: String, Sendable, Codable {
        /// The client's.
        case caller
        /// Whoever runs Postern.
        case `operator`
        /// A system Postern hands messages to.
        case upstream
        /// Ours: report it.
        case postern
    }

    /// Whether the same request may be sent again.
    public enum Retry: Sendable, Equatable {
        /// It would fail again.
        case never
        /// After this long; the reply carries it as `Retry-After`.
        case later(Duration)
        /// Only after asking whether the first one got through.
        case afterAsking
    }

    /// Whose turn it is.
    public let turn: Turn
    /// Whether the same request may be sent again.
    public let retry: Retry
    /// A whole sentence for the client, naming nothing internal.
    public let clientSentence: String
    /// Where an operator looks first, in the imperative.
    public let operatorHint: String
}

extension FaultCode {
    /// The fault's entry in the catalogue.
    public var entry: FaultEntry {
        switch self {
        case .overloaded, .passwordQueueFull:
            FaultEntry(
                turn: .operator, retry: .later(.seconds(1)),
                clientSentence: "The service is busy. Try again in a moment.",
                operatorHint: "Compare the in-flight and waiting gauges with their limits.")
        case .shuttingDown:
            FaultEntry(
                turn: .operator, retry: .later(.seconds(5)),
                clientSentence: "The service is restarting. Try again in a moment.",
                operatorHint: "Wait for the restart to finish.")
        case .passwordUncheckable:
            FaultEntry(
                turn: .operator, retry: .never,
                clientSentence: "The password cannot be checked at present.",
                operatorHint: "Check that the account's password hash is an argon2id PHC string.")
        case .storageUnreadable, .storageUnwritable:
            FaultEntry(
                turn: .operator, retry: .later(.seconds(5)),
                clientSentence:
                    "The service cannot record this request at present. Nothing was sent.",
                operatorHint: "Check the data directory's disk for space, permissions and errors.")
        case .storageUnanswered:
            FaultEntry(
                turn: .operator, retry: .afterAsking,
                clientSentence:
                    "The service could not record this request in time, and may do so yet. Look whether it did; the same draft, sent again, is sent once.",
                operatorHint: "Find out why the data directory's disk does not answer.")
        case .auditTamperedWith:
            FaultEntry(
                turn: .operator, retry: .later(.seconds(30)),
                clientSentence:
                    "The service cannot record this request at present. Nothing was sent.",
                operatorHint:
                    "Run `postern audit verify` and find out who changed the audit log's files.")
        case .auditUnwritable:
            FaultEntry(
                turn: .operator, retry: .later(.seconds(5)),
                clientSentence:
                    "The service cannot record this request at present. Nothing was sent.",
                operatorHint: "Check the audit directory's disk for space, permissions and errors.")
        case .draftUnsettled:
            FaultEntry(
                turn: .caller, retry: .later(.seconds(1)),
                clientSentence: "The draft is being changed. Save it, then send it again.",
                operatorHint: "Look for a client that saves the same draft in a loop.")
        case .uploadsPending:
            FaultEntry(
                turn: .caller, retry: .later(.seconds(1)),
                clientSentence:
                    "A file attached to the draft has not arrived whole. Finish or remove it, then send again.",
                operatorHint: "Look for a client that sends before its uploads are finished.")
        case .contentUnscannable:
            FaultEntry(
                turn: .postern, retry: .later(.seconds(5)),
                clientSentence: "The message cannot be checked at present. Nothing was sent.",
                operatorHint: "Look for the scanner's error in the log and reload the policy.")
        case .contentTooTangled:
            FaultEntry(
                turn: .caller, retry: .never,
                clientSentence:
                    "The message's HTML is too tangled to be checked. Simplify it, then send it again.",
                operatorHint: "Look at what made the message: people do not write such texts.")
        case .contentUnreadable:
            FaultEntry(
                turn: .operator, retry: .never,
                clientSentence: "The message cannot be read at present.",
                operatorHint:
                    "Check that the master key file has the key the message was sealed under.")
        case .deliveryDelayed:
            FaultEntry(
                turn: .upstream, retry: .afterAsking,
                clientSentence: "The message is accepted and its delivery is delayed.",
                operatorHint: "Read the outbox row's reason and check the relay.")
        case .deliveryRejected:
            FaultEntry(
                turn: .upstream, retry: .never,
                clientSentence: "The message could not be delivered.",
                operatorHint: "Read the dead letter's reason.")
        }
    }
}
