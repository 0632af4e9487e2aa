import Crypto
import PosternCoreContract
import PosternModel
import PosternSealing

/// A delivery on its way into the spool: sealed under a key of its own, and bound to the key it was entrusted under.
struct SealedDelivery: Sendable {
    /// What lies in the spool.
    let content: [UInt8]
    private let name: [UInt8]
    private let key: ContentKey

    /// Seals a delivery's bytes.
    init(_ bytes: [UInt8], under key: DeliveryKey) throws(Fault) {
        self.key = .generate()
        name = Self.name(of: key)
        content = try self.key.seal(bytes, as: try Self.mark(name))
    }

    /// Its key as it lies in the spool; made within the transaction that stores it (``KeyVault``).
    func wrappedKey(by vault: KeyVault) throws(Fault) -> WrappedKey {
        try WrappedKey(wrapping: key, for: name, under: vault.current)
    }

    /// Opens a delivery where it was found.
    ///
    /// - Throws: ``FaultCode/contentUnreadable`` for one that was changed, moved, or sealed under a key that is not there.
    static func open(
        _ content: [UInt8], _ key: WrappedKey, of delivery: DeliveryKey, _ vault: KeyVault
    ) throws(Fault) -> EntrustedDelivery {
        let name = name(of: delivery)
        let opened = try key.unwrap(for: name, by: vault.keys(with: key.masterID))
            .open(content, as: try mark(name))
        do throws(ContractProblem) { return try EntrustedDelivery(json: opened) } catch {
            throw Fault(.contentUnreadable, note: "a delivery is none: \(error.sentence)")
        }
    }

    /// Puts a delivery's key under the current master key.
    static func rewrap(
        _ key: WrappedKey, of delivery: DeliveryKey, _ vault: KeyVault
    ) throws(Fault) -> WrappedKey {
        try key.rewrapped(for: name(of: delivery), by: vault.keys(with: key.masterID))
    }

    /// The 16 bytes that its key and content are bound to.
    private static func name(of key: DeliveryKey) -> [UInt8] {
        Array(SHA256.hash(data: Array(key.description.utf8)).prefix(16))
    }

    private static func mark(_ name: [UInt8]) throws(Fault) -> SealMark {
        guard let mark = SealMark(.delivery, of: name) else {
            throw Fault(.contentUnreadable, note: "a delivery's name has not 16 bytes")
        }
        return mark
    }
}
