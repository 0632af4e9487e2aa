import PosternModel

/// What readers did with messages, once for each reader, kind and file.
enum Tracking {
    /// Notes what was done, unless it is known.
    static func note(
        _ kind: TrackingEvent.Kind, of message: Int64, by account: Int64, file: Int64?,
        at now: Instant, _ statements: Statements
    ) throws {
        try statements.run(
            """
            INSERT INTO tracking(message, account, kind, file, at)
            SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS(
              SELECT 1 FROM tracking WHERE message = ?1 AND kind = ?3 AND account = ?2 AND file IS ?4)
            """, message, account, kind.rawValue, file, now.milliseconds)
    }
}
