import PosternModel

extension Statements {
    /// The row a message's name stands for; nil when no message has it.
    func row(of name: MessageName) throws -> Int64? {
        switch name {
        case .guid(let guid):
            try first("SELECT id FROM messages WHERE guid = ?", guid.bytes) { $0.integer(0) }
        case .number(let number):
            try first("SELECT id FROM messages WHERE id = ?", number) { $0.integer(0) }
        case .malformed: nil
        }
    }
}
