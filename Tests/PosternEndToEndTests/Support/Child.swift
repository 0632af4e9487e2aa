import Foundation
import PosternTesting
import Synchronization

/// A process these tests started: watched to its end, and never left behind.
final class Child: Sendable {
    /// How a process ended.
    enum End: Sendable, Equatable {
        case exit(Int32)
        case signal(Int32)
    }

    /// It did not do in time what was waited for.
    struct TooLong: Error, CustomStringConvertible {
        let description: String
    }

    /// The process id.
    let id: Int32
    /// Ready once it has ended.
    let end: Task<End, Never>
    private let process = Mutex<Process?>(nil)
    private let written = Mutex("")
    private let lines: AsyncStream<String>
    private let diagnostics: URL

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - program: Its path.
    ///   - arguments: Its arguments.
    ///   - folder: Its working folder.
    ///   - diagnostics: The file its standard error is appended to, or a pipe with a name.
    ///   - input: What it reads; nothing when nil.
    /// - Throws: When it cannot be started.
    init(
        _ program: URL, _ arguments: [String], in folder: URL, diagnostics: URL, input: Pipe? = nil
    ) throws {
        let run = try RunFolder.shared.get()
        self.diagnostics = diagnostics
        let descriptor = open(diagnostics.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
        let errors = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        let (ends, ended) = AsyncStream<End>.makeStream()
        end = Task {
            for await end in ends { return end }
            return .exit(-1)
        }
        let (lines, line) = AsyncStream<String>.makeStream()
        self.lines = lines
        let (process, reader) = try Process.start(program.path, arguments) { process in
            let output = Pipe()
            process.currentDirectoryURL = folder
            process.environment = ProcessInfo.processInfo.environment.filter {
                !$0.key.hasPrefix("POSTERN_")
            }
            process.standardInput = input ?? FileHandle.nullDevice
            process.standardOutput = output
            process.standardError = errors
            process.terminationHandler = { process in
                run.note("dead \(process.processIdentifier)")
                ended.yield(
                    process.terminationReason == .exit
                        ? .exit(process.terminationStatus) : .signal(process.terminationStatus))
                ended.finish()
            }
            return output.fileHandleForReading
        }
        id = process.processIdentifier
        run.note("born \(id)")
        try errors.close()
        self.process.withLock { $0 = process }
        Thread.detachNewThread { [self] in
            var rest = ""
            while case let data = reader.availableData, !data.isEmpty {
                let text = String(decoding: data, as: UTF8.self)
                written.withLock { $0 += text }
                rest += text
                while let end = rest.firstIndex(of: "\n") {
                    line.yield(String(rest[..<end]))
                    rest = String(rest[rest.index(after: end)...])
                }
            }
            line.finish()
        }
    }

    /// All it has written to standard output.
    var output: String { written.withLock { $0 } }

    /// All it has written to standard error.
    var errors: String { (try? String(contentsOf: diagnostics, encoding: .utf8)) ?? "" }

    /// The first line of standard output that begins so; nil when output ends first.
    func line(beginning prefix: String) async -> String? {
        for await line in lines where line.hasPrefix(prefix) { return line }
        return nil
    }

    /// Sends it a signal; a process that has ended gets none.
    func signal(_ number: Int32) {
        process.withLock { process in
            if process?.isRunning == true { kill(id, number) }
        }
    }

    /// Waits for the end; a process that outlives the bound is killed.
    ///
    /// - Throws: ``TooLong``.
    func end(within bound: Duration) async throws -> End {
        try await bounded(bound, "process \(id) did not end") {
            await self.end.value
        } onOverrun: {
            self.signal(SIGKILL)
        }
    }
}

/// Waits for work, but not for ever.
///
/// - Throws: ``Child/TooLong`` after the bound, once `onOverrun` has made the work end.
func bounded<Value: Sendable>(
    _ bound: Duration, _ trouble: String, _ work: @escaping @Sendable () async throws -> Value,
    onOverrun: @escaping @Sendable () -> Void = {}
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await work() }
        group.addTask {
            try await Task.sleep(for: bound)
            onOverrun()
            return nil
        }
        let first = try await group.next()
        group.cancelAll()
        guard let value = first ?? nil else { throw Child.TooLong(description: trouble) }
        return value
    }
}

/// Asks again and again until the answer is yes.
///
/// - Throws: ``Child/TooLong`` when the bound passes first.
func eventually(
    _ what: String, within bound: Duration = .seconds(10),
    _ question: () async throws -> Bool
) async throws {
    let start = ContinuousClock.now
    while try await !question() {
        guard start.duration(to: .now) < bound else {
            throw Child.TooLong(description: "not within \(bound): \(what)")
        }
        try await Task.sleep(for: .milliseconds(20))
    }
}
