import Foundation
import NIOSSL
import PosternDelivery
import PosternModel
import PosternPipeline
import Testing

/// Relays that misbehave: what becomes of the row, and of the one after it.
@Suite(.timeLimit(.minutes(2)))
struct SMTPMisbehaviourTests {
    /// How a carriage ended, without its words.
    enum Ending: Sendable { case taken, delayed, refused, uncertain, unreachable, another }

    struct Case: Sendable, CustomTestStringConvertible {
        let verb: String
        let move: ScriptedRelay.Move
        let ending: Ending
        var extensions = ["PIPELINING"]
        /// The relay leaves its answer unfinished, so that only the limit ends the wait.
        var isSilent: Bool {
            switch move {
            case .hang: true
            case .say(let text): text.hasPrefix("250-") || !text.hasSuffix("\r\n")
            default: false
            }
        }
        var testDescription: String { "\(verb): \(move) \(extensions) ends \(ending)" }
    }

    static let cases: [Case] =
        ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "."].flatMap { verb -> [Case] in
            let opens = verb == "CONNECT" || verb == "EHLO"
            let late = verb == "."
            return [[], ["PIPELINING"]].flatMap { extensions in
                [
                    Case(
                        verb: verb, move: .say("451 4.3.0 later\r\n"),
                        ending: opens ? .unreachable : .delayed, extensions: extensions),
                    Case(
                        verb: verb, move: .say("554 5.3.0 never\r\n"),
                        ending: opens ? .unreachable : .refused, extensions: extensions),
                    Case(
                        verb: verb, move: .sayAndClose("421 4.3.2 bye\r\n"), ending: .unreachable,
                        extensions: extensions),
                ]
                    + [
                        .close, .hang, .sayAndClose("25"), .say("HTTP/1.1 400 Bad\r\n"),
                        .say(String(repeating: "250-x\r\n", count: 200)),
                        .say("250 " + String(repeating: "x", count: 3_000)), .say("\u{0}\r\n"),
                    ].map { (move: ScriptedRelay.Move) in
                        Case(
                            verb: verb, move: move, ending: late ? .uncertain : .unreachable,
                            extensions: extensions)
                    }
            }
        }

    /// Patient enough for a busy machine, unless the relay is to be found silent.
    private func settings(
        _ port: Int, idleLimit: Duration = .seconds(15), mailsPerConnection: Int = 100,
        answerLimit: Duration = .seconds(30)
    ) throws -> SMTPSettings {
        SMTPSettings(
            host: "127.0.0.1", port: port, security: .plaintextOnLoopback,
            sender: try Samples.address("postern@here.example"), helloName: "gate.example",
            idleLimit: idleLimit, mailsPerConnection: mailsPerConnection,
            limits: SMTPTimeLimits(
                greeting: answerLimit, command: answerLimit, message: answerLimit))
    }

    private func ending(_ carriage: Carriage) -> Ending {
        switch carriage {
        case .taken: .taken
        case .delayed, .deferred: .delayed
        case .refused: .refused
        case .uncertain: .uncertain
        case .unreachable: .unreachable
        case .failing, .entrusted: .another
        }
    }

    @Test(arguments: cases)
    func `a relay that misbehaves once costs one attempt`(_ example: Case) async throws {
        let relay = try await ScriptedRelay(
            [example.verb: [example.move]], extensions: example.extensions)
        let courier = try SMTPCourier(
            settings: settings(
                relay.port, answerLimit: example.isSilent ? .seconds(3) : .seconds(30)))
        #expect(ending(await courier.carry(try Samples.row(1))) == example.ending)
        #expect(await courier.carry(try Samples.row(2)) == .taken)
        await courier.close()
        try await relay.close()
        #expect(
            relay.mails.last?.contains(
                "Message-ID: <0123456789abcdef0123456789abcdef.2@here.example>") == true)
    }

    @Test
    func `an answer lost after the mail brings the same bytes again`() async throws {
        let relay = try await ScriptedRelay([".": [.close]])
        let courier = try SMTPCourier(settings: settings(relay.port))
        let row = try Samples.row(1)
        #expect(ending(await courier.carry(row)) == .uncertain)
        #expect(await courier.carry(row) == .taken)
        await courier.close()
        try await relay.close()
        #expect(relay.mails.count == 2)
        #expect(relay.mails.first == relay.mails.last)
    }

    @Test
    func `several rows go over one connection`() async throws {
        let relay = try await ScriptedRelay()
        let courier = try SMTPCourier(settings: settings(relay.port))
        for id in 1...5 { #expect(await courier.carry(try Samples.row(Int64(id))) == .taken) }
        await courier.close()
        try await relay.close()
        #expect(relay.connections == 1)
        #expect(relay.mails.count == 5)
        #expect(relay.verbs.last == "QUIT")
    }

    @Test
    func `a connection is left after the mails agreed`() async throws {
        let relay = try await ScriptedRelay()
        let courier = try SMTPCourier(settings: settings(relay.port, mailsPerConnection: 2))
        for id in 1...4 { #expect(await courier.carry(try Samples.row(Int64(id))) == .taken) }
        await courier.close()
        try await relay.close()
        #expect(relay.connections == 2)
    }

    @Test
    func `a kept connection that the relay has closed is replaced at once`() async throws {
        let relay = try await ScriptedRelay([
            "MAIL": [.say("250 ok\r\n"), .sayAndClose("421 idle too long\r\n")]
        ])
        let courier = try SMTPCourier(settings: settings(relay.port))
        #expect(await courier.carry(try Samples.row(1)) == .taken)
        #expect(await courier.carry(try Samples.row(2)) == .taken)
        await courier.close()
        try await relay.close()
        #expect(relay.connections == 2)
        #expect(relay.mails.count == 2)
    }

    @Test
    func `a connection left idle says goodbye by itself`() async throws {
        let relay = try await ScriptedRelay()
        let courier = try SMTPCourier(settings: settings(relay.port, idleLimit: .milliseconds(20)))
        #expect(await courier.carry(try Samples.row(1)) == .taken)
        await relay.heard("QUIT")
        #expect(await courier.carry(try Samples.row(2)) == .taken)
        await courier.close()
        try await relay.close()
        #expect(relay.connections == 2)
    }

    @Test
    func `nobody listening is the relay's trouble`() async throws {
        let relay = try await ScriptedRelay()
        let port = relay.port
        try await relay.close()
        let courier = try SMTPCourier(settings: settings(port))
        #expect(ending(await courier.carry(try Samples.row(1))) == .unreachable)
        await courier.close()
    }

    @Test
    func `plaintext injected behind the answer to STARTTLS is never believed`() async throws {
        let folder = try TemporaryFolder()
        let certificates = try Certificates(in: folder.url)
        let tls = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: NIOSSLCertificate.fromPEMFile(certificates.chain.path).map {
                    .certificate($0)
                },
                privateKey: .privateKey(NIOSSLPrivateKey(file: certificates.key.path, format: .pem))
            ))
        let injected = "220 go\r\n250-relay\r\n250 AUTH PLAIN\r\n235 welcome\r\n"
        let relay = try await ScriptedRelay(
            ["STARTTLS": [.say(injected)]], extensions: ["STARTTLS", "AUTH PLAIN"], tls: tls)
        var settings = try settings(relay.port)
        settings.security = .startTLS
        settings.host = "localhost"
        settings.credentials = SMTPCredentials(user: "user", password: Secret("pass"))
        settings.authorityFile = certificates.authority.path
        settings.limits = SMTPTimeLimits()
        let courier = try SMTPCourier(settings: settings)
        #expect(ending(await courier.carry(try Samples.row(1))) == .unreachable)
        #expect(!relay.verbs.contains("AUTH"))
        #expect(await courier.carry(try Samples.row(2)) == .taken)
        #expect(relay.verbs.contains("AUTH"))
        await courier.close()
        try await relay.close()
    }
}
