import GRDB
import PosternModel

extension Fault {
    /// What SQLite reported, under a code of ours; values bound to statements are never in its message.
    init(
        _ code: FaultCode, _ error: any Error, file: StaticString = #fileID, line: UInt = #line
    ) {
        switch error {
        case let fault as Fault: self = fault
        case let error as DatabaseError:
            self.init(
                code,
                note:
                    "SQLite \(error.extendedResultCode.rawValue): \(error.message ?? "no message")",
                file: file, line: line)
        default: self.init(code, note: "\(type(of: error))", file: file, line: line)
        }
    }
}
