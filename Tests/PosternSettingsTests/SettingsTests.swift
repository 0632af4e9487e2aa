import Foundation
import PosternModel
import PosternSettings
import Testing

@Suite struct SettingsTests {
    private func read(
        file: String? = nil, environment: [String: String] = [:], flags: [String] = []
    ) throws -> Settings {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("settings-\(UUID().uuidString).yaml").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        if let file { try Data(file.utf8).write(to: URL(fileURLWithPath: path)) }
        return try SettingsSources.read(
            file: file == nil ? nil : path, environment: environment, flags: flags, processors: 2)
    }

    private func faults(
        file: String? = nil, environment: [String: String] = [:], flags: [String] = []
    ) throws -> [String] {
        let thrown = #expect(throws: SettingFaults.self) {
            _ = try read(file: file, environment: environment, flags: flags)
        }
        return try #require(thrown).faults.map(\.description)
    }

    @Test func `the defaults are the goal figures`() throws {
        let limits = try read().listener.limits
        #expect(limits.headBytes == 32 * 1024)
        #expect(limits.headFields == 100)
        #expect(limits.targetBytes == 8 * 1024)
        #expect(limits.bodyBytes == 64 * 1024)
        #expect(limits.handshake == .seconds(5))
        #expect(limits.head == .seconds(10))
        #expect(limits.body == .seconds(30))
        #expect(limits.idle == .seconds(60))
        #expect(limits.streams == 100)
        #expect(limits.continuationFrames == 5)
        #expect(limits.resets == 100)
        #expect(limits.resetWindow == .seconds(30))
    }

    @Test func `a flag beats the environment, which beats the file`() throws {
        let file = "listener:\n  port: 1\n  host: file\ndata:\n  directory: here\n"
        let settings = try read(
            file: file,
            environment: ["POSTERN_LISTENER_PORT": "2", "POSTERN_LISTENER_HOST": "env"],
            flags: ["--listener-port", "3"])
        #expect(settings.listener.port == 3)
        #expect(settings.listener.host == "env")
        #expect(settings.dataDirectory == "here")
    }

    @Test func `every fault of every source is reported at once`() throws {
        let found = try faults(
            file: "listner:\n  port: 1\nlimits:\n  head: soon\n",
            environment: ["POSTERN_LOG_LEVLE": "info", "POSTERN_PASSWORDS_PASSES": "0"],
            flags: ["--listener-prot", "1", "--log-level=loud"])
        #expect(found.count == 6, "\(found)")
        #expect(found.contains { $0.hasPrefix("limits.head: ") })
        #expect(found.contains { $0.contains("Did you mean `listener.port`?") })
        #expect(found.contains { $0.contains("Did you mean `POSTERN_LOG_LEVEL`?") })
        #expect(found.contains { $0.contains("Did you mean `--listener-port`?") })
        #expect(found.contains { $0.hasPrefix("passwords.passes: `0` will not do") })
        #expect(found.contains { $0.hasPrefix("log.level: `loud` will not do") })
    }

    @Test func `a file that is no mapping, or no text, is refused whole`() throws {
        #expect(try faults(file: "- a\n- b\n").count == 1)
        #expect(try faults(file: "a: [").first?.contains("Not YAML") == true)
        #expect(try faults(file: "log.level=debug\n") != [])
        #expect(try read(file: "").listener.port == 8443)
    }

    @Test func `names with dots are refused in a file, where they would be passed over`() throws {
        let found = try faults(file: "listener.port: 1\ndialects:\n  osdi.serve: maybe\n")
        #expect(found.count == 2)
        #expect(found.allSatisfy { $0.contains("without dots") }, "\(found)")
    }

    @Test func `a key that stands twice in a file is named with its place`() throws {
        let found = try faults(file: "log:\n  level: debug\n  level: info\n")
        #expect(found.count == 1)
        #expect(found.first?.contains("`level` stands more than once") == true, "\(found)")
    }

    @Test func `a flag's value is taken to the letter, commas and all`() throws {
        let settings = try read(flags: ["--data-directory", "/tmp/x,y", "--audit-directory=a=b"])
        #expect(settings.dataDirectory == "/tmp/x,y")
        #expect(settings.audit.directory == "a=b")
    }

    @Test(arguments: [
        ["--log-level=debug", "--log-level=debug"], ["--log-level"], ["--log-level=info,debug"],
    ])
    func `a flag that stands twice, has no value or a wrong one is a fault`(
        _ flags: [String]
    ) throws {
        let found = try faults(environment: ["POSTERN_LOG_LEVEL": "info"], flags: flags)
        #expect(found.count == 1, "\(found)")
    }

    @Test(arguments: [".", "..", "log/.", "/", "log/../"])
    func `the audit log's folder has a name for its key to lie beside`(_ folder: String) throws {
        let found = try faults(environment: ["POSTERN_AUDIT_DIRECTORY": folder])
        #expect(found == ["audit.directory: It must end in the name of a folder."])
    }

    /// Found by fuzzing: a kilobyte of aliases to aliases, as values or as a key, kept the reader for ever.
    @Test(arguments: ["{x: *a, y: *a}", "{? *a : 1, ? [*a] : 2}"])
    func `aliases are refused before they are followed`(_ text: String) throws {
        let faults = try faults(file: "log:\n  level: &a debug\nlistener: \(text)\n")
        #expect(faults.count == 1)
        #expect(faults.first?.contains(":3: Aliases") == true)
    }

    @Test func `a secret is never quoted`() throws {
        let found = try faults(
            environment: ["POSTERN_RELAY_HOST": "mail", "POSTERN_RELAY_PASSWORD": "canary-91"])
        #expect(found.count == 1)
        #expect(!found.description.contains("canary-91"))
        let settings = try read(
            environment: [
                "POSTERN_RELAY_HOST": "mail", "POSTERN_RELAY_USER": "u",
                "POSTERN_RELAY_PASSWORD": "canary-91",
            ])
        #expect(!"\(settings)".contains("canary-91"))
    }

    @Test(arguments: [
        "  password: @canary-91", "  password: canary-91: b", #"  password: "canary-91\q""#,
    ])
    func `a slip of the pen beside a secret does not show it`(_ line: String) throws {
        let found = try faults(file: "relay:\n  host: mail\n\(line)\n")
        #expect(found.count == 1)
        #expect(found.first?.contains(".yaml:3:") == true, "\(found)")
        #expect(!found.description.contains("canary-91"))
    }

    @Test func `a relay's faults are found together`() throws {
        let found = try faults(
            environment: [
                "POSTERN_RELAY_HOST": "mail.example", "POSTERN_RELAY_FROM": "nobody",
                "POSTERN_RELAY_SECURITY": "plain", "POSTERN_RELAY_USER": "u",
            ])
        #expect(
            found.map { String($0.prefix { $0 != ":" }) } == [
                "relay.user", "relay.security", "relay.from",
            ])
    }

    @Test func `a relay without protection must be on this machine`() throws {
        let environment = ["POSTERN_RELAY_SECURITY": "plain", "POSTERN_RELAY_HOST": "mail.example"]
        #expect(try faults(environment: environment).first?.contains("starttls") == true)
    }

    // MARK: - The webhook

    @Test func `a webhook is read with its secret and its times`() throws {
        let file = """
            webhook:
              url: https://sms.example.org/in
              secretFile: /etc/postern/webhook
              trustRoots: roots.pem
              answerTime: 30s
            """
        let webhook = try #require(try read(file: file).webhook)
        #expect(webhook.url.description == "https://sms.example.org:443/in")
        #expect(webhook.secret == .file("/etc/postern/webhook"))
        #expect(webhook.trustRoots == "roots.pem")
        #expect(webhook.connectTime == .seconds(5) && webhook.answerTime == .seconds(30))
        #expect(try read().webhook == nil)
        #expect(try read(file: "webhook:\n  secretFile: a\n").webhook == nil)
    }

    @Test func `a webhook's faults are found together, and no secret is quoted`() throws {
        let found = try faults(
            environment: [
                "POSTERN_WEBHOOK_URL": "https://ann:canary-92@sms.example.org",
                "POSTERN_WEBHOOK_SECRET": "canary-91", "POSTERN_WEBHOOK_SECRET_FILE": "a",
                "POSTERN_WEBHOOK_ANSWER_TIME": "5m",
            ])
        #expect(
            found.map { String($0.prefix { $0 != ":" }) } == [
                "webhook.secret", "webhook.answerTime", "webhook.url",
            ])
        #expect(!found.description.contains("canary"))
        let settings = try read(
            environment: [
                "POSTERN_WEBHOOK_URL": "https://sms.example.org",
                "POSTERN_WEBHOOK_SECRET": "canary-91",
            ])
        #expect(!"\(settings)".contains("canary-91"))
    }

    @Test(arguments: [
        "http://sms.example.org/", "https://ann@sms.example.org/", "https://sms.example.org/#a",
        "sms.example.org", "https://",
    ])
    func `a webhook that is unprotected or unclear is refused`(_ url: String) throws {
        let found = try faults(
            environment: ["POSTERN_WEBHOOK_URL": url, "POSTERN_WEBHOOK_SECRET_FILE": "a"])
        #expect(found.count == 1 && found[0].hasPrefix("webhook.url: "), "\(found)")
    }

    @Test func `a webhook without a secret is refused`() throws {
        let found = try faults(environment: ["POSTERN_WEBHOOK_URL": "https://sms.example.org"])
        #expect(found.count == 1 && found[0].hasPrefix("webhook.secret: A webhook needs"))
    }

    // MARK: - The delivery core

    @Test func `a delivery core is read with its key and its times`() throws {
        let file = """
            core:
              url: https://core.example.org/postern
              keyFile: /etc/postern/core
              trustRoots: roots.pem
              answerTime: 30s
            """
        let core = try #require(try read(file: file).core)
        #expect(core.url.description == "https://core.example.org:443/postern")
        #expect(core.key == .file("/etc/postern/core"))
        #expect(core.trustRoots == "roots.pem")
        #expect(core.connectTime == .seconds(5) && core.answerTime == .seconds(30))
        #expect(core.carries == [.smtp, .webhook])
        #expect(try read().core == nil)
        #expect(try read(file: "core:\n  keyFile: a\n").core == nil)
        let settings = try read(
            environment: [
                "POSTERN_CORE_URL": "https://core.example", "POSTERN_CORE_KEY": "canary-91",
            ])
        #expect(!"\(settings)".contains("canary-91"))
    }

    @Test(
        arguments: [
            ("smtp", [.smtp]), ("webhook", [.webhook]), ("webhook, smtp", [.smtp, .webhook]),
        ] as [(String, Set<RemoteCoreSettings.Load>)])
    func `what a delivery core carries is a list`(
        _ text: String, _ loads: Set<RemoteCoreSettings.Load>
    ) throws {
        let settings = try read(
            environment: [
                "POSTERN_CORE_URL": "https://core.example", "POSTERN_CORE_KEY_FILE": "a",
                "POSTERN_CORE_CARRIES": text,
            ])
        #expect(settings.core?.carries == loads)
    }

    @Test(arguments: [
        ("CORE_CARRIES", "mailbox", "core.carries"), ("CORE_CARRIES", "smtp,", "core.carries"),
        ("CORE_URL", "http://localhost:1", "core.url"), ("CORE_URL", "https://a/?b", "core.url"),
        ("CORE_URL", "https://ann:canary@a", "core.url"), ("CORE_KEY", "canary", "core.key"),
        ("CORE_KEY_FILE", "", "core.keyFile"),
        ("RELAY_HOST", "relay.example", "relay.host"),
        ("WEBHOOK_URL", "https://sms.example", "webhook.url"),
    ])
    func `what does not go with a delivery core is refused`(
        _ name: String, _ value: String, _ setting: String
    ) throws {
        var environment = [
            "POSTERN_CORE_URL": "https://core.example", "POSTERN_CORE_KEY_FILE": "a",
            "POSTERN_WEBHOOK_SECRET_FILE": "b",
        ]
        environment["POSTERN_\(name)"] = value
        let found = try faults(environment: environment)
        #expect(found.first?.hasPrefix("\(setting): ") == true, "\(found)")
        #expect(!found.description.contains("canary"))
    }

    @Test func `a relay stands beside a delivery core that carries texts alone`() throws {
        let settings = try read(
            environment: [
                "POSTERN_CORE_URL": "https://core.example", "POSTERN_CORE_KEY_FILE": "a",
                "POSTERN_CORE_CARRIES": "webhook", "POSTERN_RELAY_HOST": "relay.example",
            ])
        #expect(settings.relay?.host == "relay.example" && settings.core?.carries == [.webhook])
    }

    // MARK: - Callbacks

    @Test func `hosts that may be called back are a list`() throws {
        #expect(try read().dialects.revicomCallbackHosts.isEmpty)
        let file = "dialects:\n  revicom:\n    callbackHosts: Hooks.example, b.example\n"
        #expect(
            try read(file: file).dialects.revicomCallbackHosts == ["hooks.example", "b.example"])
        #expect(
            try read(environment: ["POSTERN_DIALECTS_REVICOM_CALLBACK_HOSTS": "127.0.0.1"])
                .dialects.revicomCallbackHosts == ["127.0.0.1"])
    }

    @Test(arguments: [
        "a,", ",", "a,,b", "https://a", "a:443", "a/b", "*", "ann@a", "[::1]", "ä.example",
    ])
    func `what is no list of hosts is refused`(_ text: String) throws {
        let found = try faults(environment: ["POSTERN_DIALECTS_REVICOM_CALLBACK_HOSTS": text])
        #expect(found.count == 1 && found[0].hasPrefix("dialects.revicom.callbackHosts: "))
    }

    // MARK: - Units

    @Test func `how units are joined is read, and another spelling of a unit refused`() throws {
        let file = """
            dialects:
              personium:
                unit: https://cells.example:8443/unit/
                key: unit.pem
                units: units.yaml
            """
        let crossing = try read(file: file).dialects.crossing
        #expect(crossing.unit == UnitURL("https://cells.example:8443/unit/"))
        #expect(crossing.keyFile == "unit.pem" && crossing.unitsFile == "units.yaml")
        let none = try read().dialects.crossing
        #expect(none.unit == nil && none.keyFile == nil && none.unitsFile == nil)
        for text in ["http://a.example/", "https://a.example", "https://a.example:443/", "a"] {
            let found = try faults(environment: ["POSTERN_DIALECTS_PERSONIUM_UNIT": text])
            #expect(found.count == 1 && found[0].hasPrefix("dialects.personium.unit: "))
        }
    }

    @Test func `every setting has one name in each source`() {
        let table = Settings.table(processors: 2)
        #expect(Set(table.map(\.name)).count == table.count)
        #expect(Set(table.map(\.environmentName)).count == table.count)
        #expect(Set(table.map(\.flag)).count == table.count)
        #expect(table.allSatisfy { $0.purpose.hasSuffix(".") })
    }
}
