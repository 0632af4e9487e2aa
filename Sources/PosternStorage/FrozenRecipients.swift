import PosternModel

/// Whom a message's targets stood for when it was sent or scheduled: blind copies that its composer did not write down.
enum FrozenRecipients {
    /// Where their positions begin among the blind copies; nobody writes down so many.
    static let firstPosition = 1_000_000

    static func write(
        emails: [EmailAddress], phones: [PhoneNumber], of message: Int64, _ statements: Statements
    ) throws {
        for (offset, address) in emails.enumerated() {
            try statements.run(
                "INSERT INTO recipients(message, kind, position, address) VALUES(?, 2, ?, ?)",
                message, firstPosition + offset, address.description)
        }
        for (position, phone) in phones.enumerated() {
            try statements.run(
                "INSERT INTO phone_recipients(message, position, number) VALUES(?, ?, ?)", message,
                position, phone.description)
        }
    }

    static func clear(of message: Int64, _ statements: Statements) throws {
        try statements.run(
            "DELETE FROM recipients WHERE message = ? AND kind = 2 AND position >= ?", message,
            firstPosition)
        try statements.run("DELETE FROM phone_recipients WHERE message = ?", message)
    }
}
