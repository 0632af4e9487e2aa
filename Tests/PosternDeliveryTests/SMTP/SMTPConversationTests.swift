import PosternModel
import PosternTesting
import Testing

@testable import PosternDelivery

/// Whole conversations without a socket, their bytes whole, halved and dripped.
@Suite struct SMTPConversationTests {
    /// One conversation as text.
    ///
    /// `S:` the relay says, `C:` we say, `<mail>` being the mail's bytes and `#` their number, `!` an event.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let security: SMTPSettings.Security
        let signsIn: Bool
        let script: String
        /// What came of it: `ready`, and then a carriage or failure, by its first words.
        let outcomes: [String]
    }

    static let greeted = """
        S: 220 relay ESMTP
        C: EHLO gate.example
        S: 250 relay
        """
    static let pipelined = """
        S: 220 relay ESMTP
        C: EHLO gate.example
        S: 250-relay
        S: 250-SIZE 100000
        S: 250 PIPELINING
        !mail
        """

    static let cases: [Case] = [
        Case(
            testDescription: "step by step, then a second mail", security: .plaintextOnLoopback,
            signsIn: false,
            script: greeted + """

                !mail
                C: MAIL FROM:<postern@here.example>
                S: 250 ok
                C: RCPT TO:<pat@there.example>
                S: 251 will forward
                C: DATA
                S: 354 go on
                C: <mail>
                S: 250 2.0.0 kept
                !mail
                C: MAIL FROM:<postern@here.example>
                S: 250 ok
                """, outcomes: ["ready", "taken"]),
        Case(
            testDescription: "pipelined", security: .plaintextOnLoopback, signsIn: false,
            script: pipelined + """

                C: MAIL FROM:<postern@here.example> SIZE=#
                C: RCPT TO:<pat@there.example>
                C: DATA
                S: 250 ok
                S: 250 ok
                S: 354 go on
                C: <mail>
                S: 250 2.0.0 kept
                """, outcomes: ["ready", "taken"]),
        Case(
            testDescription: "pipelined, recipient refused, DATA taken all the same",
            security: .plaintextOnLoopback,
            signsIn: false,
            script: pipelined + """

                C: MAIL FROM:<postern@here.example> SIZE=#
                C: RCPT TO:<pat@there.example>
                C: DATA
                S: 250 ok
                S: 550 5.1.1 nobody
                S: 354 go on
                C: .
                S: 554 no recipients
                C: RSET
                S: 250 ok
                """,
            outcomes: ["ready", "refused The relay answered RCPT with `550 5.1.1 nobody`"]),
        Case(
            testDescription: "pipelined, sender put off, the rest refused for it",
            security: .plaintextOnLoopback,
            signsIn: false,
            script: pipelined + """

                C: MAIL FROM:<postern@here.example> SIZE=#
                C: RCPT TO:<pat@there.example>
                C: DATA
                S: 451 4.3.0 not now
                S: 503 no sender
                S: 503 no recipient
                C: RSET
                S: 250 ok
                """,
            outcomes: ["ready", "delayed The relay answered MAIL with `451 4.3.0 not now`"]),
        Case(
            testDescription: "STARTTLS, capabilities forgotten, AUTH PLAIN", security: .startTLS,
            signsIn: true,
            script: """
                S: 220 relay
                C: EHLO gate.example
                S: 250-relay
                S: 250-AUTH LOGIN
                S: 250 STARTTLS
                C: STARTTLS
                S: 220 go ahead
                !tls
                C: EHLO gate.example
                S: 250-relay
                S: 250 AUTH LOGIN PLAIN
                C: AUTH PLAIN AHVzZXIAcGFzcw==
                S: 235 welcome
                """, outcomes: ["ready"]),
        Case(
            testDescription: "TLS from the first byte, AUTH LOGIN in its old spelling",
            security: .implicitTLS,
            signsIn: true,
            script: """
                !tls
                S: 220 relay
                C: EHLO gate.example
                S: 250-relay
                S: 250 AUTH=LOGIN
                C: AUTH LOGIN
                S: 334 VXNlcm5hbWU6
                C: dXNlcg==
                S: 334 UGFzc3dvcmQ6
                C: cGFzcw==
                S: 235 welcome
                """, outcomes: ["ready"]),
        Case(
            testDescription: "no STARTTLS where it is demanded", security: .startTLS, signsIn: true,
            script: greeted, outcomes: ["failed The relay offers no STARTTLS"]),
        Case(
            testDescription: "a password and no TLS", security: .plaintextOnLoopback, signsIn: true,
            script: greeted, outcomes: ["failed A password is never sent without TLS."]),
        Case(
            testDescription: "a relay that knows HELO only", security: .plaintextOnLoopback,
            signsIn: false,
            script: """
                S: 220 relay
                C: EHLO gate.example
                S: 502 what
                C: HELO gate.example
                S: 250 relay
                """, outcomes: ["ready"]),
        Case(
            testDescription: "421 instead of a yes to the mail", security: .plaintextOnLoopback,
            signsIn: false,
            script: pipelined + """

                C: MAIL FROM:<postern@here.example> SIZE=#
                C: RCPT TO:<pat@there.example>
                C: DATA
                S: 250 ok
                S: 250 ok
                S: 354 go on
                C: <mail>
                S: 421 4.3.2 shutting down
                """,
            outcomes: ["ready", "unreachable The relay is closing: `421 4.3.2 shutting down`"]),
        Case(
            testDescription: "connection lost after the final dot", security: .plaintextOnLoopback,
            signsIn: false,
            script: pipelined + """

                C: MAIL FROM:<postern@here.example> SIZE=#
                C: RCPT TO:<pat@there.example>
                C: DATA
                S: 250 ok
                S: 250 ok
                S: 354 go on
                C: <mail>
                !lost
                """, outcomes: ["ready", "uncertain Gone."]),
        Case(
            testDescription: "authentication demanded too late", security: .plaintextOnLoopback,
            signsIn: false,
            script: greeted + """

                !mail
                C: MAIL FROM:<postern@here.example>
                S: 530 5.7.0 authenticate
                """,
            outcomes: [
                "ready", "unreachable The relay answered MAIL with `530 5.7.0 authenticate`",
            ]),
    ]

    /// How a relay's bytes arrive.
    enum Pace: CaseIterable, Sendable { case whole, halved, dripped }

    @Test(arguments: cases, Pace.allCases)
    func `a conversation goes as written`(_ example: Case, _ pace: Pace) throws {
        let mail = try NotificationMail(
            row: Samples.row(1), sender: Samples.address("postern@here.example"), senderName: "")
        var conversation = SMTPConversation(
            plan: .init(
                security: example.security, helloName: "gate.example",
                credentials: example.signsIn
                    ? SMTPCredentials(user: "user", password: Secret("pass")) : nil))
        var sent: [UInt8] = []
        var outcomes: [String] = []
        func note(_ actions: [SMTPConversation.Action]) {
            for action in actions {
                switch action {
                case .send(let bytes): sent += bytes
                case .ready: outcomes.append("ready")
                case .failed(let reason): outcomes.append("failed \(reason)")
                case .settled(let carriage): outcomes.append(Self.words(carriage))
                case .begin, .startTLS, .close: break
                }
            }
        }
        note(conversation.connected())
        var incoming: [UInt8] = []
        func deliver() {
            let pieces: [ArraySlice<UInt8>] =
                switch pace {
                case .whole: [incoming[...]]
                case .halved:
                    [incoming.prefix(incoming.count / 2), incoming.dropFirst(incoming.count / 2)]
                case .dripped: incoming.indices.map { incoming[$0...$0] }
                }
            incoming = []
            for piece in pieces where !piece.isEmpty { note(conversation.receive(piece)) }
        }
        for line in example.script.split(separator: "\n") {
            if line.hasPrefix("S: ") {
                incoming += Array((line.dropFirst(3) + "\r\n").utf8)
                continue
            }
            deliver()
            switch line {
            case "!tls": note(conversation.secured())
            case "!mail": note(conversation.submit(mail))
            case "!lost": note(conversation.lost("Gone."))
            default:
                let said = line.dropFirst(3).replacing("#", with: "\(mail.content.count)")
                let expected = said == "<mail>" ? mail.transmission : Array((said + "\r\n").utf8)
                let start = String(decoding: sent.prefix(expected.count), as: UTF8.self)
                #expect(start == String(decoding: expected, as: UTF8.self))
                sent.removeFirst(min(expected.count, sent.count))
            }
        }
        deliver()
        #expect(outcomes.count == example.outcomes.count, "\(outcomes)")
        for (outcome, expected) in zip(outcomes, example.outcomes) {
            #expect(outcome.hasPrefix(expected))
        }
    }

    @Test
    func `plaintext behind the answer to STARTTLS ends the session unread`() {
        var conversation = SMTPConversation(
            plan: .init(security: .startTLS, helloName: "gate.example", credentials: nil))
        _ = conversation.connected()
        _ = conversation.receive("220 relay\r\n".utf8)
        _ = conversation.receive("250-relay\r\n250 STARTTLS\r\n".utf8)
        let actions = conversation.receive("220 go\r\n250-relay\r\n250 AUTH PLAIN\r\n".utf8)
        #expect(!actions.contains(.startTLS))
        #expect(actions.last == .close)
        #expect(conversation.state == .closed)
    }

    @Test
    func `a yes to the mail counts although the relay hangs up in the same breath`() throws {
        var conversation = SMTPConversation(
            plan: .init(security: .plaintextOnLoopback, helloName: "gate.example", credentials: nil)
        )
        _ = conversation.connected()
        _ = conversation.receive("220 relay\r\n".utf8)
        _ = conversation.receive("250 relay\r\n".utf8)
        _ = conversation.submit(
            try NotificationMail(
                row: Samples.row(1), sender: Samples.address("postern@here.example"), senderName: ""
            ))
        for reply in ["250 ok\r\n", "250 ok\r\n", "354 go\r\n"] {
            _ = conversation.receive(reply.utf8)
        }
        let actions = conversation.receive("250 kept\r\n421 bye\r\n".utf8)
        #expect(actions.first == .settled(.taken))
        #expect(actions.last == .close)
    }

    @Test(arguments: 0..<200)
    func `no bytes of a relay crash or hang a conversation`(_ seed: UInt64) throws {
        var random = Seeded(seed: seed)
        var conversation = SMTPConversation(
            plan: .init(security: .plaintextOnLoopback, helloName: "gate.example", credentials: nil)
        )
        let mail = try NotificationMail(
            row: Samples.row(1), sender: Samples.address("postern@here.example"), senderName: "")
        _ = conversation.connected()
        let vocabulary = [
            "220 a\r\n", "250 b\r\n", "250-c\r\n", "354 d\r\n", "421 e\r\n", "\r", "\n", "5",
            "\u{0}", "ü",
        ]
        var settled = 0
        var submitted = 0
        for _ in 0..<60 {
            let word = vocabulary[Int(random.next() % UInt64(vocabulary.count))]
            var actions = conversation.receive(word.utf8)
            if conversation.isIdle {
                submitted += 1
                actions += conversation.submit(mail)
            }
            settled += actions.count { if case .settled = $0 { true } else { false } }
        }
        settled += conversation.lost("Gone.").count {
            if case .settled = $0 { true } else { false }
        }
        #expect(settled == submitted)
    }

    private static func words(_ carriage: Carriage) -> String {
        switch carriage {
        case .taken: "taken"
        case .delayed(let reason): "delayed \(reason)"
        case .deferred(let reason, let pause): "deferred \(reason) \(pause)"
        case .refused(let reason): "refused \(reason)"
        case .uncertain(let reason): "uncertain \(reason)"
        case .unreachable(let reason): "unreachable \(reason)"
        case .failing(let reason): "failing \(reason)"
        case .entrusted(let standing): "entrusted \(standing)"
        }
    }
}
