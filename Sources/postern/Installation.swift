import Foundation
import Logging
import NIOCore
import NIOPosix
import PosternAudit
import PosternCredentials
import PosternDelivery
import PosternDialectSecureMessaging
import PosternGateway
import PosternListener
import PosternModel
import PosternPipeline
import PosternPolicy
import PosternSettings
import PosternStorage
import ServiceLifecycle
import UnixSignals

/// A gateway put together from its settings: everything concrete, and nothing else anywhere knows it.
struct Installation {
    let settings: Settings
    let clock = SystemClock()
    let logger = Logger(label: "postern")
    let hold: DataFolderHold
    let store: SQLiteStore
    let archive: PolicyArchive
    let policyAsRead: PolicyFolder.Fingerprint
    let audit: AuditLogService
    let policies: PolicyRegister
    let passwords: PasswordChecker
    /// Whose JWTs are tokens; nil when only Postern's own are.
    let issuers: Issuers?
    /// The units of others; nil when no file names any.
    let crossing: Crossing?
    let delivery: DeliveryCore
    /// How many deliveries a delivery core elsewhere has.
    let entrusted: Glance<Int>
    let corridor: CorridorExecutor
    /// Threads for all else than sending: they wait for disks, and sends must not wait for them.
    let sideThreads: CorridorExecutor
    /// A thread for health and metrics: whoever watches the gateway must not wait for what is watched.
    let healthThread = CorridorExecutor(threads: 1)
    let metrics = SendMetrics()
    let operationMetrics = OperationMetrics()
    let loops: MultiThreadedEventLoopGroup

    /// The trusted issuers, and what keeps them up to date.
    struct Issuers {
        let register: IssuerRegister
        let keeper: TrustKeeper<IssuerRegister>
    }

    /// Opens everything, in the order in which things need each other; nothing serves yet.
    ///
    /// - Throws: ``PolicyTrouble``, `Fault` or ``StartTrouble``: what keeps the gateway from starting.
    static func assemble(_ settings: Settings) async throws -> Installation {
        let logger = Logger(label: "postern")
        let clock = SystemClock()
        let loaded = try PolicyKeeper.load(
            folder: settings.policy.directory, cache: settings.policy.cacheDirectory)
        let active = loaded.active
        let issuers = try settings.issuersFile.map { try Issuers($0, logger: logger) }
        let crossing = try Crossing(settings, logger: logger)
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: settings.listener.threads)
        let courier = try settings.relay.map { try SMTPCourier.make($0, group: loops) }
        let webhook = try settings.webhook.map {
            try WebhookCourier($0, clock: clock, group: loops)
        }
        let core = try settings.core.map { try RemoteCoreLine($0, group: loops) }
        let callbacks = try callbackCourier(settings, group: loops)
        let hold = try DataFolderHold.take(settings.dataDirectory, for: .gateway)
        let store = try SQLiteStore(settings, for: .gateway)
        let archive = PolicyArchive(
            dataFolder: settings.dataDirectory, room: settings.policy.historyBytes)
        try archive.keep(loaded.version)
        let log = try TileLog.open(
            TileLogSettings(settings.audit), source: store)
        let audit = AuditLogService(log, clock: clock, logger: Logger(label: "postern.audit"))
        let delivery = DeliveryCore(
            outbox: store, mail: courier, webhook: webhook,
            cells: crossing?.courier(reading: store, clock: clock, group: loops),
            remote: core.map {
                RemoteCore(calls: $0, rows: store, carries: settings.core?.couriers ?? [])
            },
            callbacks: CallbackService(
                queue: store, carrier: callbacks, wordings: Dialects.callbackWordings),
            clock: clock,
            logger: Logger(label: "postern.delivery"))
        let corridor = CorridorExecutor(threads: settings.corridorThreads)
        store.attach(
            guardian: log.guard,
            entriesAppended: {
                audit.entriesAppended()
                delivery.nudge()
            }, underWay: { corridor.load })
        audit.start()
        let passwords = PasswordChecker(PasswordChecker.Settings(settings.passwords))
        logger.info("assembled", metadata: ["policy": "\(active.policy.digest)"])
        return Installation(
            settings: settings, hold: hold, store: store, archive: archive,
            policyAsRead: loaded.fingerprint, audit: audit,
            policies: PolicyRegister(active), passwords: passwords, issuers: issuers,
            crossing: crossing,
            delivery: delivery,
            entrusted: Glance(0) { (try? store.entrustedCount()) ?? 0 },
            corridor: corridor,
            sideThreads: CorridorExecutor(threads: settings.operationThreads), loops: loops)
    }

    /// Made without a host to call, too: what is owed to hosts that are no longer listed is given up, and says so.
    private static func callbackCourier(
        _ settings: Settings, group: any EventLoopGroup
    ) throws(StartTrouble) -> CallbackCourier {
        do throws(HTTPEndpointProblem) {
            return try CallbackCourier(
                hosts: settings.dialects.revicomCallbackHosts,
                authorityFile: settings.dialects.revicomCallbackTrustRoots, group: group)
        } catch {
            throw StartTrouble(code: .badSettings, description: error.sentence)
        }
    }

    /// Serves until told to stop, then finishes what was accepted.
    func run() async throws {
        let unauthenticated = UnauthenticatedRecorder(
            policy: { [policies] in policies.current.policy.digest },
            write: { [store] entry async throws(Fault) in try await store.record(entry) },
            clock: clock, logger: logger)
        let pipeline = SendPipeline(
            ports: SendPipeline.Ports(
                policies: policies, views: store, ledger: store,
                passwords: passwords, unauthenticated: unauthenticated, clock: clock,
                issued: issuers?.register, foreign: crossing?.register),
            options: SendPipeline.Options(
                sessionIdle: settings.sessionIdle,
                notifications: NotificationTemplate(portal: settings.portal),
                relaysNotifications: settings.carriesNotifications,
                relaysPhones: settings.carriesTexts, units: foreignUnits))
        let scheduler = Scheduler(
            schedules: store, clock: clock, logger: Logger(label: "postern.schedule")
        ) { [corridor] due in
            // It waits for the ledger as every send does, on the corridor's threads.
            await Task(executorPreference: corridor) { await pipeline.sendDue(due) }.value
        }
        store.attach(dueEarlier: { scheduler.nudge(for: $0) })
        let dialects = Dialects(settings, units: foreignUnits)
        let room = WaitingRoom(patience: settings.ledgerPatience)
        let responder = Responder(policies: policies, metrics: metrics, clock: clock)
        let log = AnswerLog(Logger(label: "postern.gateway"))
        let gateway = Gateway(
            dialects: dialects.mounted,
            pages: ServicePages(
                catalogue: SecureMessagingDialect.errorCatalogue,
                descriptions: dialects.descriptions,
                health: HealthDesk(health(), executor: healthThread)),
            sends: SendDoor(
                pipeline: pipeline, corridor: corridor, inFlightLimit: settings.sendsInFlight,
                metrics: metrics, room: room, responder: responder, log: log,
                scheduled: { scheduler.nudge(for: $0) }),
            side: SideDoor(
                pipeline: operations(unauthenticated), executor: sideThreads,
                inFlightLimit: settings.operationsInFlight, metrics: operationMetrics, room: room,
                responder: responder, log: log),
            responder: responder)
        let listener = try Listener(serving: gateway, settings.listener, group: loops)
        let operations = try operationsListener(watching: listener)
        let now = clock.now()
        let entry = AuditEntry(
            kind: .started, id: .make(at: now), at: now,
            policy: policies.current.policy.digest)
        try await store.record(SealedEntry(entry, subject: nil, openings: []))
        let door = DoorService(
            client: listener, operations: operations, grace: settings.shutdownGrace,
            closing: delivery.beginStopping)
        let keeper = PolicyKeeper(
            policyAsRead, folder: settings.policy.directory, cache: settings.policy.cacheDirectory,
            interval: settings.policy.watchInterval, archive: archive, register: policies,
            ledger: store, clock: clock, logger: logger)
        try await keeper.begin()
        // Stopped from the last to the first: nothing new comes in while what came in is finished.
        var running: [any Service] = [
            LedgerService(store: store, audit: audit, logger: logger),
            StandstillService(store: store, room: room),
            DeliveryService(core: delivery), ScheduleService(scheduler: scheduler),
            ExpiryService(store: store, policies: policies, clock: clock, logger: logger),
            keeper, UnauthenticatedService(recorder: unauthenticated),
        ]
        if let issuers { running.append(issuers.keeper) }
        if let crossing { running.append(crossing.keeper) }
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: (running + [door]).map { .init(service: $0) },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        do {
            try await services.run()
        } catch let error as CertificateError {
            throw StartTrouble(code: .badSettings, description: "\(error)")
        }
        await passwords.shutdown()
        await corridor.shutdown()
        await sideThreads.shutdown()
        await healthThread.shutdown()
        hold.release()
        try await loops.shutdownGracefully()
    }

    private var foreignUnits: any ForeignUnits { crossing?.register ?? NoForeignUnits() }

    private func operations(_ unauthenticated: any UnauthenticatedLog) -> OperationPipeline {
        OperationPipeline(
            ports: OperationPipeline.Ports(
                policies: policies, views: store, ledger: store, passwords: passwords,
                unauthenticated: unauthenticated, clock: clock, issued: issuers?.register),
            sessionIdle: settings.sessionIdle, relaysPhones: settings.carriesTexts)
    }

    private func operationsListener(watching listener: Listener) throws -> Listener {
        let page = MetricsSources(
            sends: metrics, operations: operationMetrics, listener: listener, store: store,
            audit: audit,
            passwords: passwords, delivery: delivery, entrusted: entrusted, policies: policies)
        return try Listener(
            configuration: ListenerConfiguration(
                host: settings.operations.host, port: settings.operations.port, tls: nil),
            handler: OperationsHandler(
                health: HealthDesk(health(certificate: listener), executor: healthThread),
                metrics: { page.page }, executor: healthThread),
            group: loops, logger: Logger(label: "postern.operations"))
    }
}

extension Installation.Issuers {
    /// Reads the files; the keeper looks at them again once it runs.
    fileprivate init(_ file: String, logger: Logger) throws(StartTrouble) {
        do throws(TrustTrouble) {
            let first = try LoadedTrust(issuersIn: file)
            register = IssuerRegister(first.value)
            keeper = TrustKeeper(first, of: "issuers", register: register, logger: logger) {
                () throws(TrustTrouble) in
                try LoadedTrust(issuersIn: file)
            }
        } catch {
            throw StartTrouble(code: .badSettings, description: error.description)
        }
    }
}

extension ServiceDescription {
    init(_ settings: Settings) {
        self.init(
            name: settings.service.name, code: settings.service.code,
            baseURL: settings.portal, administrator: settings.service.administrator)
    }
}

extension TileLogSettings {
    init(_ settings: AuditSettings) {
        self.init(folder: settings.directory, origin: settings.origin)
    }
}

extension PasswordChecker.Settings {
    init(_ settings: PasswordSettings) {
        self.init(
            parameters: Argon2Parameters(
                memory: UInt32(settings.memory), passes: UInt32(settings.passes),
                lanes: UInt32(settings.lanes)) ?? .standard,
            threads: settings.threads, queueLimit: settings.waiting)
    }
}

extension SMTPSettings {
    init(_ relay: RelaySettings) {
        self.init(
            host: relay.host, port: relay.port, security: Security(relay.security),
            credentials: relay.user.flatMap { user in
                relay.password.map { SMTPCredentials(user: user, password: $0) }
            },
            sender: relay.from, senderName: "Postern", helloName: relay.greeting,
            authorityFile: relay.authorities)
    }
}

extension SMTPSettings.Security {
    init(_ security: RelaySettings.Security) {
        self =
            switch security {
            case .starttls: .startTLS
            case .tls: .implicitTLS
            case .plain: .plaintextOnLoopback
            }
    }
}

extension Listener {
    /// A listener for clients, where the settings say.
    convenience init(
        serving handler: any RequestHandler, _ settings: ListenerSettings,
        group: any EventLoopGroup
    ) throws(StartTrouble) {
        do {
            try self.init(
                configuration: ListenerConfiguration(settings), handler: handler, group: group,
                logger: Logger(label: "postern.listener"))
        } catch {
            throw StartTrouble(
                code: .badSettings,
                description: "\(error)\n`postern cert dev` makes a certificate for development.")
        }
    }
}

extension ListenerConfiguration {
    init(_ settings: ListenerSettings) {
        self.init(
            host: settings.host, port: settings.port,
            tls: TLS(
                certificateChain: settings.certificate, privateKey: settings.privateKey,
                profile: settings.tlsProfile == .modern ? .modern : .intermediate,
                clientAuthorities: settings.clientAuthorities),
            limits: ListenerLimits(settings.limits),
            certificateCheckInterval: .seconds(2))
    }
}

extension ListenerLimits {
    init(_ limits: LimitSettings) {
        self.init()
        head = limits.headBytes
        fields = limits.headFields
        target = limits.targetBytes
        body = limits.bodyBytes
        largeBodies = limits.largeBodies
        handshakeTime = limits.handshake
        headTime = limits.head
        bodyTime = limits.body
        idleTime = limits.idle
        writeTime = limits.write
        concurrentStreams = limits.streams
        continuationFrames = limits.continuationFrames
        resets = limits.resets
        resetTime = limits.resetWindow
        connections = limits.connections
        connectionsPerPeer = limits.connectionsPerPeer
    }
}
