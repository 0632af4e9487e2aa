import PosternModel
import PosternSealing

/// What a message says, as it lies in the ledger.
///
/// The subject lies there twice: under the cover key, for lists, and together with the body under the content key. Whoever
/// judges a draft then opens one piece under one key; opening is a good part of what loading a draft costs.
struct MessageTexts: Sendable {
    /// The subject under the cover key.
    let subject: [UInt8]
    /// How long the subject is, the subject and the body, under the content key.
    let content: [UInt8]

    init(
        subject: String, body: String, of guid: MessageGUID, under cover: ContentKey,
        _ content: ContentKey
    ) throws(Fault) {
        self.subject = try cover.seal(subject, .subject, of: guid)
        var both: [UInt8] = []
        both.reserveCapacity(4 + subject.utf8.count + body.utf8.count)
        withUnsafeBytes(of: UInt32(clamping: subject.utf8.count).bigEndian) {
            both.append(contentsOf: $0)
        }
        both += subject.utf8
        both += body.utf8
        self.content = try content.seal(both, as: SealMark(.body, of: guid))
    }

    /// Opens subject and body.
    static func open(
        _ sealed: [UInt8], of guid: MessageGUID, under content: ContentKey
    ) throws(Fault) -> (subject: String, body: String) {
        let both = try content.open(sealed, as: SealMark(.body, of: guid))
        let length = both.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        guard both.count >= 4 + length else {
            throw Fault(.contentUnreadable, note: "a message's text is malformed")
        }
        return (
            String(decoding: both[4..<4 + length], as: UTF8.self),
            String(decoding: both[(4 + length)...], as: UTF8.self)
        )
    }
}
