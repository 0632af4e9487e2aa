import HTTPTypes
import PosternDialectKit
import PosternModel
import Testing

@Suite struct ReplyHeadersTests {
    private func fields(_ outcome: SendOutcome, at now: Instant = Sample.noon) -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: ReplyHeaders.fields(for: outcome, now: now)
                .map { ($0.name.canonicalName, $0.value) })
    }

    @Test func `a yes carries decision, policy and quota`() {
        let preview = Preview(stamp: Sample.stamp, passwordRequired: false)
        #expect(
            fields(.wouldAccept(preview)) == [
                "postern-decision": "0123456789abcdef0123456789abcdef",
                "postern-policy": "sha-256=" + String(repeating: "ab", count: 32),
                "ratelimit": "\"daily\";r=49;t=43200",
                "ratelimit-policy": "\"daily\";q=50;w=86400",
            ])
    }

    @Test(arguments: [23, 24, 25])
    func `the window is as long as the day is`(_ hours: Int) {
        var stamp = Sample.stamp
        stamp.quota = QuotaState(
            limit: 1, remaining: 0, startedAt: Sample.noon,
            resetsAt: Sample.noon.advanced(by: .seconds(hours * 3600)))
        let headers = fields(.wouldAccept(Preview(stamp: stamp, passwordRequired: false)))
        #expect(headers["ratelimit-policy"] == "\"daily\";q=1;w=\(hours * 3600)")
    }

    @Test func `a used-up quota says when to come back, rounded up`() {
        let refusal = Sample.refusal([.quotaExhausted])
        #expect(fields(.refused(refusal))["retry-after"] == "43200")
        let later = Sample.noon.advanced(by: .milliseconds(1))
        #expect(fields(.refused(refusal), at: later)["retry-after"] == "43200")
        var inviting = Sample.refusal([.invitationRefused])
        inviting.retryAt = Sample.midnight
        #expect(fields(.refused(inviting))["retry-after"] == "43200")
        let afterwards = Sample.midnight.advanced(by: .seconds(60))
        #expect(fields(.refused(refusal), at: afterwards)["retry-after"] == "1")
    }

    @Test(arguments: [RefusalCode.bannedContent, .invitationRefused, .quotaExhausted])
    func `a refusal that waiting does not cure says nothing about time`(_ code: RefusalCode) {
        var refusal = Sample.refusal([code])
        refusal.retryAt = nil
        #expect(fields(.refused(refusal))["retry-after"] == nil)
    }

    @Test(arguments: [
        (20, 3, "\"daily\";r=20;t=43200, \"invites\";r=3;t=43200"),
        (20, Int.max, "\"daily\";r=20;t=43200"), (Int.max, 0, "\"invites\";r=0;t=43200"),
        (Int.max, Int.max, nil),
    ])
    func `every limit of the day has an item, and what is not limited has none`(
        _ messages: Int, _ invites: Int, _ state: String?
    ) {
        var stamp = Sample.stamp
        stamp.quota = QuotaState(
            limit: messages, remaining: messages,
            invites: QuotaState.Allowance(limit: invites, used: 0), startedAt: Sample.noon,
            resetsAt: Sample.midnight)
        let headers = fields(.wouldAccept(Preview(stamp: stamp, passwordRequired: false)))
        #expect(headers["ratelimit"] == state)
        let policy = state?.replacing("r=", with: "q=").replacing("t=", with: "w=")
        #expect(headers["ratelimit-policy"] == policy)
    }

    @Test func `an unknown sender has no quota`() {
        var refusal = Sample.refusal([.sessionInvalid])
        refusal.stamp.quota = nil
        let headers = fields(.refused(refusal))
        #expect(headers["ratelimit"] == nil)
        #expect(headers["postern-decision"] != nil)
    }

    @Test(arguments: FaultCode.allCases)
    func `a fault says when to come back where that helps`(_ code: FaultCode) {
        let failure = Failure(
            decision: Sample.decision, policy: Sample.stamp.policy, fault: Fault(code))
        let delay: String? =
            switch code.entry.retry {
            case .later(let delay): "\(delay.components.seconds)"
            case .never, .afterAsking: nil
            }
        #expect(fields(.failed(failure))["retry-after"] == delay)
        let early = ReplyHeaders.fields(for: .fault(Fault(code), Sample.decision))
        #expect(early[.retryAfter] == delay)
        #expect(early[.posternDecision] == Sample.decision.description)
    }

    @Test func `an operation's answer carries decision and policy, and when to come back`() {
        var stamp = OperationStamp(decision: Sample.decision, policy: Sample.stamp.policy)
        let plain = ReplyHeaders.fields(for: .done(.done, stamp), now: Sample.noon)
        #expect(plain.map(\.name) == [.posternDecision, .posternPolicy])
        stamp.retryAt = Sample.noon.advanced(by: .milliseconds(1500))
        let refusal = OperationRefusal(.own(.signInsUsedUp))
        let refused = ReplyHeaders.fields(for: .refused(refusal, stamp), now: Sample.noon)
        #expect(refused[.retryAfter] == "2")
        let failure = Failure(
            decision: Sample.decision, policy: stamp.policy, fault: Fault(.overloaded))
        #expect(
            ReplyHeaders.fields(for: OperationOutcome.failed(failure), now: Sample.noon)
                == ReplyHeaders.fields(for: SendOutcome.failed(failure), now: Sample.noon))
    }

    @Test func `a wrong method hears the right ones`() {
        #expect(ReplyHeaders.fields(for: .methodNotAllowed([.post, .put]))[.allow] == "POST, PUT")
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"),
            (1_795_262_400_999, "2026-11-21T12:00:00Z"), (951_782_400_000, "2000-02-29T00:00:00Z"),
            (Int64.max, "9999-12-31T23:59:59Z"), (Int64.min, "0001-01-01T00:00:00Z"),
        ] as [(Int64, String)])
    func `instants are written as RFC 3339`(_ milliseconds: Int64, _ text: String) {
        #expect(Instant(milliseconds: milliseconds).rfc3339 == text)
    }
}
