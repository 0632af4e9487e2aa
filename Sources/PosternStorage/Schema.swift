import Foundation
import GRDB
import PosternModel
import PosternSealing

/// The shape of the data file, as steps that each lead one version on.
///
/// INVARIANT: a step that was released never changes. The next shape is a new step at the end, together with a
/// fixture in `Tests/PosternStorageTests/Databases` written by the release before it.
enum Schema {
    /// The mark in the file's header that says it is Postern's: "Post" in ASCII (`PRAGMA application_id`).
    static let applicationID: Int32 = 0x506F_7374
    /// The version this build writes (`PRAGMA user_version`).
    static let version: Int32 = 6
    /// The first version whose messages are sealed: keys made after it would open none of them.
    static let firstSealed: Int32 = 3

    /// Every step, the vault sealing what earlier shapes kept in the clear.
    static func migrator(sealingWith vault: KeyVault) -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("v1") { db in
            try db.execute(sql: accounts + messages + counts + delivery + audit)
        }
        migrator.registerMigration("v2") { db in
            try db.execute(sql: openingsBesideEntries + outboxInOrder)
        }
        migrator.registerMigration("v3") { db in
            // What is rewritten must not stay readable in the pages it leaves.
            try db.execute(sql: "PRAGMA secure_delete = ON")
            try db.execute(sql: sealedMessages)
            try SealingStep(db: db, vault: vault).run()
            try db.execute(sql: openMessagesGone + foldersByDate + signingIn + reading)
            try db.execute(sql: "PRAGMA secure_delete = FAST")
        }
        migrator.registerMigration("v4") { db in
            try db.execute(sql: addressBooks + dispatching + entrusting + wholes)
        }
        migrator.registerMigration("v5") { db in
            try compareRanges(db)
        }
        migrator.registerMigration("v6") { db in
            try db.execute(sql: pendingAttempts)
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

    // The texts of a message are sealed under its own keys, and those under the master key (`PosternSealing`).
    private static let sealedMessages = """
        CREATE TABLE message_keys(
          message INTEGER PRIMARY KEY REFERENCES messages(id),
          cover BLOB NOT NULL,
          content BLOB NOT NULL);
        CREATE TABLE sealed_texts(
          message INTEGER PRIMARY KEY REFERENCES messages(id),
          subject BLOB NOT NULL,
          body BLOB NOT NULL);
        CREATE TABLE files(
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          guid BLOB NOT NULL UNIQUE CHECK(length(guid) = 16),
          owner INTEGER NOT NULL REFERENCES accounts(id),
          size INTEGER NOT NULL,
          chunk_size INTEGER NOT NULL CHECK(chunk_size > 0),
          created_at INTEGER NOT NULL);
        CREATE TABLE file_chunks(
          file INTEGER NOT NULL REFERENCES files(id),
          number INTEGER NOT NULL,
          PRIMARY KEY(file, number)) WITHOUT ROWID;
        CREATE TABLE sealed_attachments(
          message INTEGER NOT NULL REFERENCES messages(id),
          position INTEGER NOT NULL,
          name BLOB NOT NULL,
          size INTEGER NOT NULL,
          file INTEGER REFERENCES files(id),
          key BLOB,
          CHECK((file IS NULL) = (key IS NULL)),
          PRIMARY KEY(message, position)) WITHOUT ROWID;

        """

    private static let openMessagesGone = """
        DROP TABLE message_texts;
        ALTER TABLE sealed_texts RENAME TO message_texts;
        DROP TABLE attachments;
        ALTER TABLE sealed_attachments RENAME TO attachments;
        CREATE INDEX attachments_by_file ON attachments(file) WHERE file IS NOT NULL;

        """

    // Readers page through folders by date. A message moves from its owner's drafts to what they have sent within one
    // page of the index, nearly always.
    private static let foldersByDate = """
        ALTER TABLE messages ADD COLUMN dated_at INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE messages ADD COLUMN erase_at INTEGER;
        ALTER TABLE messages ADD COLUMN conversation BLOB;
        ALTER TABLE messages ADD COLUMN external_id TEXT;
        ALTER TABLE messages ADD COLUMN recalled_at INTEGER;
        ALTER TABLE messages ADD COLUMN recall_reason BLOB;
        ALTER TABLE messages ADD COLUMN files_recalled INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE messages ADD COLUMN owner_trashed_at INTEGER;
        ALTER TABLE messages ADD COLUMN owner_deleted INTEGER NOT NULL DEFAULT 0;
        UPDATE messages SET dated_at = coalesce(sent_at, 0), erase_at = expires_at,
          conversation = coalesce(parent, guid),
          recalled_at = CASE recalled WHEN 0 THEN NULL ELSE coalesce(sent_at, 0) END;
        ALTER TABLE messages DROP COLUMN sent_at;
        DROP INDEX messages_by_owner;
        CREATE INDEX messages_by_folder
          ON messages(owner, state, dated_at, id, owner_trashed_at, owner_deleted);
        CREATE INDEX messages_by_external_id ON messages(owner, external_id)
          WHERE external_id IS NOT NULL;
        CREATE INDEX messages_by_erasure ON messages(erase_at) WHERE erase_at IS NOT NULL;
        CREATE TABLE mailboxes_by_date(
          account INTEGER NOT NULL REFERENCES accounts(id),
          sent_at INTEGER NOT NULL,
          message INTEGER NOT NULL REFERENCES messages(id),
          delivered_at INTEGER NOT NULL,
          read_at INTEGER,
          trashed_at INTEGER,
          withdrawn_at INTEGER,
          files_withdrawn INTEGER NOT NULL DEFAULT 0,
          PRIMARY KEY(account, sent_at, message)) WITHOUT ROWID;
        INSERT INTO mailboxes_by_date(account, sent_at, message, delivered_at)
          SELECT b.account, m.dated_at, b.message, b.delivered_at
          FROM mailboxes b JOIN messages m ON m.id = b.message;
        DROP TABLE mailboxes;
        ALTER TABLE mailboxes_by_date RENAME TO mailboxes;

        """

    private static let signingIn = """
        ALTER TABLE accounts ADD COLUMN password_set_at INTEGER NOT NULL DEFAULT 0;
        UPDATE accounts SET password_set_at = created_at;
        CREATE TABLE sign_ins(
          account INTEGER PRIMARY KEY REFERENCES accounts(id),
          used INTEGER NOT NULL,
          last_at INTEGER NOT NULL);
        CREATE TABLE authentication_tokens(
          digest BLOB PRIMARY KEY CHECK(length(digest) = 32),
          account INTEGER NOT NULL REFERENCES accounts(id),
          created_at INTEGER NOT NULL,
          expires_at INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX authentication_tokens_by_account ON authentication_tokens(account);

        """

    private static let reading = """
        CREATE TABLE tracking(
          id INTEGER PRIMARY KEY,
          message INTEGER NOT NULL REFERENCES messages(id),
          account INTEGER NOT NULL REFERENCES accounts(id),
          kind TEXT NOT NULL,
          file INTEGER REFERENCES files(id),
          at INTEGER NOT NULL);
        CREATE INDEX tracking_by_message ON tracking(message, kind, account);
        CREATE TABLE labels(
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          guid BLOB NOT NULL UNIQUE CHECK(length(guid) = 16),
          account INTEGER NOT NULL REFERENCES accounts(id),
          name TEXT NOT NULL,
          created_at INTEGER NOT NULL,
          UNIQUE(account, name));
        CREATE TABLE message_labels(
          message INTEGER NOT NULL REFERENCES messages(id),
          label INTEGER NOT NULL REFERENCES labels(id),
          PRIMARY KEY(message, label)) WITHOUT ROWID;
        CREATE INDEX message_labels_by_label ON message_labels(label);
        """

    private static let addressBooks = """
        ALTER TABLE accounts ADD COLUMN handle TEXT;
        CREATE UNIQUE INDEX accounts_by_handle ON accounts(handle) WHERE handle IS NOT NULL;
        ALTER TABLE sessions ADD COLUMN lasting INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE sessions ADD COLUMN reading_only INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE address_book(
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          owner INTEGER NOT NULL REFERENCES accounts(id),
          name TEXT NOT NULL,
          address TEXT NOT NULL,
          created_at INTEGER NOT NULL,
          changed_at INTEGER NOT NULL,
          UNIQUE(owner, address));
        CREATE INDEX address_book_by_owner ON address_book(owner, id);
        CREATE INDEX address_book_by_name ON address_book(owner, name, id);
        CREATE TABLE contact_lists(
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          owner INTEGER NOT NULL REFERENCES accounts(id),
          name TEXT NOT NULL,
          annex_dialect TEXT,
          annex BLOB,
          created_at INTEGER NOT NULL,
          changed_at INTEGER NOT NULL,
          UNIQUE(owner, name),
          CHECK((annex IS NULL) = (annex_dialect IS NULL)));
        CREATE INDEX contact_lists_by_owner ON contact_lists(owner, id);
        CREATE TABLE contact_list_members(
          list INTEGER NOT NULL REFERENCES contact_lists(id),
          contact INTEGER NOT NULL REFERENCES address_book(id),
          PRIMARY KEY(list, contact)) WITHOUT ROWID;
        CREATE INDEX contact_list_members_by_contact ON contact_list_members(contact, list);

        """

    // Of a stopped message, `removed` counts the delivery work taken away, and `recipients` those who were kept from having the
    // message. Work that was in a courier's hands is taken away, and counted, when it comes back undone.
    //
    // Few messages have a wish to be called back about, and a callback is a row from what became of one until that is told.
    // Its number goes out as part of an idempotency key, and is never used again.
    //
    // A target's kind is ``StoredTarget/Kind``; what it names may be gone by the time it is looked up. A message that left, or
    // waits for its time, has its targets' recipients among `recipients` (as blind copies) and `outside_recipients`.
    private static let dispatching = """
        ALTER TABLE messages ADD COLUMN created_at INTEGER;
        ALTER TABLE messages ADD COLUMN is_request INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE mailboxes ADD COLUMN answer TEXT;
        CREATE TABLE message_targets(
          message INTEGER NOT NULL REFERENCES messages(id),
          position INTEGER NOT NULL,
          kind INTEGER NOT NULL CHECK(kind BETWEEN 0 AND 4),
          number INTEGER,
          text TEXT,
          PRIMARY KEY(message, position)) WITHOUT ROWID;
        CREATE TABLE message_annexes(
          message INTEGER PRIMARY KEY REFERENCES messages(id),
          dialect TEXT NOT NULL,
          annex BLOB NOT NULL);
        CREATE TABLE outside_recipients(
          message INTEGER NOT NULL REFERENCES messages(id),
          position INTEGER NOT NULL,
          address TEXT NOT NULL,
          PRIMARY KEY(message, position)) WITHOUT ROWID;
        CREATE TABLE schedules(
          message INTEGER PRIMARY KEY REFERENCES messages(id),
          due_at INTEGER NOT NULL,
          dialect TEXT NOT NULL,
          notifies INTEGER NOT NULL,
          invites INTEGER NOT NULL,
          dispatch INTEGER REFERENCES dispatches(id));
        CREATE INDEX schedules_by_due ON schedules(due_at, message) WHERE dispatch IS NULL;
        CREATE INDEX schedules_by_dispatch ON schedules(dispatch, message)
          WHERE dispatch IS NOT NULL;
        CREATE TABLE callback_wishes(
          message INTEGER PRIMARY KEY REFERENCES messages(id),
          dialect TEXT NOT NULL,
          url BLOB NOT NULL,
          tells_left INTEGER NOT NULL,
          tells_ended INTEGER NOT NULL);
        CREATE TABLE callbacks(
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          message INTEGER NOT NULL REFERENCES messages(id),
          ending TEXT NOT NULL,
          refused_with INTEGER,
          at INTEGER NOT NULL,
          due_at INTEGER NOT NULL,
          attempts INTEGER NOT NULL DEFAULT 0);
        CREATE INDEX callbacks_by_due ON callbacks(due_at, id);
        CREATE INDEX callbacks_by_message ON callbacks(message);
        CREATE TABLE stops(
          message INTEGER PRIMARY KEY REFERENCES messages(id),
          at INTEGER NOT NULL,
          recipients INTEGER NOT NULL,
          removed INTEGER NOT NULL DEFAULT 0,
          refused_with INTEGER,
          passed INTEGER NOT NULL DEFAULT 0);

        """

    // How much of a row a delivery core elsewhere may have is ``Handover``; `withdrawal` is 0 for a row that the core must be
    // told to withdraw, 1 for one that it was told of and has in a courier's hands, and null for all others. A row that we gave up
    // while the core might have it is `given_up`, and withdrawn as well. What the core has is due when it is to be asked about it.
    private static let entrusting = """
        ALTER TABLE outbox ADD COLUMN entrusting INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE outbox ADD COLUMN withdrawal INTEGER;
        ALTER TABLE outbox ADD COLUMN given_up INTEGER NOT NULL DEFAULT 0;
        DROP INDEX outbox_put_off;
        CREATE INDEX outbox_put_off ON outbox(courier, due_at, id)
          WHERE (attempts > 0 OR due_at > accepted_at) AND entrusting < 3;
        CREATE INDEX outbox_entrusted ON outbox(due_at, id) WHERE entrusting = 3;
        CREATE INDEX outbox_withdrawn ON outbox(id) WHERE withdrawal = 0;
        CREATE TABLE core_cursor(
          id INTEGER PRIMARY KEY CHECK(id = 1),
          spool TEXT NOT NULL,
          ending INTEGER NOT NULL);

        """

    // A step of a cascade is due by its own row in `schedules`; its `condition` and `wait` are about the message before it. Of
    // what was stopped because its cascade went past it, by itself, `passed` is true.
    //
    // A message of a dispatch waits in `schedules` with the dispatch's number, and is due when that has been started: starting
    // one is a change to one row, however many wait. What its messages have in common is sealed under a key of its own.
    private static let wholes = """
        CREATE TABLE cascade_steps(
          message INTEGER PRIMARY KEY REFERENCES messages(id),
          root INTEGER NOT NULL REFERENCES messages(id),
          step INTEGER NOT NULL CHECK(step >= 1),
          condition TEXT,
          wait INTEGER,
          UNIQUE(root, step),
          CHECK((step = 1) = (condition IS NULL) AND (step = 1) = (wait IS NULL)));
        CREATE TABLE dispatches(
          id INTEGER PRIMARY KEY,
          guid BLOB NOT NULL UNIQUE CHECK(length(guid) = 16),
          owner INTEGER NOT NULL REFERENCES accounts(id),
          name TEXT NOT NULL,
          state TEXT NOT NULL DEFAULT 'collecting'
            CHECK(state IN ('collecting', 'started', 'stopped')),
          channel TEXT NOT NULL,
          sender TEXT NOT NULL,
          key BLOB NOT NULL,
          text BLOB NOT NULL,
          created_at INTEGER NOT NULL,
          started_at INTEGER,
          stopped_at INTEGER);
        CREATE INDEX dispatches_by_state ON dispatches(state, started_at);
        CREATE TABLE dispatch_messages(
          message INTEGER PRIMARY KEY REFERENCES messages(id),
          dispatch INTEGER NOT NULL REFERENCES dispatches(id));
        CREATE INDEX dispatch_messages_by_dispatch ON dispatch_messages(dispatch, message);
        """

    // What is being looked at counts towards a limit without being wrong yet; after `pending_until` it counts as wrong.
    private static let pendingAttempts = """
        ALTER TABLE attempts ADD COLUMN pending INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE attempts ADD COLUMN pending_until INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE account_attempts ADD COLUMN pending INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE account_attempts ADD COLUMN pending_until INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE sign_ins ADD COLUMN pending INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE sign_ins ADD COLUMN pending_until INTEGER NOT NULL DEFAULT 0;
        """

    /// Checks ranges by comparing: for a list of values SQLite makes a table and fills it, for every row that is written.
    ///
    /// Nothing on disk depends on how a check is worded, so the wording alone is changed, in the way SQLite's documentation of
    /// ALTER TABLE describes.
    private static func compareRanges(_ db: Database) throws {
        try db.execute(sql: "PRAGMA writable_schema = ON")
        for (table, list, range) in [
            ("messages", "state IN (0, 1, 2)", "state BETWEEN 0 AND 2"),
            ("recipients", "kind IN (0, 1, 2)", "kind BETWEEN 0 AND 2"),
        ] {
            try db.execute(
                sql: """
                    UPDATE sqlite_schema SET sql = replace(sql, ?1, ?2)
                    WHERE type = 'table' AND name = ?3 AND instr(sql, ?1) > 0
                    """, arguments: [list, range, table])
            guard db.changesCount == 1 else {
                throw Fault(.storageUnreadable, note: "the table `\(table)` is not as it was made")
            }
        }
        // What has read the shape before reads it again.
        let version = try Int32.fetchOne(db, sql: "PRAGMA schema_version") ?? 0
        try db.execute(
            sql: "PRAGMA schema_version = \(version + 1); PRAGMA writable_schema = OFF")
    }
}
