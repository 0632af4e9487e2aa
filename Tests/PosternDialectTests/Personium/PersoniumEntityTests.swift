import HTTPTypes
import PosternDialectKit
import PosternDialectPersonium
import PosternModel
import Testing

/// What transcripts' samples cannot show of messages that are read.
@Suite struct PersoniumEntityTests {
    /// The members of the one message in an answer.
    private func entity(
        _ result: OperationResult, of set: String = "SentMessage"
    ) throws -> JSONObject {
        let request = PersoniumClient.request(.get, "/alice/__ctl/\(set)('x')")
        guard case .operate(_, let manner) = PersoniumClient.dialect.decode(request) else {
            throw Unexpected()
        }
        let response = PersoniumClient.dialect.encode(
            .done(
                result, OperationStamp(decision: Sample.decision, policy: Sample.stamp.policy)),
            in: manner)
        guard case .object(let root) = try JSONValue(strict: response.body),
            case .object(let d)? = root["d"], case .object(let entity)? = d["results"]
        else { throw Unexpected() }
        return entity
    }

    private struct Unexpected: Error {}

    private func message(
        _ content: DraftContent, _ progress: DispatchProgress
    ) throws -> OperationResult {
        .outgoing(
            OutgoingMessage(
                number: 1, guid: try #require(Sample.message), content: content,
                createdAt: Sample.noon, changedAt: Sample.noon, progress: progress))
    }

    /// The cells of a message's `Result`.
    private func cells(_ entity: JSONObject) -> [String] {
        guard case .array(let rows)? = entity["Result"] else { return ["no list"] }
        return rows.map { row in
            guard case .object(let row) = row, case .string(let to)? = row["To"],
                row["Code"] == .string("201"), row["Reason"] == .string("Created.")
            else { return "bad row" }
            return to
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let to: String
        var recipients = 2
        var failed = 0
        var stopped = 0
        var cells: [String] = []
        var testDescription: String { "\(to), \(recipients) \(failed) \(stopped)" }
    }

    static let unit = "https://gateway.test"
    static let both = "\(unit)/bob,\(unit)/carol/"

    @Test(arguments: [
        Row(to: both, cells: ["\(unit)/bob/", "\(unit)/carol/"]),
        Row(
            to: "\(unit)/bob/,\(unit)/Bob/", recipients: 1, cells: ["\(unit)/bob/", "\(unit)/Bob/"]),
        // Somebody was not known, and nobody can tell who.
        Row(to: both, recipients: 1), Row(to: both, failed: 1), Row(to: both, stopped: 1),
        Row(to: "\(unit)/bob,\(unit)/na.me/"),
    ])
    func `a message that was sent tells whom it reached where that is known`(_ row: Row) throws {
        let sent = try #require(PersoniumClient.composition(#"{"To":"\#(row.to)"}"#))
        let progress = DispatchProgress(
            state: .sent, sentAt: Sample.noon, recipients: row.recipients, failed: row.failed,
            stopped: row.stopped)
        let entity = try entity(message(sent.content, progress))
        #expect(cells(entity) == row.cells)
        #expect(entity["To"] == .string(row.to))
        guard case .object(let metadata)? = entity["__metadata"] else { throw Unexpected() }
        let version = row.cells.isEmpty ? 2 : 1
        #expect(metadata["etag"] == .string("W/\"\(version)-\(Sample.noon.milliseconds)\""))
    }

    @Test func `a list of cells too long to be kept is told from the targets`() throws {
        let to = (0..<900).map { "\(Self.unit)/an-account-of-some-length-\($0)/" }
        let sent = try #require(
            PersoniumClient.composition(#"{"To":"\#(to.joined(separator: ","))","ToRelation":"x"}"#)
        )
        let progress = DispatchProgress(state: .sending, sentAt: Sample.noon, recipients: 900)
        let entity = try entity(message(sent.content, progress))
        #expect(entity["To"] == .string(to.joined(separator: ",")))
        #expect(entity["ToRelation"] == .string("x"))
        #expect(cells(entity).isEmpty)
    }

    @Test(arguments: [
        (DispatchProgress(), false),
        (DispatchProgress(state: .scheduled(Sample.midnight)), false),
        (DispatchProgress(state: .refused(.bannedContent)), false),
        (DispatchProgress(state: .sending, sentAt: Sample.noon), true),
        (DispatchProgress(state: .sent, sentAt: Sample.noon), true),
        (DispatchProgress(state: .stopped, sentAt: Sample.noon), true),
    ])
    func `only what was sent is a sent message`(_ progress: DispatchProgress, _ isSent: Bool) throws
    {
        let result = try message(DraftContent(), progress)
        #expect(((try? entity(result)) != nil) == isSent)
    }

    /// An annex is written by this dialect alone; yet nothing in one may break an answer.
    @Test(arguments: [
        "", "[]", "{", #"{"Type":"request","Priority":"x","To":3}"#,
        #"{"Type":null,"Priority":null,"InReplyTo":{}}"#,
    ])
    func `an annex that cannot be read is as if there were none`(_ bytes: String) throws {
        var content = DraftContent()
        content.annex = Annex(dialect: "personium", bytes: Array(bytes.utf8))
        let progress = DispatchProgress(state: .sent, sentAt: Sample.noon)
        let entity = try entity(message(content, progress))
        #expect(entity["Type"] == .string("message"))
        #expect(entity["Priority"] == .number("3"))
        #expect(entity["To"] == .null)
        content.annex = Annex(
            dialect: "another", bytes: Array(#"{"Type":"req.role.grant","Priority":1}"#.utf8))
        #expect(try self.entity(message(content, progress))["Priority"] == .number("3"))
    }

    @Test(arguments: [
        ("InReplyTo", "thirty-two characters of a text."),
        ("RequestRelation", "+friend:1"),
        ("RequestRelation", "https://secret.example/app/__role/__/f"),
        ("RequestRelationTarget", "https://gateway.test/bob/?a=secret"),
        ("RequestRelationTarget", "urn:a:secret"),
    ])
    func `a recipient sees no text that rules do not look through`(
        _ member: String, _ written: String
    ) throws {
        let composition = try #require(
            PersoniumClient.composition(
                #"{"To":"https://gateway.test/bob/","\#(member)":"\#(written)"}"#))
        let annex = try #require(composition.content.annex)
        #expect(annex.words == [written])
        var message = try #require(Sample.incoming([:], of: "personium"))
        message.annex = annex
        let shown = try entity(.incoming(message), of: "ReceivedMessage")
        #expect(shown[member] == .string(written))
        message.annex?.words = []
        let hidden = try entity(.incoming(message), of: "ReceivedMessage")
        #expect(hidden[member] == .null)
    }

    @Test func `the message that is answered is known of other APIs too`() throws {
        var message = try #require(Sample.incoming([:], of: "personium"))
        message.parent = Sample.message
        let entity = try entity(.incoming(message), of: "ReceivedMessage")
        #expect(entity["InReplyTo"] == .string("00112233445566778899aabbccddeeff"))
    }

    @Test func `a unit may lie below another place`() throws {
        let dialect = PersoniumDialect(mount: Mount(baseURL: "https://[::1]:8443/unit"))
        func targets(_ to: String) -> [Target]? {
            let request = PersoniumClient.request(body: #"{"To":"\#(to)"}"#)
            guard case .send(let intent, _) = dialect.decode(request),
                case .composed(let composition) = intent.subject
            else { return nil }
            return composition.content.targets
        }
        #expect(targets("https://[::1]:8443/unit/bob") == Handle("bob").map { [.handle($0)] })
        #expect(targets("https://[::1]:8443/bob/") == nil)
        #expect(targets("https://[::1]:8443/unit\u{301}/bob/") == nil)
        #expect(targets("https://[::1]:8443/unit/") == nil)
        #expect(targets("https://[::1]:8443/unit-2/bob/") == nil)
    }
}
