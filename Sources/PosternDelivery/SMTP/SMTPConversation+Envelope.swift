internal import PosternModel

extension SMTPConversation {
    /// What was asked of the relay for the mail in hand, and not answered yet.
    struct Envelope: Sendable, Equatable {
        /// Replies to come, in order.
        var awaited: [EnvelopeStep]
        /// The first no, which decides what becomes of the mail.
        var verdict: Carriage?
    }

    /// The commands before a mail's content.
    enum EnvelopeStep: String, Sendable, Equatable {
        case mail = "MAIL"
        case recipient = "RCPT"
        case data = "DATA"
    }

    /// Names sender and recipient: in one write where the relay takes groups, step by step elsewhere.
    mutating func beginEnvelope(for mail: NotificationMail) -> [Action] {
        if capabilities.pipelining {
            let steps: [EnvelopeStep] = [.mail, .recipient, .data]
            state = .envelope(Envelope(awaited: steps))
            return command(lines: steps.map { line(for: $0, mail) })
        }
        state = .envelope(Envelope(awaited: [.mail]))
        return command(line(for: .mail, mail))
    }

    private func line(for step: EnvelopeStep, _ mail: NotificationMail) -> String {
        switch step {
        case .mail:
            "MAIL FROM:<\(mail.sender)>"
                + (capabilities.size ? " SIZE=\(mail.content.count)" : "")
        case .recipient: "RCPT TO:<\(mail.recipient)>"
        case .data: "DATA"
        }
    }

    /// Takes the reply to the oldest unanswered step.
    mutating func envelopeAnswered(_ reply: SMTPReply, _ envelope: Envelope) -> [Action] {
        guard let mail, let step = envelope.awaited.first else {
            return end("The relay spoke unasked: `\(reply.summary)`")
        }
        var envelope = envelope
        envelope.awaited.removeFirst()
        let isYes = step == .data ? reply.code == 354 : reply.kind == .completed
        if !isYes, envelope.verdict == nil {
            envelope.verdict = verdict(on: reply, to: step.rawValue)
        }

        if step == .data, isYes {
            // RFC 2920 section 3.1: a relay may say 354 although it took no recipient; then a lone dot ends it.
            let bytes = envelope.verdict == nil ? mail.transmission : Array(".\r\n".utf8)
            return transmit(bytes, overriding: envelope.verdict)
        }
        if !envelope.awaited.isEmpty {
            state = .envelope(envelope)
            return []
        }
        if let verdict = envelope.verdict { return reset(verdict) }
        let next: EnvelopeStep = step == .mail ? .recipient : .data
        state = .envelope(Envelope(awaited: [next]))
        return command(line(for: next, mail))
    }

    /// Takes the reply after the final dot.
    mutating func messageAnswered(_ reply: SMTPReply, overriding: Carriage?) -> [Action] {
        if let overriding { return reset(overriding) }
        guard reply.kind == .completed else { return reset(verdict(on: reply, to: "the mail")) }
        mail = nil
        state = .idle
        return [.settled(.taken)]
    }

    private mutating func reset(_ carriage: Carriage) -> [Action] {
        // A relay that has no use for us as we are will say the same to the next mail.
        if case .unreachable(let reason) = carriage { return endEnvelope(reason) }
        state = .resetting(carriage)
        return command("RSET")
    }

    private mutating func endEnvelope(_ reason: String) -> [Action] {
        state = .envelope(Envelope(awaited: []))
        return end(reason)
    }

    private func verdict(on reply: SMTPReply, to command: String) -> Carriage {
        let sentence = "The relay answered \(command) with `\(reply.summary)`"
        switch reply.code {
        // Authentication or encryption required (RFC 4954 section 6, RFC 3207 section 4): the settings
        // are wrong, not the mail.
        case 530, 534, 535, 538: return .unreachable(sentence)
        case 400...499: return .delayed(sentence)
        case 500...599: return .refused(sentence)
        default: return .delayed("\(sentence), which makes no sense there.")
        }
    }
}
