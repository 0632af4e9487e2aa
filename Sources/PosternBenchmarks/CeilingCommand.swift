import ArgumentParser
import Foundation
import Logging
import NIOPosix
import PosternCredentials
import PosternDialectSecureMessaging
import PosternGateway
import PosternListener
import PosternPipeline

/// Serves the prepared drafts through Postern's own listener and corridor, with a bare journal as its ledger.
struct CeilingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ceiling",
        abstract:
            "Serve the sample's drafts with a bare journal as the ledger, until ended by a signal.")

    @Option(help: "The folder for the journal.") var directory: String
    @Option(help: "Drafts.") var drafts = 10_000
    @Option(help: "Accounts that send.") var senders = 1000
    @Option(help: "Keywords of the policy.") var keywords = 1000
    @Option(help: "The certificate chain.") var certificate: String
    @Option(help: "Its private key.") var privateKey: String
    @Option(help: "The port.") var port = 0

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        let data = Dataset(senders: senders, drafts: drafts)
        let ledger = try JournalLedger(data, journal: directory + "/journal")
        let register = PolicyRegister(try Corridor.policy(keywords: keywords))
        let pipeline = SendPipeline(
            ports: .init(
                policies: register, views: ledger, ledger: ledger,
                passwords: PasswordChecker(PasswordChecker.Settings(threads: 1)),
                unauthenticated: NobodyCounts(), clock: SystemClock()),
            options: .init(
                notifications: NotificationTemplate(portal: "https://bench.example/"),
                relaysNotifications: false))
        var logger = Logger(label: "postern-bench")
        logger.logLevel = .error
        let metrics = SendMetrics()
        let responder = Responder(policies: register, metrics: metrics, clock: SystemClock())
        let gateway = Gateway(
            dialects: [SecureMessagingDialect()],
            pages: ServicePages(
                catalogue: SecureMessagingDialect.errorCatalogue,
                health: HealthDesk(HealthBoard([]), executor: CorridorExecutor(threads: 1))),
            sends: SendDoor(
                pipeline: pipeline,
                corridor: CorridorExecutor(threads: PasswordChecker.Settings.coreCount),
                inFlightLimit: 1024, metrics: metrics, room: WaitingRoom(patience: .seconds(60)),
                responder: responder, log: AnswerLog(logger)),
            responder: responder)
        let listener = try Listener(
            configuration: ListenerConfiguration(
                host: "127.0.0.1", port: port,
                tls: .init(certificateChain: certificate, privateKey: privateKey)),
            handler: gateway, group: MultiThreadedEventLoopGroup(numberOfThreads: 1), logger: logger
        )
        let address = try await listener.start()
        print("ready \(address)")
        fflush(nil)
        try await Task.sleep(for: .seconds(3600))
    }
}
