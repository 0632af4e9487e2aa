import PosternCredentials
import PosternModel
import PosternSealing

/// The two keys of a message, as they lie in the ledger.
///
/// The cover key seals what every reader sees in a list: the subject, file names, the reason of a recall. The content key
/// seals the body and the keys of attached files, and is under the message's password where it has one.
///
/// INVARIANT: a row of keys never changes its length and is never deleted. What replaces a key, or destroys it, then
/// overwrites it in its place. A row that grew or went would move its neighbours to other pages, and SQLite leaves what it
/// has moved standing in the old ones: of a few in a thousand keys destroyed that way the bytes could be found again.
struct MessageKeys: Sendable {
    var cover: WrappedKey
    var content: WrappedKey

    init(cover: WrappedKey, content: WrappedKey) {
        self.cover = cover
        self.content = content
    }

    /// Two columns from `start` on.
    init(_ row: Columns, from start: Int32) throws(Fault) {
        cover = try WrappedKey(bytes: row.bytes(start))
        content = try WrappedKey(padded: row.bytes(start + 1))
    }
}

extension KeyVault {
    /// New keys for a message, and how they are kept.
    func makeKeys(
        for guid: MessageGUID
    ) throws(Fault) -> (keys: MessageKeys, cover: ContentKey, content: ContentKey) {
        let (cover, content, master) = (ContentKey.generate(), ContentKey.generate(), current)
        return (
            MessageKeys(
                cover: try WrappedKey(wrapping: cover, for: guid.bytes, under: master),
                content: try WrappedKey(wrapping: content, for: guid.bytes, under: master)),
            cover, content
        )
    }

    /// Keys that were made a moment ago, under the master key that is current now.
    func renew(_ keys: MessageKeys, of guid: MessageGUID) throws(Fault) -> MessageKeys {
        guard keys.cover.masterID != current.id else { return keys }
        return MessageKeys(
            cover: try rewrap(keys.cover, of: guid), content: try rewrap(keys.content, of: guid))
    }

    func unwrap(_ key: WrappedKey, of guid: MessageGUID) throws(Fault) -> ContentKey {
        try key.unwrap(for: guid.bytes, by: keys(with: key.masterID))
    }

    /// Nil when the password's key is not the one.
    func unwrap(
        _ key: WrappedKey, of guid: MessageGUID, with password: PasswordKey
    ) throws(Fault) -> ContentKey? {
        try key.unwrap(for: guid.bytes, by: keys(with: key.masterID), with: password)
    }

    /// Puts a key under the current master key.
    func rewrap(_ key: WrappedKey, of guid: MessageGUID) throws(Fault) -> WrappedKey {
        try key.rewrapped(for: guid.bytes, by: keys(with: key.masterID))
    }

    /// Puts a content key that only the master key guards under a password as well.
    func lock(
        _ key: WrappedKey, of guid: MessageGUID, with password: PasswordKey
    ) throws(Fault) -> WrappedKey {
        try WrappedKey(
            wrapping: try unwrap(key, of: guid), for: guid.bytes, lockedBy: password,
            under: current)
    }
}

extension ContentKey {
    func seal(_ text: String, _ purpose: SealMark.Purpose, of guid: MessageGUID) throws(Fault)
        -> [UInt8]
    {
        try seal(text.utf8, as: SealMark(purpose, of: guid))
    }

    func openText(
        _ sealed: [UInt8], _ purpose: SealMark.Purpose, of guid: MessageGUID
    ) throws(Fault) -> String {
        String(decoding: try open(sealed, as: SealMark(purpose, of: guid)), as: UTF8.self)
    }
}
