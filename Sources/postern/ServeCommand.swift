import ArgumentParser
import CStart
import Foundation
import Logging
import PosternModel
import PosternSettings
import ServiceLifecycle

/// Runs the gateway with its embedded delivery core.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the gateway with its embedded delivery core.",
        discussion: """
            Prints one line, `ready CLIENT-ADDRESS OPERATIONS-ADDRESS`, once it takes requests. SIGTERM \
            and SIGINT finish what was accepted, then stop.
            """)

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let settings = try options.read()
        let output = LineOutput(.standardError)
        let level = Logger.Level(rawValue: settings.logLevel.rawValue) ?? .info
        LoggingSystem.bootstrap { JSONLogHandler(label: $0, level: level, output: output) }
        // A client that goes away while we write must not end the process.
        signal(SIGPIPE, SIG_IGN)
        // Nor may a crash leave its memory on the disk: passwords, tokens and message texts are in it.
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        // Before there are threads, and before the ledger is opened. Two heaps are as quick as the many there would be.
        cstart_limit_heaps(2)
        cstart_leave_database_memory_uncounted()
        do {
            let installation = try await Installation.assemble(settings)
            try await installation.run()
        } catch let trouble as PolicyTrouble {
            printError(trouble.description)
            throw ExitCode.badData
        } catch let fault as Fault {
            printError("\(fault)\n\(fault.code.entry.operatorHint)")
            throw ExitCode.unavailable
        } catch let trouble as StartTrouble {
            printError(trouble.description)
            throw trouble.code
        }
    }
}

/// Why the gateway cannot start, for whoever starts it.
struct StartTrouble: Error, CustomStringConvertible {
    let code: ExitCode
    let description: String
}
