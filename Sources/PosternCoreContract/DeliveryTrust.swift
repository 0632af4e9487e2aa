public import PosternModel

/// What a core does with the deliveries it is entrusted with; the contract's own port.
///
/// What is answered is durable. One order decides between those who withdraw and the couriers.
public protocol DeliveryTrust: Sendable {
    /// Takes a delivery under a key, once.
    func entrust(
        _ delivery: EntrustedDelivery, under key: DeliveryKey, at instant: Instant
    ) async throws(Fault) -> Entrusting

    /// What became of a delivery; nil for a key that was never heard of, or is forgotten.
    func state(of key: DeliveryKey) throws(Fault) -> DeliveryState?

    /// Keeps a delivery from leaving, or from being tried again; a key that nobody has entrusted yet is remembered.
    func withdraw(_ key: DeliveryKey, at instant: Instant) async throws(Fault) -> DeliveryState

    /// The next endings after a number, all up to which need not be told again.
    func endings(_ query: EndingsQuery, at instant: Instant) async throws(Fault) -> EndingsPage
}

/// How entrusting ended.
public enum Entrusting: Sendable, Equatable {
    /// The delivery was taken now.
    case taken(DeliveryState)
    /// The key was known: nothing changed.
    case known(DeliveryState)
    /// The key is known with other content: nothing changed.
    case conflicting
}
