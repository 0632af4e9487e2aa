import Foundation
import Logging
import Synchronization

/// Writes each log event as one line of JSON to standard error.
///
/// Values are JSON strings, so that nothing a client sends can break a line or pretend to be one.
struct JSONLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let output: LineOutput

    init(label: String, level: Logger.Level, output: LineOutput) {
        self.label = label
        logLevel = level
        self.output = output
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields: [String: String] = [:]
        let provided = metadataProvider?.get() ?? [:]
        for source in [metadata, provided, event.metadata ?? [:]] {
            for (key, value) in source { fields[key] = "\(value)" }
        }
        if let error = event.error { fields["error"] = "\(error)" }
        fields["time"] = Date().formatted(
            .iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(
                separator: .omitted))
        fields["level"] = event.level.rawValue
        fields["logger"] = label
        fields["message"] = "\(event.message)"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard var line = try? encoder.encode(fields) else { return }
        line.append(UInt8(ascii: "\n"))
        output.write(line)
    }
}

/// A file handle that several threads write whole lines to.
final class LineOutput: Sendable {
    private let handle: Mutex<FileHandle>

    init(_ handle: FileHandle) { self.handle = Mutex(handle) }

    /// Writes a line; a reader that went away is not our trouble.
    func write(_ line: Data) {
        handle.withLock { handle in try? handle.write(contentsOf: line) }
    }
}
