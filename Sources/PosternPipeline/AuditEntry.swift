import Crypto
public import PosternModel
public import PosternPolicy

/// One line of the audit log: the decision, the facts it rested on, and commitments to who and what.
///
/// The leaf of the transparency log is this value as JSON with sorted keys. Names and addresses are not
/// in it: each is committed to as SHA-256 of a salt, the field's name and the value, and the salts are
/// kept apart (``Opening``), so that forgetting a person destroys openings and leaves the tree whole.
public struct AuditEntry: Sendable, Equatable, Codable {
    /// What an entry is about.
    public enum Kind: String, Sendable, Codable {
        /// A send was judged.
        case send
        /// A send was judged and put off to its time; it is judged again then, and recorded as a send.
        case schedule
        /// A dry run was answered; nothing was sent, charged or counted.
        case preflight
        /// Unauthenticated requests that were counted, not recorded one by one.
        case unauthenticated
        /// A policy began to be in force.
        case policyActivated
        /// A policy could not be loaded; the last good one stays in force.
        case policyRejected
        /// The gateway started.
        case started
        /// An administrator changed an account, a token or a lock.
        case administration
        /// A client did something with a message or session other than sending, or was refused it.
        case operation
        /// Messages were erased because their time had come.
        case erasure
    }

    /// The format's version: 1.
    public var version = 1
    /// What it is about.
    public var kind: Kind
    /// The decision's name, or the event's.
    public var id: DecisionID
    /// When.
    public var at: Instant
    /// The client API, for a send.
    public var dialect: String?
    /// The request id the listener gave.
    public var request: String?
    /// The facts, for a send.
    public var facts: Facts?
    /// What was decided, by which policy.
    public var decision: Decision?
    /// The policy in force.
    public var policy: PolicyDigest
    /// How many, for a count.
    public var count: Int?
    /// What happened, for an event: words of Postern's own.
    public var note: String?
    /// What was asked for, for an operation: one of `Operation`'s names.
    public var operation: String?
    /// Why an operation was refused: a code's number, or a name such as `attachment.type`; nil when it was done.
    public var refusal: String?
    /// When a message that was put off is due.
    public var dueAt: Instant?
    /// Commitments by field name, 64 hexadecimal digits each: `account`, `draft`, `recipients`.
    ///
    /// Several messages or recipients stand a line each in one value, so that a leaf does not grow with them.
    public var commitments: [String: String]

    /// Makes an entry of the present version; ``SealedEntry`` sets the commitments.
    public init(
        kind: Kind, id: DecisionID, at: Instant, policy: PolicyDigest, dialect: String? = nil,
        request: String? = nil, facts: Facts? = nil, decision: Decision? = nil, count: Int? = nil,
        note: String? = nil, operation: String? = nil, refusal: String? = nil,
        dueAt: Instant? = nil
    ) {
        self.kind = kind
        self.id = id
        self.at = at
        self.dialect = dialect
        self.request = request
        self.facts = facts
        self.decision = decision
        self.policy = policy
        self.count = count
        self.note = note
        self.operation = operation
        self.refusal = refusal
        self.dueAt = dueAt
        commitments = [:]
    }
}

/// What opens one commitment.
public struct Opening: Sendable, Equatable {
    /// The field's name.
    public var field: String
    /// 16 random bytes.
    public var salt: [UInt8]
    /// The value committed to.
    public var value: String

    /// `SHA-256(salt ‖ field ‖ 0x00 ‖ value)` as 64 hexadecimal digits.
    public var commitment: String {
        var committed: [UInt8] = []
        committed.reserveCapacity(salt.count + field.utf8.count + 1 + value.utf8.count)
        committed += salt
        committed += field.utf8
        committed.append(0)
        committed += value.utf8
        return SHA256.hash(data: committed).withUnsafeBytes { Hexadecimal.encode($0) }
    }

    /// Chooses a salt for a value.
    public init(field: String, value: String) {
        self.init(field: field, salt: RandomBytes.draw(), value: value)
    }

    /// Takes a stored opening.
    public init(field: String, salt: [UInt8], value: String) {
        self.field = field
        self.salt = salt
        self.value = value
    }
}

/// An entry ready to be written: the leaf's bytes and, apart from it, what opens its commitments.
public struct SealedEntry: Sendable, Equatable {
    /// The largest leaf a tlog tile can hold, in bytes (C2SP tlog-tiles, entry bundles).
    public static let largestLeaf = 65_535

    /// The decision's name, by which the entry is found again.
    public var id: DecisionID
    /// The account whose person the openings are about; nil when nobody's.
    public var subject: AccountID?
    /// The leaf's bytes, at most ``largestLeaf``.
    public var leaf: [UInt8]
    /// What opens the leaf's commitments.
    public var openings: [Opening]

    /// Writes an entry's leaf.
    ///
    /// - Parameters:
    ///   - entry: The entry; its commitments are set from the openings.
    ///   - subject: The account whose person the openings are about.
    ///   - openings: The personal fields.
    /// - Throws: ``PosternModel/FaultCode/auditUnwritable`` when the leaf would exceed ``largestLeaf``.
    public init(_ entry: AuditEntry, subject: AccountID?, openings: [Opening]) throws(Fault) {
        var entry = entry
        entry.commitments = Dictionary(
            openings.map { ($0.field, $0.commitment) }, uniquingKeysWith: { first, _ in first })
        var writer = LeafWriter()
        guard (try? writer.write(entry)) != nil, writer.bytes.count <= Self.largestLeaf else {
            throw Fault(.auditUnwritable, note: "an entry does not fit its leaf")
        }
        id = entry.id
        self.subject = subject
        leaf = writer.bytes
        self.openings = openings
    }
}
