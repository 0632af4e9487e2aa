internal import Foundation
internal import PosternModel

/// One client's side of an SMTP session as a state machine: bytes and events in, actions out, no I/O.
///
/// INVARIANT: every reply taken was asked for. Bytes beyond the replies that are owed end the session
/// unread; that is also what shuts out replies smuggled in between STARTTLS and the handshake.
struct SMTPConversation: Sendable {
    /// What the owner of the connection must do, in order.
    enum Action: Sendable, Equatable {
        /// Write these bytes.
        case send([UInt8])
        /// Start the TLS handshake now, before reading on.
        case startTLS
        /// Call ``SMTPConversation/timeOut()`` unless another phase begins within the limit of this one.
        case begin(SMTPPhase)
        /// The session takes mail now.
        case ready
        /// The session never came to take mail, or broke between mails; the reason is a sentence.
        case failed(String)
        /// The mail in hand is done with.
        case settled(Carriage)
        /// Close the connection.
        case close
    }

    /// Where the session stands.
    enum State: Sendable, Equatable {
        case unconnected
        case greeting
        case hello
        case oldHello
        case startTLS
        case handshake(then: AfterHandshake)
        case authentication(AuthenticationStep)
        case idle
        case envelope(Envelope)
        case message(overriding: Carriage?)
        case resetting(Carriage)
        case quitting
        case closed
    }

    enum AfterHandshake: Sendable, Equatable { case greeting, hello }
    enum AuthenticationStep: Sendable, Equatable {
        case plainPrompt, loginUser, loginPassword, verdict
    }

    /// How the session is to be opened.
    struct Plan: Sendable {
        var security: SMTPSettings.Security
        var helloName: String
        var credentials: SMTPCredentials?
    }

    let plan: Plan
    var state = State.unconnected
    var capabilities = SMTPCapabilities()
    var mail: NotificationMail?
    /// The session is protected by TLS.
    private(set) var isSecure = false
    private var parser = SMTPReplyParser()
    private var owed = 0

    init(plan: Plan) { self.plan = plan }

    /// Whether another mail may be submitted.
    var isIdle: Bool { state == .idle }

    // MARK: Events

    /// The TCP connection stands.
    mutating func connected() -> [Action] {
        guard state == .unconnected else { return [] }
        if plan.security == .implicitTLS {
            state = .handshake(then: .greeting)
            return [.begin(.handshake)]
        }
        return awaitGreeting()
    }

    /// The TLS handshake is complete and the certificate was verified.
    mutating func secured() -> [Action] {
        guard case .handshake(let next) = state else { return [] }
        isSecure = true
        // RFC 3207 section 4.2: forget all that was learnt before.
        capabilities = SMTPCapabilities()
        switch next {
        case .greeting: return awaitGreeting()
        case .hello: return sayHello()
        }
    }

    /// Bytes came from the relay.
    mutating func receive(_ bytes: some Collection<UInt8>) -> [Action] {
        var actions: [Action] = []
        var remaining = bytes.count
        for byte in bytes {
            remaining -= 1
            switch state {
            case .closed: return actions
            case .unconnected, .handshake:
                return actions + end("The relay sent plaintext where TLS was to begin.")
            default: break
            }
            let reply: SMTPReply?
            do throws(SMTPReplyParser.Malformed) {
                reply = try parser.consume(byte)
            } catch {
                return actions + end(error.rawValue)
            }
            guard let reply else { continue }
            actions += take(reply, hasSurplus: remaining > 0)
        }
        return actions
    }

    /// The connection broke or was closed; `reason` is a sentence.
    mutating func lost(_ reason: String) -> [Action] {
        if state == .quitting { return close() }
        return end(reason)
    }

    /// The present phase took longer than its limit.
    mutating func timeOut() -> [Action] {
        if state == .quitting { return close() }
        return end("The relay did not answer in time (\(phaseName)).")
    }

    /// Takes a mail in hand; the session must be idle.
    mutating func submit(_ mail: NotificationMail) -> [Action] {
        guard state == .idle else {
            return [.settled(.unreachable("The connection to the relay is busy or closed."))]
        }
        if let most = capabilities.largestMail, mail.content.count > most {
            return [
                .settled(
                    .refused(
                        "The mail is \(mail.content.count) bytes long; the relay takes at most \(most)."
                    ))
            ]
        }
        self.mail = mail
        return beginEnvelope(for: mail)
    }

    /// Ends an idle session politely, any other at once.
    mutating func quit() -> [Action] {
        guard state == .idle else { return end("Postern is stopping.") }
        state = .quitting
        return command("QUIT", phase: .quit)
    }

    // MARK: Replies

    private mutating func take(_ reply: SMTPReply, hasSurplus: Bool) -> [Action] {
        guard owed > 0 else {
            return end("The relay spoke unasked: `\(reply.summary)`")
        }
        owed -= 1
        let isSurplus = hasSurplus && owed == 0
        if isSurplus {
            // The verdict on a mail counts even when the relay hangs up in the same breath (`250`, then `421`).
            guard case .message = state else {
                return end("The relay sent more replies than it was asked for.")
            }
        }
        let actions = answer(reply)
        guard isSurplus, state != .closed else { return actions }
        let verdict = actions.filter { if case .settled = $0 { true } else { false } }
        return verdict + end("The relay sent more replies than it was asked for.")
    }

    private mutating func answer(_ reply: SMTPReply) -> [Action] {
        if reply.code == 421, state != .quitting {
            return end("The relay is closing: `\(reply.summary)`", answered: true)
        }
        switch state {
        case .greeting:
            return reply.code == 220
                ? sayHello() : end("The relay turned us away: `\(reply.summary)`")
        case .hello: return helloAnswered(reply)
        case .oldHello:
            guard reply.code == 250 else {
                return end("The relay refused our greeting: `\(reply.summary)`")
            }
            return greeted()
        case .startTLS:
            guard reply.code == 220 else {
                return end("The relay refused STARTTLS: `\(reply.summary)`")
            }
            state = .handshake(then: .hello)
            return [.startTLS, .begin(.handshake)]
        case .authentication(let step): return authenticationAnswered(reply, at: step)
        case .envelope(let envelope): return envelopeAnswered(reply, envelope)
        case .message(let overriding): return messageAnswered(reply, overriding: overriding)
        case .resetting(let carriage):
            mail = nil
            guard reply.kind == .completed else { return [.settled(carriage)] + close() }
            state = .idle
            return [.settled(carriage)]
        case .quitting: return close()
        case .unconnected, .handshake, .idle, .closed:
            return end("The relay spoke unasked: `\(reply.summary)`")
        }
    }

    // MARK: Opening

    private mutating func awaitGreeting() -> [Action] {
        state = .greeting
        owed = 1
        return [.begin(.greeting)]
    }

    private mutating func sayHello() -> [Action] {
        state = .hello
        return command("EHLO \(plan.helloName)")
    }

    private mutating func helloAnswered(_ reply: SMTPReply) -> [Action] {
        if reply.code == 250 {
            capabilities = SMTPCapabilities(reply)
            return greeted()
        }
        // "What is EHLO?" (RFC 5321 section 4.2.4) and not a refusal. A relay that knows no EHLO has no TLS
        // to offer either, so HELO is of use only where none is asked for.
        guard [500, 502, 504].contains(reply.code), plan.security == .plaintextOnLoopback else {
            return end("The relay refused our greeting: `\(reply.summary)`")
        }
        state = .oldHello
        return command("HELO \(plan.helloName)")
    }

    private mutating func greeted() -> [Action] {
        if plan.security == .startTLS, !isSecure {
            guard capabilities.startTLS else {
                return end("The relay offers no STARTTLS, which the settings demand.")
            }
            state = .startTLS
            return command("STARTTLS")
        }
        guard let credentials = plan.credentials else { return becomeIdle() }
        guard isSecure else { return end("A password is never sent without TLS.") }
        return authenticate(credentials)
    }

    private mutating func authenticate(_ credentials: SMTPCredentials) -> [Action] {
        if capabilities.mechanisms.contains("PLAIN") {
            let response = plainResponse(credentials)
            // RFC 5321 section 4.5.3.1.4: command lines end at 512 bytes; longer ones wait for the prompt.
            if "AUTH PLAIN \(response)\r\n".utf8.count <= 512 {
                state = .authentication(.verdict)
                return command("AUTH PLAIN \(response)")
            }
            state = .authentication(.plainPrompt)
            return command("AUTH PLAIN")
        }
        if capabilities.mechanisms.contains("LOGIN") {
            state = .authentication(.loginUser)
            return command("AUTH LOGIN")
        }
        return end("The relay offers neither AUTH PLAIN nor AUTH LOGIN.")
    }

    private mutating func authenticationAnswered(
        _ reply: SMTPReply, at step: AuthenticationStep
    ) -> [Action] {
        if step == .verdict, reply.code == 235 { return becomeIdle() }
        guard step != .verdict, reply.code == 334, let credentials = plan.credentials else {
            return end("The relay refused the user or password: `\(reply.summary)`")
        }
        switch step {
        case .plainPrompt:
            state = .authentication(.verdict)
            return command(plainResponse(credentials))
        case .loginUser:
            state = .authentication(.loginPassword)
            return command(Data(credentials.user.utf8).base64EncodedString())
        case .loginPassword, .verdict:
            state = .authentication(.verdict)
            return command(
                credentials.password.withExposed { Data($0.utf8).base64EncodedString() })
        }
    }

    private func plainResponse(_ credentials: SMTPCredentials) -> String {
        credentials.password.withExposed { password in
            Data("\0\(credentials.user)\0\(password)".utf8).base64EncodedString()
        }
    }

    private mutating func becomeIdle() -> [Action] {
        state = .idle
        return [.ready]
    }

    // MARK: Saying and ending

    mutating func command(_ text: String, phase: SMTPPhase = .command) -> [Action] {
        command(lines: [text], phase: phase)
    }

    mutating func command(lines: [String], phase: SMTPPhase = .command) -> [Action] {
        owed += lines.count
        return [.send(Array((lines.joined(separator: "\r\n") + "\r\n").utf8)), .begin(phase)]
    }

    /// Hands the whole mail over; from here on silence means that it may have been taken.
    mutating func transmit(_ bytes: [UInt8], overriding: Carriage?) -> [Action] {
        state = .message(overriding: overriding)
        owed += 1
        return [.send(bytes), .begin(.message)]
    }

    /// Ends the session for a reason, which is a sentence, settling the mail in hand.
    ///
    /// `answered` says that the relay said no in words, so that a mail handed over was not taken.
    mutating func end(_ reason: String, answered: Bool = false) -> [Action] {
        guard state != .closed else { return [] }
        var actions: [Action] = []
        switch state {
        case .message(overriding: nil) where !answered:
            actions.append(
                .settled(
                    .uncertain(
                        "\(reason) The mail was handed over before that and may arrive twice.")))
        case .message(overriding: let carriage?), .resetting(let carriage):
            actions.append(.settled(carriage))
        case .envelope, .message: actions.append(.settled(.unreachable(reason)))
        default: actions.append(.failed(reason))
        }
        return actions + close()
    }

    private mutating func close() -> [Action] {
        state = .closed
        mail = nil
        return [.close]
    }

    private var phaseName: String {
        switch state {
        case .unconnected: "connecting"
        case .greeting: "its greeting"
        case .hello, .oldHello: "EHLO"
        case .startTLS: "STARTTLS"
        case .handshake: "the TLS handshake"
        case .authentication: "AUTH"
        case .envelope(let envelope): envelope.awaited.first?.rawValue ?? "MAIL"
        case .message: "the end of the mail"
        case .resetting: "RSET"
        case .idle, .quitting, .closed: "QUIT"
        }
    }
}

/// The stretches of a conversation that have a time limit of their own.
enum SMTPPhase: Sendable, Equatable {
    /// The TLS handshake.
    case handshake
    /// Waiting for the relay's first words.
    case greeting
    /// A command or a group of commands.
    case command
    /// From the mail's first byte to the answer after its last.
    case message
    /// The farewell.
    case quit

    /// The limit of this phase.
    func limit(in limits: SMTPTimeLimits) -> Duration {
        switch self {
        case .handshake: limits.connect
        case .greeting: limits.greeting
        case .command: limits.command
        case .message: limits.message
        case .quit: limits.quit
        }
    }
}
