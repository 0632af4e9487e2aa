internal import Logging
internal import NIOConcurrencyHelpers
internal import NIOCore

/// A logger that writes one line per class of event and second, and says how many it left out.
final class LogThrottle: Sendable {
    private struct Gap {
        var until: NIODeadline
        var silenced: Int
    }

    private let logger: Logger
    private let gaps = NIOLockedValueBox<[String: Gap]>([:])

    init(_ logger: Logger) { self.logger = logger }

    /// Writes the line unless one of its class was written within the last second.
    ///
    /// - Parameters:
    ///   - level: The level.
    ///   - event: The class: a constant, never anything from a client, as classes are kept for ever.
    ///   - detail: What may come from outside; it is escaped and cut.
    func log(_ level: Logger.Level, _ event: StaticString, detail: @autoclosure () -> String = "") {
        guard level >= logger.logLevel else { return }
        let now = NIODeadline.now()
        let key = event.description
        let silenced: Int? = gaps.withLockedValue { gaps in
            if let gap = gaps[key], now < gap.until {
                gaps[key] = Gap(until: gap.until, silenced: gap.silenced + 1)
                return nil
            }
            let silenced = gaps[key]?.silenced ?? 0
            gaps[key] = Gap(until: now + .seconds(1), silenced: 0)
            return silenced
        }
        guard let silenced else { return }
        var metadata: Logger.Metadata = [:]
        let detail = Self.escape(detail())
        if !detail.isEmpty { metadata["detail"] = .string(detail) }
        if silenced > 0 { metadata["left-out"] = .stringConvertible(silenced) }
        logger.log(level: level, "\(key)", metadata: metadata)
    }

    /// Writes a line however many came before it: for levels that are on only while somebody looks for single requests.
    ///
    /// - Parameters:
    ///   - level: The level.
    ///   - event: What happened, a constant.
    ///   - metadata: Nothing that comes from a client as it is.
    func logEach(
        _ level: Logger.Level, _ event: StaticString, _ metadata: @autoclosure () -> Logger.Metadata
    ) {
        guard level >= logger.logLevel else { return }
        logger.log(level: level, "\(event)", metadata: metadata())
    }

    /// Printable ASCII as it is and everything else as `\u{…}`; at most 300 characters.
    static func escape(_ text: String) -> String {
        text.unicodeScalars.prefix(300).reduce(into: "") { result, scalar in
            if (0x20..<0x7F).contains(scalar.value), scalar != "\\" {
                result.unicodeScalars.append(scalar)
            } else {
                result += "\\u{" + String(scalar.value, radix: 16) + "}"
            }
        }
    }
}
