public import PosternCoreContract

/// What a delivery core in another process can be asked.
///
/// May be called from several tasks at once. Never throws: what went wrong is an answer.
public protocol CoreCalls: Sendable {
    /// Hands over one delivery.
    func entrust(
        _ delivery: EntrustedDelivery, under key: DeliveryKey
    ) async -> CoreReply<DeliveryState>

    /// Asks how one delivery stands.
    func state(of key: DeliveryKey) async -> CoreReply<DeliveryState>

    /// Asks for one delivery not to leave.
    func withdraw(_ key: DeliveryKey) async -> CoreReply<DeliveryState>

    /// Asks what ended.
    func endings(_ query: EndingsQuery) async -> CoreReply<EndingsPage>

    /// Lets go of connections; called once, after the last answer.
    func close() async
}

/// How asking a core ended.
///
/// Reasons are whole sentences for an operator, without control characters.
public enum CoreReply<Value: Sendable & Equatable>: Sendable, Equatable {
    /// It did what it was asked.
    case said(Value)
    /// It did not, and says why.
    case objected(CoreProblem)
    /// Nobody did: no core was reached, or none that listens to us.
    case unreachable(String)
    /// It may have done it, and gave no answer that says so.
    case unclear(String)
}
