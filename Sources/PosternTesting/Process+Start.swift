public import Foundation

extension Process {
    private static let turn = NSLock()

    /// Starts a program as a body sets it up, while no other is started.
    ///
    /// WHY NOT `run()`: Foundation hands a child all descriptors made since it looked for those to close. Of two children
    /// started at once one then has the other's pipes, and the socket by whose closing the other's end is noticed: whoever
    /// waits for the second waits for the first as well.
    ///
    /// - Parameters:
    ///   - path: The program's.
    ///   - arguments: Its arguments.
    ///   - setUp: Sets what else it needs, and makes every `Pipe` that it needs.
    /// - Returns: The process, running, and what the body gave back.
    /// - Throws: When it cannot be started, or what the body throws.
    public static func start<Value>(
        _ path: String, _ arguments: [String], _ setUp: (Process) throws -> Value
    ) throws -> (process: Process, value: Value) {
        turn.lock()
        defer { turn.unlock() }
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        let value = try setUp(process)
        try process.run()
        return (process, value)
    }

    /// Makes a pipe while no program is started, for one that will be.
    public static func pipe() -> Pipe {
        turn.lock()
        defer { turn.unlock() }
        return Pipe()
    }

    /// Runs a program to its end.
    ///
    /// - Parameters:
    ///   - path: The program's.
    ///   - arguments: Its arguments.
    ///   - setUp: Sets what else it needs; its standard output is a pipe already.
    /// - Returns: Its exit code, and what it wrote to standard output.
    /// - Throws: When it cannot be started, or what the body throws.
    @discardableResult
    public static func finish(
        _ path: String, _ arguments: [String], _ setUp: (Process) throws -> Void = { _ in }
    ) throws -> (status: Int32, output: Data) {
        let (process, pipe) = try start(path, arguments) { process in
            let pipe = Pipe()
            process.standardOutput = pipe
            try setUp(process)
            return pipe
        }
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }
}
