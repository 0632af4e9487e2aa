import GRDB

/// The shape of the data file, as steps that each lead one version on.
///
/// INVARIANT: a step that was released never changes. The next shape is a new step at the end, together with a
/// fixture in `Tests/PosternStorageTests/Databases` written by the release before it.
enum Schema {
    /// The mark in the file's header that says it is Postern's: "Post" in ASCII (`PRAGMA application_id`).
    static let applicationID: Int32 = 0x506F_7374
    /// The version this build writes (`PRAGMA user_version`).
    static let version: Int32 = 2

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("v1") { db in
            try db.execute(sql: accounts + messages + counts + delivery + audit)
        }
        migrator.registerMigration("v2") { db in
            try db.execute(sql: openingsBesideEntries + outboxInOrder)
        }
        return migrator
    }

    private static let accounts = """
        CREATE TABLE accounts(
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          address TEXT NOT NULL UNIQUE,
          name TEXT NOT NULL DEFAULT '',
          "group" TEXT NOT NULL,
          status TEXT NOT NULL CHECK(status IN ('active', 'pending', 'disabled')),
          challenge_passed INTEGER NOT NULL DEFAULT 0,
          challenge_hash TEXT,
          password_hash TEXT,
          created_at INTEGER NOT NULL);
        CREATE TABLE contacts(
          account INTEGER NOT NULL REFERENCES accounts(id),
          contact INTEGER NOT NULL REFERENCES accounts(id),
          PRIMARY KEY(account, contact)) WITHOUT ROWID;
        CREATE TABLE sessions(
          digest BLOB PRIMARY KEY CHECK(length(digest) = 32),
          account INTEGER NOT NULL REFERENCES accounts(id),
          created_at INTEGER NOT NULL,
          last_seen INTEGER NOT NULL,
          revoked INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
        CREATE INDEX sessions_by_account ON sessions(account);
        CREATE TABLE subject_keys(
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          account INTEGER NOT NULL UNIQUE,
          key BLOB NOT NULL CHECK(length(key) = 32));
        CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;

        """

    // Texts stand apart from the row that says what became of a message, so that claiming a draft rewrites a
    // hundred bytes and not its body.
    private static let messages = """
        CREATE TABLE messages(
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          guid BLOB NOT NULL UNIQUE CHECK(length(guid) = 16),
          owner INTEGER NOT NULL REFERENCES accounts(id),
          state INTEGER NOT NULL DEFAULT 0 CHECK(state IN (0, 1, 2)),
          recalled INTEGER NOT NULL DEFAULT 0,
          revision INTEGER NOT NULL,
          action TEXT NOT NULL,
          parent BLOB,
          body_format TEXT NOT NULL,
          allow_forward INTEGER NOT NULL,
          allow_reply INTEGER NOT NULL,
          allow_reply_all INTEGER NOT NULL,
          allow_tracking INTEGER NOT NULL,
          share_tracking INTEGER NOT NULL,
          fyeo_type TEXT NOT NULL,
          expiry_date INTEGER,
          expiry_group TEXT,
          sent_at INTEGER,
          expires_at INTEGER,
          password_hash TEXT);
        CREATE INDEX messages_by_owner ON messages(owner, id);
        CREATE TABLE message_texts(
          message INTEGER PRIMARY KEY REFERENCES messages(id),
          subject TEXT NOT NULL,
          body TEXT NOT NULL);
        CREATE TABLE recipients(
          message INTEGER NOT NULL REFERENCES messages(id),
          kind INTEGER NOT NULL CHECK(kind IN (0, 1, 2)),
          position INTEGER NOT NULL,
          address TEXT NOT NULL,
          PRIMARY KEY(message, kind, position)) WITHOUT ROWID;
        CREATE TABLE attachments(
          message INTEGER NOT NULL REFERENCES messages(id),
          position INTEGER NOT NULL,
          name TEXT NOT NULL,
          size INTEGER NOT NULL DEFAULT 0,
          PRIMARY KEY(message, position)) WITHOUT ROWID;
        CREATE TABLE answers(
          message INTEGER PRIMARY KEY REFERENCES messages(id),
          decision TEXT NOT NULL,
          notification_sent INTEGER NOT NULL,
          notification_text TEXT,
          notification_html TEXT);

        """

    private static let counts = """
        CREATE TABLE quotas(
          account INTEGER NOT NULL REFERENCES accounts(id),
          day TEXT NOT NULL,
          messages INTEGER NOT NULL,
          invites INTEGER NOT NULL,
          PRIMARY KEY(account, day)) WITHOUT ROWID;
        CREATE TABLE attempts(
          message INTEGER NOT NULL REFERENCES messages(id),
          account INTEGER NOT NULL REFERENCES accounts(id),
          used INTEGER NOT NULL,
          locked INTEGER NOT NULL DEFAULT 0,
          PRIMARY KEY(message, account)) WITHOUT ROWID;
        CREATE INDEX attempts_by_account ON attempts(account);
        CREATE TABLE account_attempts(
          account INTEGER PRIMARY KEY REFERENCES accounts(id),
          used INTEGER NOT NULL,
          locked INTEGER NOT NULL DEFAULT 0);

        """

    // AUTOINCREMENT: a row's number goes out as part of an idempotency key and must never name two rows.
    private static let delivery = """
        CREATE TABLE outbox(
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          message INTEGER NOT NULL REFERENCES messages(id),
          courier TEXT NOT NULL,
          recipient TEXT NOT NULL,
          attempts INTEGER NOT NULL DEFAULT 0,
          due_at INTEGER NOT NULL,
          accepted_at INTEGER NOT NULL,
          reason TEXT);
        CREATE INDEX outbox_by_due ON outbox(courier, due_at, id);
        CREATE TABLE notifications(
          message INTEGER PRIMARY KEY REFERENCES messages(id),
          subject TEXT NOT NULL,
          text TEXT NOT NULL,
          html TEXT NOT NULL);
        CREATE TABLE mailboxes(
          account INTEGER NOT NULL REFERENCES accounts(id),
          message INTEGER NOT NULL REFERENCES messages(id),
          delivered_at INTEGER NOT NULL,
          PRIMARY KEY(account, message)) WITHOUT ROWID;
        CREATE TABLE dead_letters(
          id INTEGER PRIMARY KEY,
          message INTEGER NOT NULL REFERENCES messages(id),
          courier TEXT NOT NULL,
          recipient TEXT NOT NULL,
          attempts INTEGER NOT NULL,
          accepted_at INTEGER NOT NULL,
          buried_at INTEGER NOT NULL,
          reason TEXT NOT NULL);

        """

    private static let audit = """
        CREATE TABLE audit_entries(
          "index" INTEGER PRIMARY KEY,
          decision TEXT NOT NULL,
          leaf BLOB NOT NULL);
        CREATE INDEX audit_entries_by_decision ON audit_entries(decision);
        CREATE TABLE openings(
          "index" INTEGER PRIMARY KEY REFERENCES audit_entries("index"),
          subject_key INTEGER NOT NULL,
          sealed BLOB NOT NULL);
        """

    // Every send writes both: one row is written faster than two.
    private static let openingsBesideEntries = """
        ALTER TABLE audit_entries ADD COLUMN subject_key INTEGER;
        ALTER TABLE audit_entries ADD COLUMN sealed BLOB;
        UPDATE audit_entries SET (subject_key, sealed) =
          (SELECT subject_key, sealed FROM openings o WHERE o."index" = audit_entries."index");
        DROP TABLE openings;

        """

    // A row's number says when it was accepted, so that those due at once are found in order without an index: nearly all
    // rows are due at once and gone in a moment. The number goes out as part of an idempotency key and never names two
    // rows, because the audit entry's index it is made from never does; those given before are all smaller.
    private static let outboxInOrder = """
        CREATE TABLE outbox_in_order(
          id INTEGER PRIMARY KEY,
          message INTEGER NOT NULL REFERENCES messages(id),
          courier TEXT NOT NULL,
          recipient TEXT NOT NULL,
          attempts INTEGER NOT NULL DEFAULT 0,
          due_at INTEGER NOT NULL,
          accepted_at INTEGER NOT NULL,
          reason TEXT);
        INSERT INTO outbox_in_order SELECT * FROM outbox;
        DROP TABLE outbox;
        ALTER TABLE outbox_in_order RENAME TO outbox;
        CREATE INDEX outbox_put_off ON outbox(courier, due_at, id)
          WHERE attempts > 0 OR due_at > accepted_at;
        """
}
