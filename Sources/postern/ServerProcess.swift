import ArgumentParser
import CStart
import Foundation
import Logging
import PosternModel
import PosternSettings

/// What every command that serves does first, and how it says that it cannot start.
enum ServerProcess {
    /// Makes the process ready, then runs what it is for; what keeps it from starting is printed and becomes an exit code.
    static func serve(
        logLevel: Settings.LogLevel, _ body: () async throws -> Void
    ) async throws {
        let level = Logger.Level(rawValue: logLevel.rawValue) ?? .info
        LoggingSystem.bootstrap { JSONLogHandler(label: $0, level: level) }
        // A client that goes away while we write must not end the process.
        signal(SIGPIPE, SIG_IGN)
        // What asks others to read their files again must not end who watches them; a terminal that is closed may.
        if isatty(STDIN_FILENO) == 0 { signal(SIGHUP, SIG_IGN) }
        // Nor may a crash leave its memory on the disk: passwords, tokens and message texts are in it.
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        // Before there are threads, and before a data file is opened. Two heaps are as quick as the many there would be.
        cstart_limit_heaps(2)
        cstart_return_large_pieces()
        cstart_leave_database_memory_uncounted()
        do {
            // What was logged stands before the reason for an end.
            defer { LineOutput.log.finish() }
            try await body()
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
