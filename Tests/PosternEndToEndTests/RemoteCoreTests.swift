import Foundation
import NIOCore
import Testing

extension EndToEndTests {
    /// Two processes: a gateway, and the delivery core that carries what leaves it.
    @Suite struct RemoteCores {
        /// A gateway of the demonstration's hospital, its core, and the webhook and mail server behind that.
        private final class Stage: Sendable {
            let world: World
            let webhook: Webhook
            let mail: MailServer
            let proxy: LossyProxy
            let corePort: Int
            private let processes: Shared<(gateway: Gateway, core: Gateway)>

            var gateway: Gateway { processes.value.gateway }
            var core: Gateway { processes.value.core }

            init(_ gatewaySettings: World.Settings = [:]) async throws {
                (webhook, mail) = (try await Webhook(), try await MailServer())
                world = try await World(policy: nil)
                try world.configureCore(webhook.settings.merging(mail.settings) { $1 })
                let core = try await world.serveCore()
                corePort = try #require(core.address.port)
                // Where it listens stays the same from now on, whoever restarts it.
                try world.configureCore(
                    port: corePort, webhook.settings.merging(mail.settings) { $1 })
                proxy = try await LossyProxy(of: world, before: corePort)
                try world.configure(
                    world.coreSettings(port: proxy.port).merging(gatewaySettings) { $1 })
                try await world.load(Demonstration.world())
                processes = Shared((gateway: try await world.serve(), core: core))
            }

            func startCore() async throws {
                let core = try await world.serveCore()
                processes.change { $0.core = core }
            }

            func startGateway() async throws {
                let gateway = try await world.serve()
                processes.change { $0.gateway = gateway }
            }

            /// Sends a text; gives back its name.
            func text(_ text: String) async throws -> String {
                let answer = try await gateway.ask(.labText(text))
                return try #require(answer.member("items 0 messageUuid"), "\(answer.text)")
            }

            func status(_ uuid: String) async throws -> String? {
                try await gateway.ask(.revicom("GET", "/\(uuid)")).member("status")
            }

            /// Waits until texts have arrived, each once, and nothing is left to do.
            func arrive(_ texts: [String], within bound: Duration = .seconds(60)) async throws {
                try await eventually("all texts arrive", within: bound) {
                    try await webhook.seen().delivered.count >= texts.count
                }
                try await settle(within: bound)
                let seen = try await webhook.seen()
                // Whatever is called again has the name it had.
                #expect(Set(seen.texts) == Set(texts))
                #expect(Set(seen.delivered).count == texts.count)
                #expect(
                    seen.delivered.count == texts.count
                        && seen.calls.allSatisfy { seen.delivered.contains($0.name) })
            }

            func settle(within bound: Duration = .seconds(60)) async throws {
                try await eventually("nothing is on its way any more", within: bound) {
                    try await world.postern("delivery", "counts").output.contains(#""outbox":0"#)
                }
            }

            /// Waits until the gateway knows that the core has so many rows.
            func entrusted(_ count: Double) async throws {
                try await eventually("the core has \(count)", within: .seconds(60)) {
                    try await gateway.metrics()["postern_deliveries_entrusted"] == count
                }
            }

            /// What the gateway's health says of delivery.
            func trouble(_ words: String) async throws {
                try await eventually("health says `\(words)`", within: .seconds(60)) {
                    try await gateway.health().reasons["delivery"]?.contains(words) == true
                }
                #expect(try await gateway.health().status == "degraded")
            }

            func end() async throws {
                #expect(try await gateway.stop() == .exit(0))
                #expect(try await core.stop() == .exit(0))
                let verdict = try await world.auditVerdict()
                #expect(verdict.succeeded, "\(verdict.errors)")
                try await proxy.end()
                try await webhook.end()
                try await mail.end()
                world.remove()
            }
        }

        private static func staging(
            _ settings: World.Settings = [:], _ work: (Stage) async throws -> Void
        ) async throws {
            let stage = try await Stage(settings)
            do { try await work(stage) } catch {
                await stage.gateway.kill()
                await stage.core.kill()
                throw error
            }
            try await stage.end()
        }

        @Test func `what a gateway accepts its core carries`() async throws {
            try await Self.staging { stage in
                let uuid = try await stage.text("By the core")
                let sent = try await stage.gateway.ask(
                    .send(
                        "00000000-0000-0000-0000-000000000001", "demo-ann",
                        #"{"sendEmailNotification":true}"#))
                #expect(sent.status == 200, "\(sent.text)")
                #expect(sent.text.contains(#""notificationSent":true"#))
                try await stage.arrive(["By the core"])
                // The draft is for two, and each of them is told.
                #expect(try stage.mail.mails().count == 2)
                #expect(try await stage.world.mailbox("bob@hospital.example").count == 1)
                #expect(try await stage.status(uuid) == "delivered")
                let metrics = try await stage.gateway.metrics()
                #expect(metrics[#"postern_deliveries_total{courier="webhook"}"#] == 1)
                #expect(metrics[#"postern_deliveries_total{courier="smtp"}"#] == 2)
                #expect(metrics["postern_core_losses_total"] == 0)
                #expect(try await stage.gateway.health().status == "good")
                #expect(try await stage.core.couriersMeasured() == ["smtp", "webhook"])
                #expect(
                    try await stage.gateway.couriersMeasured()
                        == ["mailbox", "smtp", "webhook", "cell", "callback"])
            }
        }

        @Test func `a core's metrics show the couriers it has and no others`() async throws {
            let (webhook, mail) = (try await Webhook(), try await MailServer())
            for (settings, courier) in [(webhook.settings, "webhook"), (mail.settings, "smtp")] {
                let world = try await World(policy: nil)
                try world.configureCore(settings)
                let core = try await world.serveCore()
                let measured = try await core.couriersMeasured()
                #expect(try await core.stop() == .exit(0))
                #expect(measured == [courier])
                world.remove()
            }
            try await webhook.end()
            try await mail.end()
        }

        @Test func `answers that are lost cost nothing and repeat nothing`() async throws {
            try await Self.staging { stage in
                try await stage.proxy.plan("PUT", .lose, .drop, .lose)
                try await stage.proxy.plan("GET", .lose, .drop)
                let texts = (1...5).map { "Text \($0)" }
                for text in texts { _ = try await stage.text(text) }
                try await stage.arrive(texts)
                #expect(try await stage.proxy.lost() == 5)
            }
        }

        @Test func `a core that dies after it took a text carries it once`() async throws {
            try await Self.staging { stage in
                try await stage.webhook.plan([Webhook.inAnHour, Webhook.inAnHour])
                try await stage.proxy.plan("PUT", .hold)
                _ = try await stage.text("Survives")
                try await eventually("the core has answered") {
                    try await stage.proxy.lost() == 1
                }
                await stage.core.kill()
                try await stage.startCore()
                // The spool remembers that the webhook asked for an hour, so that nothing arrives yet, and nothing twice.
                try await stage.entrusted(1)
                #expect(try await stage.webhook.seen().delivered.isEmpty)
                #expect(
                    try await stage.gateway.metrics()["postern_core_losses_total"] == 0)
            }
        }

        @Test func `a gateway that dies before it heard the answer hands over once`() async throws {
            try await Self.staging { stage in
                try await stage.proxy.plan("PUT", .hold)
                let uuid = try await stage.text("Unheard")
                try await eventually("the core has answered") {
                    try await stage.proxy.lost() == 1
                }
                await stage.gateway.kill()
                try await stage.startGateway()
                try await stage.arrive(["Unheard"])
                #expect(try await stage.status(uuid) == "delivered")
            }
        }

        @Test func `a core that lost its folder is handed everything anew`() async throws {
            try await Self.staging { stage in
                try await stage.webhook.plan([Webhook.inAnHour, Webhook.inAnHour])
                _ = try await stage.text("First")
                _ = try await stage.text("Second")
                try await stage.entrusted(2)
                await stage.core.kill()
                try FileManager.default.removeItem(at: stage.world.path("core-data"))
                try await stage.startCore()
                try await stage.arrive(["First", "Second"])
                #expect(
                    try await stage.gateway.metrics()["postern_core_losses_total"] == 1)
            }
        }

        @Test func `while the core is away sends go on, and health says why they wait`()
            async throws
        {
            try await Self.staging { stage in
                #expect(try await stage.core.stop() == .exit(0))
                let first = try await stage.text("Meanwhile")
                try await stage.trouble("The delivery core")
                #expect(try await stage.status(first) == "sending")
                _ = try await stage.text("Still")
                try await stage.startCore()
                try await stage.arrive(["Meanwhile", "Still"], within: .seconds(120))
                try await stage.gateway.becomes("good", within: .seconds(70))
            }
        }

        @Test func `a wrong key and a foreign certificate get nothing, and are named`() async throws
        {
            try await Self.staging { stage in
                for (setting, value, words) in [
                    (
                        "core.key", "wrong-0123456789abcdefghijklmnopqrstuv",
                        "it does not accept our key"
                    ),
                    ("core.trustRoots", "other/ca.pem", "No connection to the delivery core"),
                ] {
                    #expect(try await stage.gateway.stop() == .exit(0))
                    if setting == "core.trustRoots" {
                        let made = try await Program.run(
                            ["cert", "dev", "--directory", "other"], in: stage.world.folder)
                        try #require(made.succeeded, "\(made.errors)")
                    }
                    try stage.world.configure(
                        stage.world.coreSettings(port: stage.proxy.port).merging([setting: value]) {
                            $1
                        })
                    try await stage.startGateway()
                    _ = try await stage.text("With \(setting)")
                    try await stage.trouble(words)
                    #expect(try await stage.webhook.seen().connections == 0)
                }
                #expect(try await stage.gateway.stop() == .exit(0))
                try stage.world.configure(stage.world.coreSettings(port: stage.proxy.port))
                try await stage.startGateway()
                try await stage.arrive(
                    ["With core.key", "With core.trustRoots"], within: .seconds(120))
            }
        }

        @Test func `a text that waits at the core can be stopped there`() async throws {
            try await Self.staging { stage in
                try await stage.webhook.plan([Webhook.inAnHour])
                let uuid = try await stage.text("Not yet")
                try await eventually("the webhook was asked") {
                    try await stage.webhook.seen().calls.count == 1
                }
                try await stage.entrusted(1)
                // The core is away when the stop comes, and the gateway dies before it can tell.
                await stage.core.kill()
                let stop = try await stage.gateway.ask(.stop([uuid]))
                #expect(stop.member("items 0 code") == "202", "\(stop.text)")
                #expect(try await stage.status(uuid) == "sending")
                await stage.gateway.kill()
                try await stage.startCore()
                try await stage.startGateway()
                try await stage.settle()
                #expect(try await stage.status(uuid) == "unsent")
                let again = try await stage.gateway.ask(.stop([uuid]))
                #expect(again.member("items 0 code") == "200", "\(again.text)")
                #expect(try await stage.webhook.seen().delivered.isEmpty)
            }
        }

        @Test func `a text that is being carried when it is stopped arrives, and is told so`()
            async throws
        {
            try await Self.staging { stage in
                try await stage.webhook.plan([Webhook.slow(4)])
                let uuid = try await stage.text("Just now")
                try await eventually("the webhook is called") {
                    try await stage.webhook.seen().calls.count == 1
                }
                try await stage.entrusted(1)
                let stop = try await stage.gateway.ask(.stop([uuid]))
                #expect(stop.member("items 0 code") == "202", "\(stop.text)")
                try await stage.arrive(["Just now"])
                #expect(try await stage.status(uuid) == "delivered")
                let again = try await stage.gateway.ask(.stop([uuid]))
                #expect(again.member("items 0 code") == "403", "\(again.text)")
            }
        }

        @Test func `a second process on the same folder is refused, and the first goes on`()
            async throws
        {
            try await Self.staging { stage in
                let folder = stage.world.folder
                for (command, name, data) in [
                    ("core", "core", "core-data"), ("serve", "gateway", "data"),
                ] {
                    let file = command == "core" ? "core.yaml" : "settings.yaml"
                    let second = try await Program.run(
                        [command, "--settings", file, "--listener-port", "0"], in: folder)
                    #expect(second.end == .exit(69))
                    #expect(second.output.isEmpty)
                    #expect(
                        second.errors.contains(
                            "Another \(name) serves from the data folder `\(data)`."),
                        "\(second.errors)")
                }
                _ = try await stage.text("Still there")
                // Commands work beside both.
                for arguments in [
                    ["keys", "rotate", "--core", "--settings", "core.yaml"],
                    ["keys", "rotate", "--settings", "settings.yaml"],
                ] {
                    let outcome = try await Program.run(arguments, in: folder)
                    #expect(outcome.succeeded, "\(outcome.errors)")
                }
                try await stage.arrive(["Still there"])
                // A process that was killed holds nothing.
                await stage.core.kill()
                await stage.gateway.kill()
                try await stage.startCore()
                try await stage.startGateway()
                _ = try await stage.text("There again")
                try await stage.arrive(["Still there", "There again"])
            }
        }

        @Test(.enabled(if: Mount.isPossible, "Mounting a small disk needs root."))
        func `a core whose disk is full takes nothing, loses nothing and goes on by itself`()
            async throws
        {
            try await Self.staging { stage in
                #expect(try await stage.core.stop() == .exit(0))
                try FileManager.default.removeItem(at: stage.world.path("core-data"))
                let mount = try Mount(stage.world.path("core-data"), size: "6m")
                defer { mount.end() }
                try await stage.startCore()
                _ = try await stage.text("Before")
                try await stage.arrive(["Before"])
                let filler = stage.world.path("core-data/filler")
                try mount.fill(filler)
                // A page or two may still fit into what is allocated already.
                let texts = (1...40).map { "Text \($0) " + String(repeating: "x", count: 400) }
                for text in texts { _ = try await stage.text(text) }
                try await stage.trouble("The delivery core")
                try FileManager.default.removeItem(at: filler)
                try await stage.arrive(["Before"] + texts, within: .seconds(150))
                try await stage.gateway.becomes("good", within: .seconds(70))
                #expect(try await stage.core.stop() == .exit(0))
                mount.end()
                try await stage.startCore()
            }
        }
    }
}

extension Webhook.Call {
    /// The name it was called under.
    fileprivate var name: String { headers["webhook-id"] ?? "" }
}

extension Gateway {
    /// The couriers whose deliveries are counted.
    fileprivate func couriersMeasured() async throws -> Set<String> {
        Set(
            try await metrics().keys.compactMap { name in
                name.firstMatch(
                    of: #/^postern_deliveries(_delayed|_dead)?_total\{courier="(\w+)"\}$/#
                )
                .map { String($0.2) }
            })
    }
}
