import HTTPTypes
public import Logging
import PosternListener
import PosternModel

/// Logs what requests came to.
///
/// A line for each request that is turned away would keep a busy service busier; they are counted. And what is the client's
/// to put right needs no operator.
public struct AnswerLog: Sendable {
    private let logger: Logger

    /// Logs to a logger.
    public init(_ logger: Logger) { self.logger = logger }

    /// Logs that a request was answered, if its outcome is of a level that is logged.
    ///
    /// - Parameters:
    ///   - message: What was answered.
    ///   - request: The request.
    ///   - dialect: In which API it was made.
    ///   - decision: The decision's name.
    ///   - fault: Why it was not seen through; nil when it was.
    ///   - details: What else there is to say, the result at least; asked only when it is logged.
    func note(
        _ message: Logger.Message, _ request: ReceivedRequest, dialect: String,
        decision: @autoclosure () -> DecisionID, fault: Fault?,
        details: @autoclosure () -> Logger.Metadata
    ) {
        let level = Self.level(of: fault)
        guard logger.logLevel <= level else { return }
        var metadata = details()
        metadata["request"] = "\(request.id)"
        metadata["dialect"] = "\(dialect)"
        metadata["decision"] = "\(decision())"
        if let trace = request.trace { metadata["trace"] = "\(trace.trace)" }
        if let fault {
            metadata["fault"] = "\(fault)"
            metadata["hint"] = "\(fault.code.entry.operatorHint)"
        }
        logger.log(level: level, message, metadata: metadata)
    }

    private static func level(of fault: Fault?) -> Logger.Level {
        guard let code = fault?.code else { return .debug }
        switch code {
        case .overloaded, .passwordQueueFull: return .debug
        default: return code.entry.turn == .caller ? .debug : .error
        }
    }
}
