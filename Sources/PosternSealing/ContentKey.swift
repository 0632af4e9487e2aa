import Crypto
import Foundation
public import PosternModel

/// The key of one message or one attachment: 32 random bytes, in the clear only while they are used.
///
/// In the ledger it lies as a ``WrappedKey``. Its memory is wiped when the last copy is let go.
public struct ContentKey: Sendable, Equatable, Concealed {
    /// How many bytes a key has.
    static let byteCount = 32
    /// How many bytes longer something is when it is sealed.
    public static let overhead = GaloisCounter.overhead

    let key: SymmetricKey

    /// Draws a new key from the system's secure random source.
    public static func generate() -> ContentKey { ContentKey(SymmetricKey(size: .bits256)) }

    init(_ key: SymmetricKey) { self.key = key }

    /// Wraps opened bytes; nil for another count.
    init?(_ bytes: Data) {
        guard bytes.count == Self.byteCount else { return nil }
        self.init(SymmetricKey(data: bytes))
    }

    /// Seals bytes for one place; the same bytes look different each time.
    ///
    /// How long they are shows. One key seals at most 2³² times.
    ///
    /// - Throws: ``FaultCode/contentUnreadable`` when the cryptographic library fails.
    public func seal(
        _ bytes: some Collection<UInt8>, as mark: SealMark
    ) throws(Fault) -> [UInt8] {
        try GaloisCounter.seal(Array(bytes), under: key, authenticating: mark.bytes)
    }

    /// Opens what was sealed for a place.
    ///
    /// - Throws: ``FaultCode/contentUnreadable`` when it was sealed under another key or for another place, or any
    ///   bit of it has changed; which of these, nobody can tell.
    public func open(
        _ sealed: some Collection<UInt8>, as mark: SealMark
    ) throws(Fault) -> [UInt8] {
        guard
            let bytes = GaloisCounter.open(
                Array(sealed), under: key, authenticating: mark.bytes)
        else {
            throw Fault(
                .contentUnreadable,
                note: "sealed content was changed, moved, or sealed under another key")
        }
        return Array(bytes)
    }

    /// What tells bytes from others, for whoever has the key, and says nothing about them to anybody else.
    ///
    /// A key that makes fingerprints (HMAC-SHA256) should seal nothing.
    public func fingerprint(of bytes: some Collection<UInt8>) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(bytes), using: key))
    }

    /// Seals another key, that of a file which belongs to the message whose key this is.
    ///
    /// - Throws: ``FaultCode/contentUnreadable`` when the cryptographic library fails.
    public func seal(_ inner: ContentKey, as mark: SealMark) throws(Fault) -> [UInt8] {
        try seal(inner.key.withUnsafeBytes { Array($0) }, as: mark)
    }

    /// Opens another key.
    ///
    /// - Throws: As ``open(_:as:)``, and when what was sealed is no key.
    public func openKey(
        _ sealed: some Collection<UInt8>, as mark: SealMark
    ) throws(Fault) -> ContentKey {
        guard let key = ContentKey(Data(try open(sealed, as: mark))) else {
            throw Fault(.contentUnreadable, note: "what was sealed is no key")
        }
        return key
    }
}
