import PosternCoreContract
import PosternDelivery
import PosternModel

/// A delivery core in memory: it keeps the contract, ends deliveries when told to, and fails on request.
actor ScriptedCore: CoreCalls {
    /// What is asked.
    enum Call: CaseIterable, Sendable { case entrust, state, withdraw, endings }

    /// How a call fails.
    enum Failure: CaseIterable, Sendable {
        /// Nobody hears it.
        case unreachable
        /// It is not done, and no answer comes.
        case undone
        /// It is done, and no answer comes.
        case unheard
    }

    private struct Held {
        var delivery: EntrustedDelivery?
        var state: DeliveryState
    }

    private(set) var spool = SpoolID.random()
    private var held: [DeliveryKey: Held] = [:]
    private var ended: [DeliveryEnding] = []
    private var failures: [Call: [Failure]] = [:]
    private var objections: [CoreProblem] = []
    private var inHand: Set<DeliveryKey> = []
    private var isAway = false
    /// Whether deliveries are delivered as they come.
    private let deliversAtOnce: Bool
    /// How often each delivery went out.
    private(set) var carried: [DeliveryKey: Int] = [:]
    /// Keys that were withdrawn, in order.
    private(set) var withdrawn: [DeliveryKey] = []
    /// What was asked after, in order.
    private(set) var asked: [Int64] = []
    private(set) var entrustings = 0
    private(set) var isClosed = false

    init(deliversAtOnce: Bool = true) { self.deliversAtOnce = deliversAtOnce }

    /// Makes the next calls fail, one for each failure given.
    func fail(_ call: Call, _ next: Failure...) { failures[call, default: []] += next }

    /// Objects to the next deliveries.
    func object(_ problems: CoreProblem...) { objections += problems }

    /// Is away, or there again.
    func goAway(_ isAway: Bool = true) { self.isAway = isAway }

    /// Forgets everything, as with a new file.
    func loseEverything(keepingName: Bool = false) {
        held = [:]
        ended = []
        if !keepingName { spool = .random() }
    }

    /// Has a courier take a delivery into its hands: it cannot be withdrawn any more.
    func takeInHand(_ key: DeliveryKey) { inHand.insert(key) }

    /// A courier's word: the delivery has ended.
    func end(
        _ key: DeliveryKey, _ standing: DeliveryState.Standing, reason: String? = nil
    ) {
        guard held[key]?.state.standing == .waiting else { return }
        if standing == .delivered { carried[key, default: 0] += 1 }
        held[key]?.state.standing = standing
        held[key]?.state.reason = reason
        held[key]?.state.endedAt = Samples.start
        ended.append(
            DeliveryEnding(
                number: Int64(ended.count + 1), key: key, standing: standing, reason: reason,
                at: Samples.start))
    }

    /// Where a delivery stands.
    func standing(_ key: DeliveryKey) -> DeliveryState? { held[key]?.state }

    func entrust(
        _ delivery: EntrustedDelivery, under key: DeliveryKey
    ) async -> CoreReply<DeliveryState> {
        entrustings += 1
        if !isAway, !objections.isEmpty { return .objected(objections.removeFirst()) }
        return answer(.entrust) {
            if let known = held[key] {
                guard known.delivery == nil || known.delivery == delivery else {
                    return .objected(CoreProblem(.otherContent))
                }
                return .said(known.state)
            }
            let state = DeliveryState(key: key, standing: .waiting)
            held[key] = Held(delivery: delivery, state: state)
            if deliversAtOnce { end(key, .delivered) }
            return .said(state)
        }
    }

    func state(of key: DeliveryKey) async -> CoreReply<DeliveryState> {
        answer(.state) {
            held[key].map { .said($0.state) } ?? .objected(CoreProblem(.unknownDelivery))
        }
    }

    func withdraw(_ key: DeliveryKey) async -> CoreReply<DeliveryState> {
        answer(.withdraw) {
            withdrawn.append(key)
            guard let known = held[key] else {
                let state = DeliveryState(key: key, standing: .withdrawn, endedAt: Samples.start)
                held[key] = Held(delivery: nil, state: state)
                return .said(state)
            }
            guard known.state.standing == .waiting else { return .said(known.state) }
            if inHand.contains(key) {
                held[key]?.state.isWithdrawing = true
            } else {
                end(key, .withdrawn)
            }
            return .said(held[key]?.state ?? known.state)
        }
    }

    func endings(_ query: EndingsQuery) async -> CoreReply<EndingsPage> {
        asked.append(query.after)
        return answer(.endings) {
            .said(
                EndingsPage(
                    spool: spool, last: Int64(ended.count),
                    endings: Array(ended.filter { $0.number > query.after }.prefix(query.limit))))
        }
    }

    func close() async { isClosed = true }

    private func answer<Value>(
        _ call: Call, _ act: () -> CoreReply<Value>
    ) -> CoreReply<Value> {
        if isAway { return .unreachable("Nobody there.") }
        var failure: Failure?
        if failures[call]?.isEmpty == false { failure = failures[call]?.removeFirst() }
        switch failure {
        case nil: return act()
        case .unreachable: return .unreachable("Nobody there.")
        case .undone: return .unclear("No answer.")
        case .unheard:
            _ = act()
            return .unclear("No answer.")
        }
    }
}
