import Foundation
import GRDB
import PosternModel
import PosternSealing

/// Seals the texts that the second shape kept in the clear.
struct SealingStep {
    let db: Database
    let vault: KeyVault

    func run() throws {
        let texts = try Row.fetchCursor(
            db,
            sql: """
                SELECT m.id, m.guid, t.subject, t.body FROM messages m
                JOIN message_texts t ON t.message = m.id WHERE m.state <> 2 ORDER BY m.id
                """)
        while let row = try texts.next() {
            let id: Int64 = row[0]
            guard let guid = MessageGUID(bytes: Array(row[1] as Data)) else {
                throw unreadable("message name")
            }
            let (keys, cover, content) = try vault.makeKeys(for: guid)
            let texts = try MessageTexts(
                subject: row[2], body: row[3], of: guid, under: cover, content)
            try db.execute(
                literal: """
                    INSERT INTO message_keys VALUES(\(id), \(Data(keys.cover.bytes)), \(Data(keys.content.padded)));
                    INSERT INTO sealed_texts VALUES(\(id), \(Data(texts.subject)), \(Data(texts.content)));
                    """)
            try seal(namesOf: id, guid, under: cover)
        }
    }

    private func seal(namesOf id: Int64, _ guid: MessageGUID, under cover: ContentKey) throws {
        let files = try Row.fetchCursor(
            db, sql: "SELECT position, name, size FROM attachments WHERE message = ?",
            arguments: [id])
        while let row = try files.next() {
            let name = Data(try cover.seal(row[1], .attachmentName, of: guid))
            try db.execute(
                sql:
                    "INSERT INTO sealed_attachments(message, position, name, size) VALUES(?, ?, ?, ?)",
                arguments: [id, row[0] as Int64, name, row[2] as Int64])
        }
    }
}
