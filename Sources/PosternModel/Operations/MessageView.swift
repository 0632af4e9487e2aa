/// A message as one of its readers sees it.
public struct MessageView: Sendable, Equatable {
    /// Its name.
    public var guid: MessageGUID
    /// The message it answers.
    public var parent: MessageGUID?
    /// The first message of its conversation.
    public var conversation: MessageGUID
    /// Where it lies for this reader.
    public var folder: MessageFolder
    /// When it was sent; for a draft, when it was last saved.
    public var date: Instant
    /// New, or an answer.
    public var action: MessageAction
    /// Who sent it.
    public var sender: Person
    /// Addressees.
    public var to: [Person]
    /// Addressees of copies.
    public var cc: [Person]
    /// Addressees of blind copies: all for the sender, and for a reader only themselves.
    public var bcc: [Person]
    /// The subject line.
    public var subject: String
    /// How the body is written.
    public var bodyFormat: BodyFormat
    /// The body; nil when it was not asked for, or the message was recalled.
    public var body: String?
    /// What recipients may do.
    public var options: MessageOptions
    /// The expiry its sender asked for.
    public var expiry: Expiry
    /// When it disappears.
    public var expiresAt: Instant?
    /// Its recall.
    public var recall: Recall?
    /// The reader has read it.
    public var retrieved: Bool
    /// Attached files; none of a recalled message.
    public var attachments: [AttachmentView]
    /// What was done with it; nil when this reader may not know.
    public var tracking: TrackingSummary?
    /// The reader's labels.
    public var labels: [Label]

    /// Makes a view.
    public init(
        guid: MessageGUID, parent: MessageGUID?, conversation: MessageGUID, folder: MessageFolder,
        date: Instant, action: MessageAction, sender: Person, to: [Person], cc: [Person],
        bcc: [Person], subject: String, bodyFormat: BodyFormat, body: String?,
        options: MessageOptions, expiry: Expiry, expiresAt: Instant?, recall: Recall?,
        retrieved: Bool, attachments: [AttachmentView], tracking: TrackingSummary?, labels: [Label]
    ) {
        self.guid = guid
        self.parent = parent
        self.conversation = conversation
        self.folder = folder
        self.date = date
        self.action = action
        self.sender = sender
        self.to = to
        self.cc = cc
        self.bcc = bcc
        self.subject = subject
        self.bodyFormat = bodyFormat
        self.body = body
        self.options = options
        self.expiry = expiry
        self.expiresAt = expiresAt
        self.recall = recall
        self.retrieved = retrieved
        self.attachments = attachments
        self.tracking = tracking
        self.labels = labels
    }

    /// When and why a message was taken back.
    public struct Recall: Sendable, Equatable {
        /// When.
        public var at: Instant
        /// What its recipients are told; empty for nothing.
        public var reason: String

        /// Makes a recall.
        public init(at: Instant, reason: String) {
            self.at = at
            self.reason = reason
        }
    }
}

/// How many recipients have done what with a message.
public struct TrackingSummary: Sendable, Equatable {
    /// Its distinct recipients.
    public var recipients: Int
    /// Recipients who did each thing at least once.
    public var counts: [TrackingEvent.Kind: Int]

    /// Makes a summary.
    public init(recipients: Int, counts: [TrackingEvent.Kind: Int]) {
        self.recipients = recipients
        self.counts = counts
    }
}

/// Something a reader did with a message.
public struct TrackingEvent: Sendable, Equatable {
    /// What can be done.
    public enum Kind: String, Sendable, CaseIterable {
        /// Its body was read.
        case retrieved
        /// It was answered.
        case replied
        /// It was passed on.
        case forwarded
        /// It was deleted.
        case deleted
        /// A file attached to it was downloaded.
        case downloaded
    }

    /// The message.
    public var message: MessageGUID
    /// The file, where one was downloaded.
    public var attachment: AttachmentGUID?
    /// Who sent the message.
    public var owner: Person
    /// Who did it.
    public var actor: Person
    /// What was done.
    public var kind: Kind
    /// When.
    public var at: Instant

    /// Makes an event.
    public init(
        message: MessageGUID, attachment: AttachmentGUID?, owner: Person, actor: Person,
        kind: Kind, at: Instant
    ) {
        self.message = message
        self.attachment = attachment
        self.owner = owner
        self.actor = actor
        self.kind = kind
        self.at = at
    }
}

/// A file attached to a message.
public struct AttachmentView: Sendable, Equatable {
    /// Its name among files.
    public var guid: AttachmentGUID
    /// Its name to people, as its sender gave it.
    public var name: String
    /// Its size in bytes.
    public var size: Int64
    /// How many chunks it is divided into.
    public var chunks: Int
    /// All of it has arrived.
    public var complete: Bool
    /// When it was announced.
    public var since: Instant
    /// Who attached it.
    public var owner: EmailAddress

    /// Makes a view.
    public init(
        guid: AttachmentGUID, name: String, size: Int64, chunks: Int, complete: Bool,
        since: Instant, owner: EmailAddress
    ) {
        self.guid = guid
        self.name = name
        self.size = size
        self.chunks = chunks
        self.complete = complete
        self.since = since
        self.owner = owner
    }
}

/// A file on its way in.
public struct Upload: Sendable, Equatable {
    /// The file.
    public var guid: AttachmentGUID
    /// Its name to people.
    public var name: String
    /// How it is cut.
    public var layout: ChunkLayout
    /// The numbers of the chunks that have arrived, in order.
    public var arrived: [Int]

    /// Makes an upload.
    public init(guid: AttachmentGUID, name: String, layout: ChunkLayout, arrived: [Int]) {
        self.guid = guid
        self.name = name
        self.layout = layout
        self.arrived = arrived
    }
}

/// How a file is cut into chunks: equal ones, the last as long as what is left.
public struct ChunkLayout: Sendable, Equatable {
    /// The file's size in bytes.
    public let size: Int64
    /// The size of every chunk but the last, in bytes; positive.
    public let chunkSize: Int64

    /// Makes a layout; an impossible chunk size counts as one byte.
    public init(size: Int64, chunkSize: Int64) {
        self.size = max(0, size)
        self.chunkSize = max(1, chunkSize)
    }

    /// How many chunks there are: one at least, since an empty file has one empty chunk.
    public var count: Int {
        let (whole, rest) = size.quotientAndRemainder(dividingBy: chunkSize)
        return max(1, Int(whole) + (rest > 0 ? 1 : 0))
    }

    /// The bytes of a chunk, numbered from 1; nil when there is no such chunk.
    public func range(of number: Int) -> Range<Int64>? {
        guard (1...count).contains(number) else { return nil }
        let start = Int64(number - 1) * chunkSize
        return start..<start + min(chunkSize, size - start)
    }
}

/// A file's content on its way out: read as the client takes it, never whole in memory.
public struct FileContent: Sendable {
    /// The file's name to people.
    public var name: String
    /// How many bytes come.
    public var length: Int64
    /// Gives the next bytes; an empty piece once all were given.
    ///
    /// May block on a disk: never on an event loop.
    public var next: @Sendable () async throws(Fault) -> [UInt8]

    /// Makes content.
    public init(
        name: String, length: Int64, next: @escaping @Sendable () async throws(Fault) -> [UInt8]
    ) {
        self.name = name
        self.length = length
        self.next = next
    }
}
