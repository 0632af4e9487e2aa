import PosternModel
import PosternSettings
import Testing

/// What can be set of a core in a process of its own.
@Suite struct CoreServiceSettingsTests {
    private static let least = [
        "POSTERN_CORE_KEY_FILE": "core.key", "POSTERN_WEBHOOK_URL": "https://texts.example",
        "POSTERN_WEBHOOK_SECRET_FILE": "webhook.secret",
    ]

    private func read(_ environment: [String: String]) throws -> CoreServiceSettings {
        try SettingsSources.read(
            file: nil, environment: environment, flags: [], processors: 2,
            as: CoreServiceSettings.self)
    }

    private func faults(_ environment: [String: String]) throws -> [String] {
        let thrown = #expect(throws: SettingFaults.self) { _ = try read(environment) }
        return try #require(thrown).faults.map(\.description)
    }

    @Test func `a core can stand beside a gateway without a port or folder being set`() throws {
        let core = try read(Self.least)
        let gateway = try SettingsSources.read(
            file: nil, environment: [:], flags: [], processors: 2)
        #expect(core.listener.port == 8444 && core.operations.port == 9465)
        #expect(core.listener.port != gateway.listener.port)
        #expect(core.operations.port != gateway.operations.port)
        #expect(core.dataDirectory != gateway.dataDirectory)
        #expect(core.listener.limits == gateway.listener.limits)
        #expect(core.key == .file("core.key") && core.relay == nil)
        #expect(core.webhook?.secret == .file("webhook.secret"))
    }

    @Test func `every fault is reported at once`() throws {
        let found = try faults([
            "POSTERN_LISTENER_PORT": "99999", "POSTERN_CORE_THREADS": "0",
            "POSTERN_CORE_REQUESTS_IN_FLIGHT": "many", "POSTERN_CORE_URL": "https://core.example",
        ])
        for name in [
            "listener.port", "core.threads", "core.requestsInFlight", "core.key", "relay.host",
        ] {
            #expect(found.contains { $0.hasPrefix("\(name): ") }, "\(name) in \(found)")
        }
        #expect(found.contains { $0.contains("`POSTERN_CORE_URL`") }, "a gateway's setting")
        #expect(found.count == 6, "\(found)")
    }

    @Test func `a core needs a key, once, and never quotes it`() throws {
        var environment = Self.least
        environment["POSTERN_CORE_KEY_FILE"] = nil
        #expect(try faults(environment).first?.hasPrefix("core.key: A core needs") == true)
        environment["POSTERN_CORE_KEY"] = "canary-91"
        #expect(try read(environment).key == .given(Secret("canary-91")))
        #expect(try !"\(read(environment))".contains("canary-91"))
        environment["POSTERN_CORE_KEY_FILE"] = "core.key"
        let found = try faults(environment)
        #expect(found.count == 1 && found[0].contains("not both"), "\(found)")
        #expect(!found[0].contains("canary-91"))
    }

    @Test func `the key is described in the same words to a gateway and to its core`() {
        let tables = [Settings.table(processors: 2), CoreServiceSettings.table(processors: 2)]
        let rows = tables.map { table in table.filter { $0.name.hasPrefix("core.key") } }
        #expect(rows[0].map(\.name) == ["core.key", "core.keyFile"])
        #expect(rows[0] == rows[1])
    }

    @Test func `a core that carries nothing is refused`() throws {
        let found = try faults(["POSTERN_CORE_KEY_FILE": "core.key"])
        #expect(found.count == 1 && found[0].hasPrefix("relay.host: A core carries nothing"))
        // Whoever set one that will not do is told of that, and not that there is none.
        let wrong = try faults([
            "POSTERN_CORE_KEY_FILE": "core.key", "POSTERN_WEBHOOK_URL": "https://texts.example",
        ])
        #expect(wrong.count == 1 && wrong[0].hasPrefix("webhook.secret: "), "\(wrong)")
    }
}
