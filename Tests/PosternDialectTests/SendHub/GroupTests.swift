import HTTPTypes
import PosternDialectKit
import PosternDialectSendHub
import PosternModel
import Testing

/// Groups that another API has something with.
@Suite struct GroupTests {
    static let annexes: [(Annex?, Bool)] = [
        (nil, true), (Annex(dialect: "sendhub", bytes: Array(#"{"slug":"OLD"}"#.utf8)), true),
        (Annex(dialect: "osdi", bytes: [1]), false),
    ]

    @Test(arguments: annexes)
    func `replacing a group leaves alone what another API keeps with it`(
        _ annex: Annex?, _ isOwn: Bool
    ) throws {
        let request = SendHubTests.request(
            "/v1/groups/3?username=alice&api_key=k", #"{"name":"New","slug":"NEW"}"#, method: .put)
        guard case .operate(let asked, _) = SendHubTests.dialect.decode(request),
            case .contactLists(.amendContactList(let id, let amendment)) = asked.operation
        else {
            Issue.record("A change of a list is expected.")
            return
        }
        #expect(id.rawValue == 3)
        var content = ContactListContent(name: "Old", annex: annex)
        amendment(&content)
        #expect(content.name == "New")
        let slug = String(decoding: content.annex?.bytes ?? [], as: UTF8.self).contains("NEW")
        #expect(slug == isOwn)
        if !isOwn { #expect(content.annex == annex) }
    }
}
