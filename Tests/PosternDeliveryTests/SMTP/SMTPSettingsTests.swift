import PosternDelivery
import PosternModel
import Testing

@Suite struct SMTPSettingsTests {
    private func settings() throws -> SMTPSettings {
        SMTPSettings(
            host: "relay.example", sender: try Samples.address("postern@here.example"),
            helloName: "gate.example")
    }

    @Test
    func `every problem is told at once`() throws {
        var settings = try settings()
        settings.host = "relay.example\r\nQUIT"
        settings.port = 0
        settings.helloName = ""
        settings.security = .plaintextOnLoopback
        settings.credentials = SMTPCredentials(user: "a\u{0}b", password: Secret("secret-word"))
        settings.senderName = "a\nb"
        settings.connections = 0
        settings.mailsPerConnection = 0
        #expect(settings.problems.count == 8)
        let error = #expect(throws: SMTPSettingsProblems.self) {
            try SMTPCourier(settings: settings)
        }
        #expect(error?.sentences == settings.problems)
        #expect(!settings.problems.joined().contains("secret-word"))
    }

    @Test(arguments: ["/nonexistent/authority.pem", "/dev/null"])
    func `an authorities' file that holds none is refused at once`(_ file: String) throws {
        var settings = try settings()
        settings.authorityFile = file
        let error = #expect(throws: SMTPSettingsProblems.self) {
            try SMTPCourier(settings: settings)
        }
        #expect(error?.sentences.first?.contains(file) == true)
    }

    @Test
    func `no time limit is longer than the standard's`() {
        let limits = SMTPTimeLimits(
            connect: .seconds(9_999), greeting: .seconds(9_999), command: .seconds(9_999),
            message: .seconds(9_999), quit: .seconds(9_999))
        #expect(limits.connect == .seconds(120))
        #expect(limits.greeting == .seconds(300))
        #expect(limits.command == .seconds(300))
        #expect(limits.message == .seconds(780))
        #expect(limits.quit == .seconds(60))
    }
}
