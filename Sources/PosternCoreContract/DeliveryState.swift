import PosternDialectKit
public import PosternModel

/// What became of a delivery so far.
public struct DeliveryState: Sendable, Equatable {
    /// Where a delivery stands; the raw values are the contract's words.
    public enum Standing: String, Sendable, CaseIterable {
        /// It is to be carried, or is being carried.
        case waiting
        /// The other side took it.
        case delivered
        /// It was given up.
        case undelivered
        /// It was withdrawn before it left, or before it came.
        case withdrawn
    }

    /// The delivery.
    public var key: DeliveryKey
    /// Where it stands.
    public var standing: Standing
    /// It was withdrawn while a courier had it in hand: should that fail, it is not tried again.
    public var isWithdrawing: Bool
    /// How often it was tried.
    public var attempts: Int
    /// Why it was put off last, or given up: a whole sentence for an operator.
    public var reason: String?
    /// When it ended; nil while it waits.
    public var endedAt: Instant?

    /// Makes a state.
    public init(
        key: DeliveryKey, standing: Standing, isWithdrawing: Bool = false, attempts: Int = 0,
        reason: String? = nil, endedAt: Instant? = nil
    ) {
        self.key = key
        self.standing = standing
        self.isWithdrawing = isWithdrawing
        self.attempts = attempts
        self.reason = reason
        self.endedAt = endedAt
    }
}

extension DeliveryState {
    /// Reads the body of an answer.
    ///
    /// Members it does not know are passed over: a newer core may have more to say.
    ///
    /// - Throws: The first thing that is wrong.
    public init(json bytes: [UInt8]) throws(ContractProblem) {
        var members = try ContractMembers(bytes)
        key = try members.value("key") { DeliveryKey($0) }
        standing = try members.value("state") { Standing(rawValue: $0) }
        isWithdrawing = try members.truthIfPresent("withdrawing") ?? false
        attempts = Int(try members.number("attempts", in: 0...Int64(Int32.max)))
        reason = try members.textIfPresent("reason")
        endedAt = try members.valueIfPresent("endedAt") { Instant(contractText: $0) }
    }

    /// The body of an answer.
    public var json: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("key", key.description)
            json.member("state", standing.rawValue)
            if isWithdrawing { json.member("withdrawing", true) }
            json.member("attempts", attempts)
            json.member("reason", ifPresent: reason)
            json.member("endedAt", ifPresent: endedAt?.contractText)
        }
        return json.bytes
    }
}
