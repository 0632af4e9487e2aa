import CStart
import Dispatch
import Foundation
import Logging
import PosternAudit
import PosternDelivery
import NIOCore
import PosternGateway
import PosternListener
import PosternModel
import PosternStorage
import ServiceLifecycle

/// Opens both listeners, says so, and closes them within the grace of a stop, for it is the first to hear of one.
struct DoorService: Service {
    let client: Listener
    let operations: Listener
    let grace: Duration
    /// Told of the grace when it begins: what is to end with it must not begin to count when the doors are closed.
    let closing: @Sendable (Duration) -> Void

    func run() async throws {
        let clientAddress: String
        let operationsAddress: String
        do {
            clientAddress = try await client.start().authority
            operationsAddress = try await operations.start().authority
        } catch {
            throw StartTrouble(code: .unavailable, description: "Cannot listen: \(error)")
        }
        print("ready https://\(clientAddress) http://\(operationsAddress)")
        // Whoever waits for the line may read from a pipe, which is not flushed by the line.
        fflush(nil)
        #if !DEBUG
            // Not where breakpoints may be: a debugger writes them into those pages, and they would go too.
            try? await giveBackMemory()
        #endif
        try? await gracefulShutdown()
        closing(grace)
        await client.shutdown(grace: grace)
        await operations.shutdown(grace: .seconds(1))
    }

    /// Gives back what is not in use, at ever longer intervals, until a stop.
    ///
    /// Soon at first, for most of the program is read once only: when services start, and again when the first of each kind of
    /// request comes.
    private func giveBackMemory() async throws {
        var pause = Duration.seconds(1)
        while true {
            try await cancelWhenGracefulShutdown { [pause] in try await Task.sleep(for: pause) }
            cstart_forget_program()
            cstart_trim_heaps()
            pause = min(pause * 2, .seconds(900))
        }
    }
}

/// Looks four times a second whether the ledger stands still, so that nobody waits for long for a disk that does not answer.
struct StandstillService: Service {
    let store: SQLiteStore
    let room: WaitingRoom

    func run() async {
        // On a thread of its own: those that all tasks share may be the ones that wait for the disk.
        let queue = DispatchQueue(label: "postern.standstill")
        let timer = DispatchSource.makeTimerSource(queue: queue)
        timer.setEventHandler { [store, room] in room.look(standstill: store.standstill) }
        timer.schedule(
            deadline: .now(), repeating: .milliseconds(250), leeway: .milliseconds(50))
        timer.resume()
        try? await gracefulShutdown()
        timer.cancel()
    }
}

/// Works through the outbox until told to stop, and lets go of what is under way when the grace of the stop is over.
struct DeliveryService: Service {
    let core: DeliveryCore

    func run() async {
        await withGracefulShutdownHandler {
            await core.run()
        } onGracefulShutdown: {
            core.stop()
        }
    }
}

/// Records samples of unauthenticated refusals as they come, and a summary when one is due, until told to stop.
struct UnauthenticatedService: Service {
    let recorder: UnauthenticatedRecorder

    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await cancelWhenGracefulShutdown {
                    while !Task.isCancelled {
                        try? await Task.sleep(for: .seconds(1))
                        await recorder.summarise()
                    }
                }
                recorder.finish()
            }
            await recorder.recordSamples()
        }
    }
}

/// Closes the ledger, then the audit log, when everything that writes has stopped.
struct LedgerService: Service {
    let store: SQLiteStore
    let audit: AuditLogService
    let logger: Logger

    func run() async {
        try? await gracefulShutdown()
        do {
            _ = try await audit.stop()
        } catch {
            logger.error("audit log not closed", metadata: ["fault": "\(error)"])
        }
        await store.close()
    }
}

extension SocketAddress {
    /// Host and port as a URL writes them: an IPv6 address stands in brackets.
    fileprivate var authority: String {
        let host = ipAddress ?? "localhost"
        return "\(host.contains(":") ? "[\(host)]" : host):\(port ?? 0)"
    }
}
