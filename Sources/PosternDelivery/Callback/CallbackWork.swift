internal import Logging
public import PosternModel
public import PosternPipeline

/// What it takes to call back those who wanted to hear what becomes of their messages.
public struct CallbackService: Sendable {
    /// Calls that are owed.
    public var queue: any CallbackQueue
    /// Who makes them.
    public var carrier: any CallbackCarrier
    /// By dialect, what is said of an event.
    public var wordings: [String: @Sendable (DispatchEvent) -> [UInt8]]

    /// Names it.
    public init(
        queue: any CallbackQueue, carrier: any CallbackCarrier,
        wordings: [String: @Sendable (DispatchEvent) -> [UInt8]]
    ) {
        self.queue = queue
        self.carrier = carrier
        self.wordings = wordings
    }
}

/// Makes calls that are owed, a few at a time, each until it is answered with a yes or its life ends.
///
/// Each goes to a host of its client's own: one that is away says nothing about the others, so the lane never rests. A
/// call whose answer was a yes and could not be noted is made again under the same name.
struct CallbackWork: LaneWork {
    let bench: DeliveryBench
    let service: CallbackService
    var name: String { "callback" }
    var lookout: Duration { bench.settings.callbackLookout }

    init(_ bench: DeliveryBench, _ service: CallbackService) {
        self.bench = bench
        self.service = service
    }

    func note(_ change: (inout DeliveryGauges.Figures) -> Void) {
        bench.figures.noteCallbacks(change)
    }

    func nextDue() async throws(Fault) -> Instant? { try await service.queue.nextCallback() }

    func work(_ bell: DeliveryBell) async throws(Fault) -> LaneProgress {
        var waiting = try await service.queue.dueCallbacks(
            at: bench.clock.now(), limit: bench.settings.carrierBatch)[...]
        guard !waiting.isEmpty else { return .idle }
        let fault = await withTaskGroup(of: Fault?.self) { group in
            var fault: Fault?
            func beginNext() {
                guard fault == nil, !bell.isClosed, !Task.isCancelled,
                    let call = waiting.popFirst()
                else { return }
                group.addTask { await see(call) }
            }
            for _ in 0..<bench.settings.webhooksAtOnce { beginNext() }
            for await ending in group {
                fault = fault ?? ending
                beginNext()
            }
            return fault
        }
        if let fault { throw fault }
        return .worked
    }

    /// Sees one call through; says what the ledger failed with.
    private func see(_ call: OwedCallback) async -> Fault? {
        note { $0.underWay += 1 }
        defer { note { $0.underWay -= 1 } }
        let carriage = await carry(call)
        do throws(Fault) {
            try await settle(call, carriage)
            return nil
        } catch {
            return error
        }
    }

    private func carry(_ call: OwedCallback) async -> Carriage {
        guard let url = call.url else { return .refused("Its address cannot be opened.") }
        guard let wording = service.wordings[call.dialect] else {
            return .refused("Nobody words it any more.")
        }
        return await service.carrier.call(
            url, under: "\(call.event.message).callback.\(call.id)", saying: wording(call.event))
    }

    private func settle(_ call: OwedCallback, _ carriage: Carriage) async throws(Fault) {
        switch carriage {
        case .taken, .entrusted:
            try await service.queue.settleCallback(call.id)
            note { $0.delivered += 1 }
        case .refused(let reason): try await giveUp(call, reason)
        case .delayed(let reason), .unreachable(let reason): try await delay(call, reason)
        case .deferred(let reason, let pause): try await delay(call, reason, atLeast: pause)
        case .uncertain(let reason), .failing(let reason):
            note { $0.uncertain += 1 }
            try await delay(call, reason)
        }
    }

    private func delay(
        _ call: OwedCallback, _ reason: String, atLeast asked: Duration = .zero
    ) async throws(Fault) {
        let schedule = bench.settings.callbackRetries
        let pause = schedule.pause(
            afterFailures: call.attempts + 1, chance: bench.chance())
        let until = bench.clock.now().advanced(by: max(pause, min(asked, schedule.longest)))
        guard call.event.at.duration(to: until) <= schedule.longestAge else {
            let hours = schedule.longestAge.components.seconds / 3600
            return try await giveUp(call, "Given up after \(hours) hours. \(reason)")
        }
        try await service.queue.delayCallback(call.id, until: until)
        note { $0.delayed += 1 }
    }

    private func giveUp(_ call: OwedCallback, _ reason: String) async throws(Fault) {
        try await service.queue.settleCallback(call.id)
        note { $0.dead += 1 }
        bench.logger.error(
            "A callback is given up.",
            metadata: [
                "callback": "\(call.id)", "message": "\(call.event.message)",
                "reason": "\(reason)",
            ])
    }
}
