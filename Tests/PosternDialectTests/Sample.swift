import PosternModel

/// One foreign unit, where others have a list.
struct SampleUnits: ForeignUnits {
    func contains(_ unit: UnitURL) -> Bool { unit.description == "https://partner.test/" }
}

/// Values that stand for what the corridor would have made.
enum Sample {
    static let decision =
        DecisionID("0123456789abcdef0123456789abcdef") ?? .make(at: Instant(milliseconds: 0))
    /// Faults that are the draft's own: its sender has to change it, and trying again alone would not help.
    static let ofTheDraft: Set<FaultCode> = [.uploadsPending, .contentTooTangled]
    static let policy = PolicyDigest(String(repeating: "ab", count: 32))
    /// 2026-11-21T12:00:00Z.
    static let noon = Instant(milliseconds: 1_795_262_400_000)
    static let midnight = noon.advanced(by: .seconds(43_200))

    static var stamp: DecisionStamp {
        guard let policy else { fatalError("The sample digest is 64 digits.") }
        return DecisionStamp(
            decision: decision, policy: policy,
            quota: QuotaState(
                limit: 50, remaining: 49, startedAt: noon.advanced(by: .seconds(-43_200)),
                resetsAt: midnight))
    }

    static var receipt: SendReceipt? {
        guard let guid = message, let bob = Address("bob@example.com"),
            let carol = Address("carol@example.com"), let phone = Address("+16505551234"),
            let nobody = Handle("nobody")
        else { return nil }
        return SendReceipt(
            guid: guid, number: 25, at: noon,
            recipients: [
                SendReceipt.Recipient(address: bob, handle: Handle("bob")),
                SendReceipt.Recipient(address: carol), SendReceipt.Recipient(address: phone),
            ], unknownHandles: [nobody])
    }

    static func refusal(_ codes: [RefusalCode]) -> Refusal {
        Refusal(
            stamp: stamp,
            objections: codes.map {
                Objection(
                    rule: RuleID(rawValue: "rule.\($0)"), code: $0, sentence: $0.entry.example)
            },
            remedies: codes.contains(.quotaExhausted)
                ? nil : [.removeBannedText(lists: ["clinical-terms"])],
            retryAt: codes.first == .quotaExhausted ? midnight : nil, at: noon)
    }
}
