import PosternModel

/// Those a message's targets stand for, written down when it is sent or scheduled.
///
/// They lie among its blind copies, behind those its composer wrote: the place of a row tells the one from the other.
enum FrozenRecipients {
    /// The place of the first one; no draft keeps as many blind copies of its own.
    static let firstPosition = 1_000_000

    /// Puts them in the place of those a message had.
    static func write(
        emails: [EmailAddress], outsiders: [Outsider], of message: Int64, _ statements: Statements
    ) throws {
        try clear(of: message, statements)
        for (offset, email) in emails.enumerated() {
            try statements.run(
                "INSERT INTO recipients(message, kind, position, address) VALUES(?, 2, ?, ?)",
                message, firstPosition + offset, email.description)
        }
        for (position, outsider) in outsiders.enumerated() {
            try statements.run(
                "INSERT INTO outside_recipients(message, position, address) VALUES(?, ?, ?)",
                message, position, outsider.description)
        }
    }

    /// Forgets them: the message is a draft again.
    static func clear(of message: Int64, _ statements: Statements) throws {
        try statements.run(
            "DELETE FROM recipients WHERE message = ? AND kind = 2 AND position >= ?", message,
            firstPosition)
        try statements.run("DELETE FROM outside_recipients WHERE message = ?", message)
    }
}
