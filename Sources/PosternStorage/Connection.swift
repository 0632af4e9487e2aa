import GRDB

/// One connection and its statements: GRDB's queue opens, migrates and closes it, and is not passed through in between.
struct Connection: Sendable {
    let queue: DatabaseQueue
    let statements: Statements

    init(_ queue: DatabaseQueue) throws {
        self.queue = queue
        statements = try Statements(queue)
    }

    func close() {
        statements.forget()
        try? queue.close()
    }
}
