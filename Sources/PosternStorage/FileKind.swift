import GRDB
import PosternSealing

/// What a data file is for: its name and mark, its shape, and the number by which one that was rolled back is noticed.
struct FileKind: Sendable {
    /// Its name in the data folder.
    let name: String
    /// What reports call it.
    let title: String
    /// The mark in the file's header that says what it is (`PRAGMA application_id`).
    let applicationID: Int32
    /// The shape this build writes (`PRAGMA user_version`).
    let version: Int32
    /// Every step from a new file to this build's shape.
    let migrator: @Sendable (KeyVault) -> DatabaseMigrator
    /// The number that what is appended next gets; in a file that nobody rolled back, it never falls.
    let nextIndex: @Sendable (Statements) throws -> Int64

    /// The ledger, which appends audit entries.
    static let ledger = FileKind(
        name: "postern.sqlite", title: "the ledger", applicationID: Schema.applicationID,
        version: Schema.version, migrator: { Schema.migrator(sealingWith: $0) },
        nextIndex: { statements in
            try statements.first(
                #"SELECT coalesce(max("index") + 1, 0) FROM audit_entries"#, read: { $0.integer(0) }
            ) ?? 0
        })
}
