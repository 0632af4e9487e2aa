import GRDB
import PosternModel

extension Database {
    /// Runs a statement that was compiled before, and says how many rows it changed.
    @discardableResult
    func run(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> Int {
        try cachedStatement(sql: sql).execute(arguments: arguments)
        return changesCount
    }

    /// The first row of a statement that was compiled before; nil when there is none.
    func first<Value>(
        _ sql: String, _ arguments: StatementArguments = StatementArguments(),
        _ read: (Row) throws -> Value
    ) throws -> Value? {
        let rows = try Row.fetchCursor(cachedStatement(sql: sql), arguments: arguments)
        guard let row = try rows.next() else { return nil }
        return try read(row)
    }

    /// Every row of a statement that was compiled before.
    func all<Value>(
        _ sql: String, _ arguments: StatementArguments = StatementArguments(),
        _ read: (Row) throws -> Value
    ) throws -> [Value] {
        let rows = try Row.fetchCursor(cachedStatement(sql: sql), arguments: arguments)
        var values: [Value] = []
        while let row = try rows.next() { values.append(try read(row)) }
        return values
    }
}

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
