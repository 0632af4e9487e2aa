public import HTTPTypes
public import PosternModel

/// The fields that every reply about a decision carries, whatever language it is in.
public enum ReplyHeaders {
    /// The fields for an outcome.
    ///
    /// - `Postern-Decision`: the decision's id.
    /// - `Postern-Policy`: the running policy's digest, as `sha-256=` and hexadecimal digits.
    /// - `RateLimit` and `RateLimit-Policy`, where the sender is known: draft-ietf-httpapi-ratelimit-headers-10
    ///   sections 3 and 4. An item each for the day's messages (`daily`) and the people who may be invited in it
    ///   (`invites`), where they are limited. The window `w` is the length of the present day, which is 23 or 25 hours
    ///   at a clock change.
    /// - `Retry-After` in whole seconds, rounded up, where waiting alone helps.
    ///
    /// - Parameters:
    ///   - outcome: How the send ended.
    ///   - now: When the reply is made; `Retry-After` and `t` count from here.
    /// - Returns: The fields, none of which a dialect writes itself.
    public static func fields(for outcome: SendOutcome, now: Instant) -> HTTPFields {
        switch outcome {
        case .accepted(let acceptance): return stamp(acceptance.stamp, now: now)
        case .wouldAccept(let preview): return stamp(preview.stamp, now: now)
        case .scheduled(let scheduling): return stamp(scheduling.stamp, now: now)
        case .obstructed(let obstruction): return stamp(obstruction.stamp, now: now)
        case .refused(let refusal):
            var fields = stamp(refusal.stamp, now: now)
            if let instant = refusal.retryAt {
                fields[.retryAfter] = "\(max(1, seconds(from: now, to: instant)))"
            }
            return fields
        case .failed(let failure): return self.fields(for: failure)
        }
    }

    private static func fields(for failure: Failure) -> HTTPFields {
        var fields = decision(failure.decision)
        fields.append(.policy(failure.policy))
        fields[.retryAfter] = retryAfter(failure.fault)
        return fields
    }

    /// The fields for an operation's outcome: `Postern-Decision`, `Postern-Policy`, and `Retry-After` where waiting alone
    /// helps.
    ///
    /// - Parameters:
    ///   - outcome: How the operation ended.
    ///   - now: When the reply is made; `Retry-After` counts from here.
    /// - Returns: The fields, none of which a dialect writes itself.
    public static func fields(for outcome: OperationOutcome, now: Instant) -> HTTPFields {
        switch outcome {
        case .done(_, let stamp):
            var fields = decision(stamp.decision)
            fields.append(.policy(stamp.policy))
            return fields
        case .refused(_, let stamp):
            var fields = decision(stamp.decision)
            fields.append(.policy(stamp.policy))
            if let instant = stamp.retryAt {
                fields[.retryAfter] = "\(max(1, seconds(from: now, to: instant)))"
            }
            return fields
        case .failed(let failure): return self.fields(for: failure)
        }
    }

    /// The fields for a problem met before any decision.
    public static func fields(for problem: RequestProblem) -> HTTPFields {
        switch problem {
        case .fault(let fault, let id):
            var fields = decision(id)
            fields[.retryAfter] = retryAfter(fault)
            return fields
        case .methodNotAllowed(let allowed):
            return [.allow: allowed.map(\.rawValue).joined(separator: ", ")]
        case .bodyTooLarge, .tooSlow, .unknownRoute: return [:]
        }
    }

    private static func stamp(_ stamp: DecisionStamp, now: Instant) -> HTTPFields {
        var fields = decision(stamp.decision)
        fields.append(.policy(stamp.policy))
        if let quota = stamp.quota {
            let window = seconds(from: quota.startedAt, to: quota.resetsAt)
            let left = seconds(from: now, to: quota.resetsAt)
            var (state, policy) = ("", "")
            func tell(_ name: StaticString, _ limit: Int, _ remaining: Int) {
                guard limit < .max else { return }
                let separator = state.isEmpty ? "" : ", "
                state += "\(separator)\"\(name)\";r=\(bounded(remaining));t=\(left)"
                policy += "\(separator)\"\(name)\";q=\(bounded(limit));w=\(window)"
            }
            tell("daily", quota.limit, quota.remaining)
            if let invites = quota.invites { tell("invites", invites.limit, invites.remaining) }
            guard !state.isEmpty else { return fields }
            fields.append(.once(.rateLimit, state))
            fields.append(HTTPField(name: .rateLimitPolicy, value: policy))
        }
        return fields
    }

    private static func decision(_ id: DecisionID) -> HTTPFields {
        var fields = HTTPFields()
        fields.reserveCapacity(4)
        fields.append(.once(.posternDecision, id.description))
        return fields
    }

    private static func retryAfter(_ fault: Fault) -> String? {
        switch fault.code.entry.retry {
        case .later(let delay): "\(max(1, (delay.wholeMilliseconds + 999) / 1000))"
        case .never, .afterAsking: nil
        }
    }

    /// Whole seconds, rounded up and not below 0: a client that waits this long is never early.
    private static func seconds(from start: Instant, to end: Instant) -> Int {
        let milliseconds = max(0, start.duration(to: end).wholeMilliseconds)
        return bounded(Int(milliseconds / 1000 + (milliseconds % 1000 == 0 ? 0 : 1)))
    }

    /// Structured field integers have at most 15 digits (RFC 9651 section 3.3.1).
    private static func bounded(_ number: Int) -> Int { min(max(0, number), 999_999_999_999_999) }
}

extension HTTPField.Name {
    /// The decision's id.
    public static let posternDecision = known("Postern-Decision")
    /// The running policy's digest.
    public static let posternPolicy = known("Postern-Policy")
    /// What is left of the quota.
    public static let rateLimit = known("RateLimit")
    /// The quota.
    public static let rateLimitPolicy = known("RateLimit-Policy")

    /// The name a constant spells; it must be a token (RFC 9110 section 5.6.2).
    public static func known(_ name: StaticString) -> HTTPField.Name {
        // Proof: a constant that is no token ends the first run that meets it, and no input can reach it.
        // swift-format-ignore: NeverForceUnwrap
        return HTTPField.Name(name.description)!
    }
}

extension HTTPField {
    /// The policy in force, as `sha-256=` and hexadecimal digits.
    public static func policy(_ digest: PolicyDigest) -> HTTPField {
        HTTPField(name: .posternPolicy, value: "sha-256=" + digest.description)
    }

    /// A field whose value will not come again: HTTP/2 then keeps it out of the table of fields both sides remember,
    /// where it would push out those that do.
    public static func once(_ name: Name, _ value: String) -> HTTPField {
        var field = HTTPField(name: name, value: value)
        field.indexingStrategy = .avoid
        return field
    }
}
