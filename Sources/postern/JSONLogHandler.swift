import Foundation
import Logging

/// Writes each log event as one line of JSON to standard error.
///
/// Values are JSON strings, so that nothing a client sends can break a line or pretend to be one.
struct JSONLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let label: String

    init(label: String, level: Logger.Level) {
        self.label = label
        logLevel = level
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
        guard let line = Self.line(event.level, label, "\(event.message)", fields) else { return }
        LineOutput.log.say(line)
    }

    fileprivate static func line(
        _ level: Logger.Level, _ label: String, _ message: String, _ fields: [String: String]
    ) -> Data? {
        var fields = fields
        fields["time"] = Date().formatted(
            .iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(
                separator: .omitted))
        fields["level"] = level.rawValue
        fields["logger"] = label
        fields["message"] = message
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard var line = try? encoder.encode(fields) else { return nil }
        line.append(UInt8(ascii: "\n"))
        return line
    }
}

extension LineOutput {
    /// The log of this process.
    static let log = LineOutput(STDERR_FILENO) { lost in
        JSONLogHandler.line(
            .warning, "postern", "Lines of this log were lost: nobody took them.",
            ["count": "\(lost)"]) ?? Data()
    }
}
