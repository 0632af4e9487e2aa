import Foundation
import GRDB
import PosternCoreContract
import PosternModel
import PosternSealing

/// The shape of a core's spool, as steps that each lead one version on; ``Schema``'s rules hold here too.
enum SpoolSchema {
    /// The mark in the file's header that says it is a spool: "Pspo" in ASCII (`PRAGMA application_id`).
    static let applicationID: Int32 = 0x5073_706F
    /// The version this build writes (`PRAGMA user_version`).
    static let version: Int32 = 2

    /// Every step; the vault wraps the key that is made with the file.
    static func migrator(sealingWith vault: KeyVault) -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("v1") { db in
            try db.execute(sql: tables)
            let id = SpoolID.random()
            let key = try WrappedKey(
                wrapping: .generate(), for: id.bytes, under: vault.current)
            try db.execute(
                sql: "INSERT INTO spool(id, fingerprint_key) VALUES(?, ?)",
                arguments: [Data(id.bytes), Data(key.bytes)])
        }
        migrator.registerMigration("v2") { db in try db.execute(sql: handing) }
        return migrator
    }

    // A name lasts longer than its work: it is what makes entrusting idempotent. Work is a row of `outbox` with its content
    // and its key, until it ends, and a row of `endings` from then on; a name that was withdrawn before any work came has
    // only that. Work that was withdrawn while a courier had it says when (`withdrawn_at`). Numbers of both are never used again.
    //
    // What lies in the clear is what finding work takes: names, couriers, times, and why a relay or webhook put something off.
    private static let tables = """
        CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
        CREATE TABLE spool(
          id BLOB NOT NULL CHECK(length(id) = 16),
          fingerprint_key BLOB NOT NULL,
          acknowledged INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE deliveries(
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          key TEXT NOT NULL UNIQUE,
          fingerprint BLOB);
        CREATE TABLE outbox(
          id INTEGER PRIMARY KEY REFERENCES deliveries(id),
          courier TEXT NOT NULL,
          attempts INTEGER NOT NULL DEFAULT 0,
          due_at INTEGER NOT NULL,
          accepted_at INTEGER NOT NULL,
          withdrawn_at INTEGER,
          reason TEXT,
          slot INTEGER NOT NULL REFERENCES key_slots(id));
        CREATE INDEX outbox_put_off ON outbox(courier, due_at, id)
          WHERE attempts > 0 OR due_at > accepted_at;
        CREATE TABLE contents(
          id INTEGER PRIMARY KEY REFERENCES outbox(id),
          sealed BLOB NOT NULL);
        CREATE TABLE key_slots(
          id INTEGER PRIMARY KEY,
          is_free INTEGER NOT NULL CHECK(is_free IN (0, 1)),
          key BLOB NOT NULL);
        CREATE INDEX free_key_slots ON key_slots(id) WHERE is_free;
        CREATE TABLE endings(
          number INTEGER PRIMARY KEY AUTOINCREMENT,
          delivery INTEGER NOT NULL UNIQUE REFERENCES deliveries(id),
          state TEXT NOT NULL CHECK(state IN ('delivered', 'undelivered', 'withdrawn')),
          attempts INTEGER NOT NULL,
          reason TEXT,
          at INTEGER NOT NULL,
          acknowledged_at INTEGER);
        """

    // Whether work may have left: 0 for never, 1 while a courier carries it for the first time, 2 when it may have. Of what had been
    // tried before that was noted, nobody knows.
    private static let handing = """
        ALTER TABLE outbox ADD COLUMN handed INTEGER NOT NULL DEFAULT 0;
        UPDATE outbox SET handed = 2 WHERE attempts > 0;
        """
}

extension FileKind {
    /// A core's spool, which appends deliveries.
    static let spool = FileKind(
        name: "spool.sqlite", title: "the spool", applicationID: SpoolSchema.applicationID,
        version: SpoolSchema.version, migrator: { SpoolSchema.migrator(sealingWith: $0) },
        nextIndex: { statements in
            try statements.first(
                "SELECT seq + 1 FROM sqlite_sequence WHERE name = 'deliveries'",
                read: { $0.integer(0) }) ?? 0
        })
}
