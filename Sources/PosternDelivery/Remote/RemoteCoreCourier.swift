internal import PosternCoreContract
internal import PosternModel
internal import PosternPipeline

/// Hands rows to a delivery core in another process, which carries them from there.
///
/// A row that it takes is on its disk. Whatever is lost on the way, the row is handed over again under the same key, and the
/// core says how it stands.
struct RemoteCoreCourier: Carrier {
    let calls: any CoreCalls

    func carry(_ row: OutboxRow) async -> Carriage {
        let delivery: EntrustedDelivery
        do throws(WebhookCall.Unwritable) { delivery = try EntrustedDelivery(row) } catch {
            return .refused(error.reason)
        }
        let key = DeliveryKey(of: row.message, row: row.id)
        switch await calls.entrust(delivery, under: key) {
        case .said(let state):
            guard state.key == key else {
                return .failing("The delivery core answered for another delivery.")
            }
            return .entrusted(state.word)
        case .objected(let problem): return Self.carriage(problem)
        case .unreachable(let reason): return .unreachable(reason)
        case .unclear(let reason): return .failing(reason)
        }
    }

    /// The connections are the talk's as well, and closed with it.
    func close() async {}

    private static func carriage(_ problem: CoreProblem) -> Carriage {
        let sentence = "The delivery core did not take it: \(problem.detail)"
        switch problem.name {
        // It has had this delivery in an earlier wording, and what became of that one is what it will tell.
        case .otherContent: return .entrusted(.waiting(isWithdrawing: false))
        // Nothing is kept. What is wrong concerns all of the courier's rows, and is for an operator to mend.
        case .keyRefused, .noSuchCourier, .unknownRoute, .methodNotAllowed, .mediaType,
            .unknownDelivery, .expectationUnknown, .headTooLarge:
            return .unreachable(sentence)
        case .unreadable, .tooLarge, .targetTooLong: return .refused(sentence)
        case .failed, .unavailable, .tooSlow: return .failing(sentence)
        }
    }
}

extension EntrustedDelivery {
    /// Writes the delivery of a row.
    init(_ row: OutboxRow) throws(WebhookCall.Unwritable) {
        if let reason = row.withheld { throw .withheld(reason) }
        let content: Content
        switch (row.courier, row.recipient) {
        case (.smtp, .email(let address)):
            guard let mail = row.notification else { throw .nothingToSay }
            content = .mail(
                EntrustedMail(subject: mail.subject, text: mail.text, html: mail.html), to: address)
        case (.webhook, .phone(let phone)):
            guard let text = row.text, let sender = row.sender else { throw .nothingToSay }
            content = .text(text, to: phone, from: sender)
        default: throw .recipient
        }
        self.init(message: row.message, acceptedAt: row.acceptedAt, content: content)
    }
}

extension DeliveryState {
    /// What it says of a row.
    var word: CoreWord.Standing {
        CoreWord.Standing(standing, isWithdrawing: isWithdrawing, reason: reason, at: endedAt)
    }
}

extension CoreWord.Standing {
    /// Reads where the contract says that a delivery stands.
    ///
    /// - Parameters:
    ///   - standing: Where it stands.
    ///   - isWithdrawing: It is to be tried no more.
    ///   - reason: Why it was given up; another process wrote it, so that it is made fit for a line, and shortened.
    ///   - instant: When it ended; the latest there is when it does not say.
    init(
        _ standing: DeliveryState.Standing, isWithdrawing: Bool = false, reason: String?,
        at instant: Instant?
    ) {
        let end = instant ?? Instant(milliseconds: .max)
        switch standing {
        case .waiting: self = .waiting(isWithdrawing: isWithdrawing)
        case .delivered: self = .delivered(at: end)
        case .withdrawn: self = .withdrawn(at: end)
        case .undelivered:
            let words = reason.map { RelayWords.shortened(RelayWords.escaped($0.utf8)) }
            self = .undelivered(words ?? "The delivery core gave it up.", at: end)
        }
    }
}
