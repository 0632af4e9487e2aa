import HTTPTypes
import PosternDialectKit
import PosternDialectPersonium
import PosternModel
import Testing

/// What approving a request does, and how a no to that is worded.
@Suite struct PersoniumRequestTests {
    private static let dialect = PersoniumClient.dialect

    private struct Unexpected: Error {}

    private func decoded(_ command: String) throws -> (IncomingMark, any ResponseManner) {
        let request = PersoniumClient.request(
            .post, "/alice/__message/received/00112233445566778899aabbccddeeff",
            body: #"{"Command":"\#(command)"}"#)
        guard case .operate(let asked, let manner) = Self.dialect.decode(request),
            case .incoming(.markIncoming(_, let mark)) = asked.operation
        else { throw Unexpected() }
        return (mark, manner)
    }

    private func rule() throws -> AnswerEffect.Rule {
        guard case .answered(.approved, let rule?) = try decoded("approved").0 else {
            throw Unexpected()
        }
        return rule
    }

    /// A message as its sender wrote it and its reader finds it.
    private func message(
        _ type: String, _ relation: String, _ target: String
    ) throws -> IncomingMessage {
        let composition = try #require(
            PersoniumClient.composition(
                """
                {"To":"https://gateway.test/alice/","Type":"\(type)","RequestRelation":"\(relation)",\
                "RequestRelationTarget":"\(target)"}
                """))
        #expect(composition.content.isRequest == (type != "message"))
        var message = try #require(Sample.incoming([:], of: "personium"))
        message.isRequest = composition.content.isRequest
        message.annex = composition.content.annex
        return message
    }

    private static let bob = "https://gateway.test/bob"

    static let effects: [(String, String, String, String)] = [
        ("req.relation.build", "+friend:1", bob, "link bob +friend:1"),
        ("req.relation.break", "+friend:1", bob + "/", "unlink bob +friend:1"),
        ("req.role.grant", "doctor", "https://gateway.test/BOB/", "link bob role/doctor"),
        ("req.role.revoke", "doctor", bob, "unlink bob role/doctor"),
        ("message", "friend", bob, "nothing"),
        (
            "req.relation.build", "https://gateway.test/app/__relation/__/f", bob,
            "PR400-RM-0003: Box corresponding to the RelationClassURL can not be found. RelationClassURL [https://gateway.test/app/__relation/__/f]."
        ),
        (
            "req.role.revoke", "https://gateway.test/app/__role/__/f", bob,
            "PR400-RM-0003: Box corresponding to the RelationClassURL can not be found. RelationClassURL [https://gateway.test/app/__role/__/f]."
        ),
        (
            "req.relation.build", "friend", "https://elsewhere.example/bob/",
            "PR409-RM-0004: Request relation target does not exist. Type [ExtCell]. Keys [{Url=https://elsewhere.example/bob/}]."
        ),
        (
            "req.relation.break", "friend", "urn:bob",
            "PR409-RM-0004: Request relation target does not exist. Type [ExtCell]. Keys [{Url=urn:bob}]."
        ),
    ]

    @Test(arguments: effects)
    func `approving makes a relation or role of this unit's, or takes it away`(
        _ type: String, _ relation: String, _ target: String, _ expected: String
    ) throws {
        let effect = try rule()(message(type, relation, target))
        switch effect {
        case .nothing: #expect(expected == "nothing")
        case .change(let change):
            guard case .handle(let cell) = change.party else { throw Unexpected() }
            #expect("\(change.kind.rawValue) \(cell) \(change.list)" == expected)
        case .impossible(let refusal):
            #expect(PersoniumClient.error(in: try answer(refusal)) == expected)
        }
    }

    @Test func `rejecting does nothing, and neither does approving what no rule has seen`() throws {
        guard case .answered(.rejected, nil) = try decoded("rejected").0 else {
            throw Unexpected()
        }
        var message = try message("req.relation.build", "friend", Self.bob)
        message.annex?.words = []
        #expect(try rule()(message) == .nothing)
        message.annex = nil
        #expect(try rule()(message) == .nothing)
    }

    private func answer(_ refusal: OperationRefusal) throws -> DialectResponse {
        Self.dialect.encode(
            .refused(
                refusal, OperationStamp(decision: Sample.decision, policy: Sample.stamp.policy)),
            in: try decoded("approved").1)
    }

    private static let cellKey = "{Url=https://gateway.test/bob/}"

    static let refusals: [(OperationCode.OwnCode, String, String)] = [
        (.contactListLinked, "friend", "PR400-RM-0001: Requested relation already exists."),
        (
            .contactListMissing, "friend",
            "PR409-RM-0002: Requested relation does not exists. Type [Relation]. Keys [{Name=friend}]."
        ),
        (
            .contactListMissing, "role/doctor",
            "PR409-RM-0002: Requested relation does not exists. Type [Role]. Keys [{Name=doctor}]."
        ),
        (
            .contactMissing, "friend",
            "PR409-RM-0004: Request relation target does not exist. Type [ExtCell]. Keys [\(cellKey)]."
        ),
        (
            .handleUnknown, "friend",
            "PR409-RM-0004: Request relation target does not exist. Type [ExtCell]. Keys [\(cellKey)]."
        ),
        (
            .contactListUnlinked, "role/doctor",
            "PR409-RM-0005: RequestRelation and RequestRelationTarget is not related. [Type [Role]. Keys[{Name=doctor}]] - [Type ExtCell. Keys[\(cellKey)]]."
        ),
        (.messageAnswered, "", "PR400-OD-0006: request body format error. field [Command]"),
        (.messageRequest, "", "PR400-OD-0006: request body format error. field [Command]"),
        (.invalid, "", "PR403-PO-0000: \(OperationCode.OwnCode.invalid.entry.example)"),
    ]

    @Test(arguments: refusals)
    func `what stands in the way of approving has the original's words`(
        _ code: OperationCode.OwnCode, _ list: String, _ expected: String
    ) throws {
        let bob = try #require(Handle("bob"))
        let refusal = OperationRefusal(.own(code), targets: [.listNamed(list), .handle(bob)])
        #expect(PersoniumClient.error(in: try answer(refusal)) == expected)
    }
}
