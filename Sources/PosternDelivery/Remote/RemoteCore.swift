internal import Logging
internal import PosternModel
public import PosternPipeline

/// A delivery core in another process, and what it carries for this one.
public struct RemoteCore: Sendable {
    /// Asks it.
    public var calls: any CoreCalls
    /// Where it is noted what it has.
    public var rows: any EntrustedRows
    /// Whose rows it carries.
    public var carries: Set<OutboxRow.Courier>

    /// Names it.
    public init(
        calls: any CoreCalls, rows: any EntrustedRows, carries: Set<OutboxRow.Courier>
    ) {
        self.calls = calls
        self.rows = rows
        self.carries = carries
    }

    /// The work of handing it one courier's rows.
    func work(
        for courier: OutboxRow.Courier, _ bench: DeliveryBench,
        ended: @escaping @Sendable () -> Void
    ) -> CarrierWork {
        CarrierWork(
            bench, courier: courier, carrier: RemoteCoreCourier(calls: calls),
            atOnce: bench.settings.webhooksAtOnce,
            outageNotice: "The delivery core cannot be used; what it carries waits.",
            entrusted: rows, settled: ended)
    }
}
