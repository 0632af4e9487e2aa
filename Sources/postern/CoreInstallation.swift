import Logging
import NIOCore
import NIOPosix
import PosternCore
import PosternCoreContract
import PosternDelivery
import PosternGateway
import PosternListener
import PosternModel
import PosternPipeline
import PosternSettings
import PosternStorage
import ServiceLifecycle
import UnixSignals

/// A core put together from its settings, as ``Installation`` is a gateway.
struct CoreInstallation {
    let settings: CoreServiceSettings
    let clock = SystemClock()
    let logger = Logger(label: "postern")
    let key: CoreKey
    let couriers: Set<EntrustedDelivery.Courier>
    let hold: DataFolderHold
    let spool: DeliverySpool
    let delivery: DeliveryCore
    /// How much the spool holds; nil while that cannot be read.
    let holdings: Glance<DeliverySpool.Figures?>
    /// Threads that answer: they wait for the disk.
    let threads: CorridorExecutor
    /// A thread for health and metrics: whoever watches the core must not wait for what is watched.
    let healthThread = CorridorExecutor(threads: 1)
    let figures = CoreFigures()
    let loops: MultiThreadedEventLoopGroup

    /// Opens everything, in the order in which things need each other; nothing serves yet.
    ///
    /// - Throws: `Fault` or ``StartTrouble``: what keeps the core from starting.
    static func assemble(_ settings: CoreServiceSettings) async throws -> CoreInstallation {
        let clock = SystemClock()
        guard let key = CoreKey(try settings.key.read(for: "core.key")) else {
            throw StartTrouble(in: "core.key", CoreKey.problem)
        }
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: settings.listener.threads)
        let relay = try settings.relay.map { try SMTPCourier.make($0, group: loops) }
        let webhook = try settings.webhook.map {
            try WebhookCourier($0, clock: clock, group: loops)
        }
        let hold = try DataFolderHold.take(settings.dataDirectory, for: .core)
        let spool = try DeliverySpool(settings)
        let unreadable = try await spool.renewKeys()
        let delivery = DeliveryCore(
            outbox: spool, mail: relay, webhook: webhook, clock: clock,
            logger: Logger(label: "postern.delivery"))
        let threads = CorridorExecutor(threads: settings.threads)
        spool.attach(entrusted: { delivery.nudge() }, underWay: { threads.load })
        let logger = Logger(label: "postern")
        if unreadable > 0 {
            logger.error(
                "Deliveries in the spool cannot be opened, and will be given up.",
                metadata: ["count": "\(unreadable)"])
        }
        logger.info("assembled", metadata: ["spool": "\(spool.id)"])
        return CoreInstallation(
            settings: settings, key: key,
            couriers: Set(
                [relay == nil ? nil : .smtp, webhook == nil ? nil : .webhook].compactMap { $0 }),
            hold: hold, spool: spool, delivery: delivery,
            holdings: Glance(nil) { try? spool.figures() }, threads: threads, loops: loops)
    }

    /// Serves until told to stop, then finishes what is in hand.
    func run() async throws {
        let server = CoreServer(
            trust: spool, key: key,
            options: CoreServer.Options(
                couriers: couriers, inFlightLimit: settings.requestsInFlight),
            executor: threads, figures: figures, clock: clock,
            logger: Logger(label: "postern.core"))
        let listener = try Listener(serving: server, settings.listener, group: loops)
        let door = DoorService(
            client: listener, operations: try operationsListener(watching: listener),
            grace: settings.shutdownGrace, closing: delivery.beginStopping)
        // Stopped from the last to the first: nothing new comes in while what came in is finished.
        let running: [any Service] = [
            SpoolService(spool: spool), DeliveryService(core: delivery),
            SpoolKeeper(spool: spool, clock: clock, logger: logger), door,
        ]
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: running.map { .init(service: $0) },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await services.run()
        await threads.shutdown()
        await healthThread.shutdown()
        hold.release()
        try await loops.shutdownGracefully()
    }

    private func operationsListener(watching listener: Listener) throws -> Listener {
        try Listener(
            configuration: ListenerConfiguration(
                host: settings.operations.host, port: settings.operations.port, tls: nil),
            handler: OperationsHandler(
                health: HealthDesk(health(watching: listener), executor: healthThread),
                metrics: { page(watching: listener) }, executor: healthThread),
            group: loops, logger: Logger(label: "postern.operations"))
    }

    /// How each part is.
    private func health(watching listener: Listener) -> HealthBoard {
        let (spool, delivery, holdings) = (spool, delivery, holdings)
        return HealthBoard([
            (
                "spool",
                {
                    _ = holdings.take()
                    return spool.health().state(looking: holdings.standstill)
                }
            ),
            ("delivery", { delivery.health() }),
            ("certificate", listener.certificateCheck(key: settings.listener.privateKey)),
        ])
    }

    /// The metrics page as of now.
    private func page(watching listener: Listener) -> MetricsPage {
        var page = MetricsPage()
        for (kind, count) in figures.counts.sorted(by: { $0.key < $1.key }) {
            page.counter(
                "postern_core_requests_total", "Requests, by what was asked and came of it.", count,
                ["operation": kind.route?.rawValue ?? "none", "result": kind.result])
        }
        page.gauge(
            "postern_core_requests_in_flight", "Requests under way.", Double(figures.inFlight))
        MetricsSources.write(listener, to: &page)
        page.gauge(
            "postern_commits_waiting", "Units waiting for the spool's writer.",
            Double(spool.health().waiting))
        if let there = holdings.take() {
            page.gauge(
                "postern_spool_waiting", "Deliveries that have not ended.", Double(there.waiting))
            page.gauge(
                "postern_spool_untold", "Endings the gateway has not acknowledged.",
                Double(there.untold))
        }
        let gauges = delivery.gauges
        MetricsSources.write(
            OutboxRow.Courier.allCases.filter { courier in
                couriers.contains { $0.rawValue == courier.rawValue }
            }.map { ($0.rawValue, gauges[$0]) }, to: &page)
        MetricsSources.writeProcess(to: &page)
        return page
    }
}

/// Closes the spool when everything that writes has stopped.
struct SpoolService: Service {
    let spool: DeliverySpool

    func run() async {
        try? await gracefulShutdown()
        await spool.close()
    }
}

/// Forgets what was acknowledged long ago, and puts what waits under the current master key, once an hour.
struct SpoolKeeper: Service {
    let spool: DeliverySpool
    let clock: any PosternModel.Clock
    let logger: Logger

    func run() async {
        await spool.emptyLog()
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do throws(Fault) {
                    try await spool.forget(at: clock.now())
                    try await spool.renewKeys()
                } catch {
                    logger.warning(
                        "The spool could not be tidied.", metadata: ["fault": "\(error)"])
                }
                try? await Task.sleep(for: .seconds(3600))
            }
        }
    }
}

extension DeliverySpool {
    /// Opens the spool where the settings say, with the master keys they name.
    ///
    /// - Throws: ``StartTrouble`` with every fault of the keys, `Fault` for all else.
    convenience init(_ settings: CoreServiceSettings, mustExist: Bool = false) throws {
        do throws(Fault) {
            try self.init(
                folder: settings.dataDirectory, mustExist: mustExist,
                keys: try settings.keys.vault(),
                keyFile: settings.keys.file)
        } catch { throw StartTrouble.ifKeys(error) }
    }
}
