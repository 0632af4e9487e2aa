import Foundation
import PosternDelivery
import PosternModel
import PosternPipeline
import Testing

/// Mails through servers that others wrote, read back with a mail library that others wrote.
@Suite(.serialized)
final class SMTPRealServerTests {
    private let folder: TemporaryFolder
    private let certificates: Certificates

    init() throws {
        folder = try TemporaryFolder()
        certificates = try Certificates(in: folder.url)
    }

    private func settings(
        _ kind: RealServer.Kind, port: Int, password: String = "correct horse bättery"
    ) throws -> SMTPSettings {
        SMTPSettings(
            host: kind == .plain ? "127.0.0.1" : "localhost", port: port,
            security: kind == .plain
                ? .plaintextOnLoopback : kind == .tls ? .implicitTLS : .startTLS,
            credentials: kind == .plain
                ? nil : SMTPCredentials(user: "postern", password: Secret(password)),
            sender: try Samples.address("postern@here.example"),
            senderName: "Pöstern, \"the\" gate",
            helloName: "gateway.here.example", authorityFile: certificates.authority.path,
            limits: SMTPTimeLimits(command: .seconds(20)))
    }

    @Test(arguments: RealServer.Kind.allCases.filter(\.isInstalled))
    func `what arrives is what was said`(_ kind: RealServer.Kind) async throws {
        let server = try RealServer(kind, in: folder.url, certificates)
        let courier = try SMTPCourier(settings: settings(kind, port: server.port))
        let text = """
            .
            ..two dots
            From here on: füß, 字, 🙂, a=b, trailing blank \n\
            \(String(repeating: "long ", count: 400))
            \(String(repeating: "ü", count: 1_200))

            """
        let html = "<p>.\n.\nü &amp; <a href=\"https://x.example/?a=b\">more</a></p>\n"
        let subject = "Eine Nachricht für Sie: \(String(repeating: "geheim🙂 ", count: 30))ende"
        let rows = [
            try Samples.row(1, to: "pat@there.example", subject: subject, text: text, html: html),
            try Samples.row(2, to: "kim@there.example"),
        ]
        for row in rows { #expect(await courier.carry(row) == .taken) }
        await courier.close()

        let mails = try server.mails()
        try #require(mails.count == 2)
        for mail in mails {
            #expect(mail.defects == [])
            #expect(mail.ascii)
            #expect(mail.longest <= 200)
            #expect(mail.type == "multipart/alternative")
            #expect(mail.parts.map(\.type) == ["text/plain", "text/html"])
            #expect(mail.headers["From"] == "\"Pöstern, \\\"the\\\" gate\" <postern@here.example>")
            #expect(mail.headers["Date"] == "Sat, 21 Nov 2026 04:15:26 +0000")
            #expect(mail.headers["MIME-Version"] == "1.0")
            #expect(mail.headers["Auto-Submitted"] == "auto-generated")
            #expect(Set(mail.names).count == mail.names.count)
        }
        #expect(mails.map { $0.headers["To"] } == ["pat@there.example", "kim@there.example"])
        #expect(mails[0].headers["Subject"] == subject)
        #expect(
            mails[0].headers["Message-ID"] == "<0123456789abcdef0123456789abcdef.1@here.example>")
        let textIsSame = mails[0].parts[0].text == text
        #expect(textIsSame)
        #expect(mails[0].parts[1].text == html)
        #expect(mails[1].headers["Subject"] == "A message waits for you")
        #expect(mails[1].parts[0].text == "Read it in Postern.\n")
    }

    @Test(arguments: RealServer.Kind.installed(.plain, .starttls, .exim))
    func `a no for one recipient leaves the connection good for the next`(
        _ kind: RealServer.Kind
    ) async throws {
        let server = try RealServer(kind, in: folder.url, certificates)
        let courier = try SMTPCourier(settings: settings(kind, port: server.port))
        let never = await courier.carry(try Samples.row(1, to: "nobody.here@there.example"))
        let later = await courier.carry(try Samples.row(2, to: "later@there.example"))
        let taken = await courier.carry(try Samples.row(3))
        await courier.close()
        #expect(never == .refused("The relay answered RCPT with `550 5.1.1 no such mailbox`"))
        guard case .delayed(let reason) = later else {
            Issue.record("\(later)")
            return
        }
        #expect(reason.hasPrefix("The relay answered RCPT with `45"))
        #expect(taken == .taken)
        #expect(try server.mails().count == 1)
    }

    @Test(arguments: RealServer.Kind.installed(.starttls, .starttlsLogin, .tls, .exim))
    func `a wrong password is the relay's trouble and not the row's`(
        _ kind: RealServer.Kind
    ) async throws {
        let server = try RealServer(kind, in: folder.url, certificates)
        let courier = try SMTPCourier(
            settings: settings(kind, port: server.port, password: "wrong"))
        let carriage = await courier.carry(try Samples.row(1))
        await courier.close()
        guard case .unreachable(let reason) = carriage else {
            Issue.record("\(carriage)")
            return
        }
        #expect(reason.hasPrefix("The relay refused the user or password: `535"))
        #expect(try server.mails().isEmpty)
    }

    @Test(arguments: RealServer.Kind.installed(.starttls, .tls, .exim))
    func `a certificate from an unknown authority ends the attempt before any password`(
        _ kind: RealServer.Kind
    ) async throws {
        let server = try RealServer(kind, in: folder.url, certificates)
        var settings = try settings(kind, port: server.port)
        let strangers = try TemporaryFolder()
        settings.authorityFile = try Certificates(in: strangers.url).authority.path
        let courier = try SMTPCourier(settings: settings)
        let carriage = await courier.carry(try Samples.row(1))
        await courier.close()
        guard case .unreachable(let reason) = carriage else {
            Issue.record("\(carriage)")
            return
        }
        #expect(reason.contains("CERTIFICATE_VERIFY_FAILED"))
        #expect(try server.mails().isEmpty)
    }

    @Test(.enabled(if: RealServer.Kind.exim.isInstalled, "Exim is not installed"))
    func `a mail above the size a relay names is refused without sending it`() async throws {
        let server = try RealServer(.exim, in: folder.url, certificates)
        let courier = try SMTPCourier(settings: settings(.exim, port: server.port))
        let text = String(repeating: "word ", count: 12_000)
        let carriage = await courier.carry(try Samples.row(1, text: text))
        await courier.close()
        guard case .refused(let reason) = carriage else {
            Issue.record("\(carriage)")
            return
        }
        #expect(reason.hasSuffix("the relay takes at most 51200."))
    }
}
