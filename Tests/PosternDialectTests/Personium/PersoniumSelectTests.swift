import HTTPTypes
import PosternDialectKit
import PosternDialectPersonium
import PosternModel
import Testing

/// Which members of messages an answer gives.
@Suite struct PersoniumSelectTests {
    private static let dialect = PersoniumClient.dialect

    private struct Unexpected: Error {}

    private func encoded(_ select: String) -> String {
        select.replacing(" ", with: "%20").replacing("\u{301}", with: "%CC%81")
    }

    /// The names of the members of the one message in an answer to a path of Alice's, and whether its body was asked for.
    private func members(_ path: String) throws -> (names: [String], withBody: Bool) {
        let request = PersoniumClient.request(.get, "/alice/__ctl/\(path)")
        guard case .operate(let asked, let manner) = Self.dialect.decode(request) else {
            throw Unexpected()
        }
        let incoming = try #require(Sample.incoming([:], of: "personium"))
        let outgoing = try #require(Sample.outgoing(["state": "sent"], of: "personium"))
        var withBody = true
        let result: OperationResult
        switch asked.operation {
        case .incoming(.listIncoming(let search)):
            withBody = search.withBodies
            result = .incomings(Excerpt(items: [incoming], window: Window(), total: 1))
        case .incoming(.readIncoming(_, let wanted)):
            withBody = wanted
            result = .incoming(incoming)
        case .dispatch(.listOutgoing):
            result = .outgoings(Excerpt(items: [outgoing], window: Window(), total: 1))
        case .dispatch(.readOutgoing): result = .outgoing(outgoing)
        default: throw Unexpected()
        }
        let response = Self.dialect.encode(
            .done(
                result, OperationStamp(decision: Sample.decision, policy: Sample.stamp.policy)),
            in: manner)
        guard case .object(let root) = try JSONValue(strict: response.body),
            case .object(let d)? = root["d"]
        else { throw Unexpected() }
        switch d["results"] {
        case .object(let entity): return (entity.members.map(\.name), withBody)
        case .array(let entities):
            guard entities.count == 1, case .object(let entity)? = entities.first else {
                throw Unexpected()
            }
            return (entity.members.map(\.name), withBody)
        default: throw Unexpected()
        }
    }

    private static let received = [
        "InReplyTo", "From", "MulticastTo", "Type", "Title", "Body", "Priority", "Status",
        "RequestRelation", "RequestRelationTarget", "_Box.Name",
    ]
    private static let sent = [
        "InReplyTo", "To", "ToRelation", "Type", "Title", "Body", "Priority", "RequestRelation",
        "RequestRelationTarget", "_Box.Name", "Result",
    ]

    static let selections: [(String, [String])] = [
        ("Title", ["Title"]), ("Body,Title", ["Title", "Body"]),
        (" Title , Type ", ["Type", "Title"]),
        ("Title,Title", ["Title"]), ("_Box.Name", ["_Box.Name"]), ("__id,__metadata", []),
        ("_Box", ["_Box"]), ("_Box,Priority", ["Priority", "_Box"]),
        // Names of nothing that is there, as the original takes them.
        ("Colour", []), ("title", []), ("Colour,Title", ["Title"]), ("a/b-c_d9", []),
        ("__published", []),
    ]

    @Test(arguments: selections)
    func `what is selected is given, in the order of the whole`(
        _ select: String, _ expected: [String]
    ) throws {
        let own = expected.filter { $0 != "_Box" }
        let whole = ["__metadata", "__id"] + own + ["__published", "__updated"]
        let names = whole + (expected.contains("_Box") ? ["_Box"] : [])
        for set in ["SentMessage", "ReceivedMessage"] {
            for path in [set, "\(set)('\(PersoniumFilterTests.id)')"] {
                let found = try members("\(path)?$select=\(encoded(select))")
                #expect(found.names == names, "\(path)")
                let reads = set == "SentMessage" || expected.contains("Body")
                #expect(found.withBody == reads, "\(path)")
            }
        }
    }

    @Test func `each set has members and links of its own`() throws {
        for select in ["", "?$select=*", "?$top=1"] {
            let ends = ["__published", "__updated"]
            let start = ["__metadata", "__id"]
            for path in ["ReceivedMessage", "ReceivedMessage('x')"] {
                let found = try members(path + select)
                #expect(found.names == start + Self.received + ends + ["_Box", "_AccountRead"])
                #expect(found.withBody)
            }
            for path in ["SentMessage", "SentMessage('x')"] {
                #expect(try members(path + select).names == start + Self.sent + ends + ["_Box"])
            }
        }
        let select = "?$select=Status,Result,_AccountRead,From"
        #expect(
            try members("ReceivedMessage" + select).names
                == [
                    "__metadata", "__id", "From", "Status", "__published", "__updated",
                    "_AccountRead",
                ])
        #expect(
            try members("SentMessage" + select).names
                == ["__metadata", "__id", "Result", "__published", "__updated"])
    }

    @Test(arguments: [
        "", " ", ",", "Title,", ",Title", "Title,,Body", "*,Title", "Title,*", "**", "Title Body",
        "Title desc", "'Title'", "Title.x", "_Box.Nam", "3", "(Title)", "Title;Body",
        "\u{301}Title",
        " \u{301}Title", "-Title",
    ])
    func `what is no name is refused`(_ select: String) {
        for path in ["SentMessage", "ReceivedMessage", "SentMessage('x')", "ReceivedMessage('x')"] {
            let request = PersoniumClient.request(
                .get, "/alice/__ctl/\(path)?$select=\(encoded(select))")
            guard case .answer(let response) = Self.dialect.decode(request) else {
                Issue.record("not refused: \(path)")
                continue
            }
            #expect(
                PersoniumClient.error(in: response) == "PR400-OD-0017: OData $select Parse error.")
        }
    }
}
