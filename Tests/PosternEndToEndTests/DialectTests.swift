import Foundation
import Testing

extension EndToEndTests {
    /// Five kinds of client at one gateway.
    @Suite struct Dialects {
        /// A gateway of the demonstration's hospital that reaches telephones through a webhook.
        static func serving(
            _ settings: World.Settings = [:], also people: String? = nil,
            _ work: (World, Gateway, Webhook) async throws -> Void
        ) async throws {
            let webhook = try await Webhook()
            let world = try await World(
                policy: nil, settings: webhook.settings.merging(settings) { $1 })
            try await world.load(Demonstration.world())
            if let people { try await world.load(people) }
            try await world.serving { try await work(world, $0, webhook) }
            try await webhook.end()
        }

        @Test(arguments: HTTPVersion.allCases)
        func `what each kind of client sends arrives, and one log names them all`(
            _ version: HTTPVersion
        ) async throws {
            try await Self.serving { world, gateway, webhook in
                let client = try await gateway.connect(version)
                let draft = try await client.ask(
                    .osdiDraft("By OSDI", for: client.osdiList()))
                let helper = try #require(draft.member("_links osdi:send_helper href"))
                let sent = try await [
                    client.ask(.send("00000000-0000-0000-0000-000000000001", "demo-ann")),
                    client.ask(.osdi("POST", helper)),
                    client.ask(
                        .cellMessage("By Personium", to: "\(Request.origin)/bob/")),
                    client.ask(.labText("By Revicom")),
                    client.ask(.deskText("By SendHub")),
                ]
                #expect(sent.map(\.status) == [200, 200, 201, 200, 201])
                await client.close()
                try await eventually("Bob has the three that are for him") {
                    try await world.mailbox("bob@hospital.example").count == 3
                }
                try await eventually("both texts have been handed over") {
                    try await webhook.seen().texts.count == 2
                }
                #expect(
                    try await Set(webhook.seen().calls.compactMap { $0.text }.map(\.text))
                        == ["By Revicom", "By SendHub"])
                let decisions = Set(sent.compactMap(\.decision))
                #expect(decisions.count == 5)
                try await eventually("the log has all five") {
                    let kinds = try await world.auditEntries().compactMap { line in
                        (line["entry"] as? [String: Any]).flatMap { entry in
                            decisions.contains(entry["id"] as? String ?? "")
                                ? entry["dialect"] as? String : nil
                        }
                    }
                    return kinds.sorted() == [
                        "osdi", "personium", "revicom", "secure-messaging", "sendhub",
                    ]
                }
            }
        }

        @Test(arguments: HTTPVersion.allCases)
        func `where APIs share a path, the credential says whose a request is`(
            _ version: HTTPVersion
        ) async throws {
            try await Self.serving { _, gateway, _ in
                let client = try await gateway.connect(version)
                let draft = try await client.ask(.osdiDraft("Shared", for: client.osdiList()))
                let path = try #require(draft.member("_links self href"))
                    .replacing(Request.origin, with: "")
                func get(_ fields: [(String, String)], _ query: String = "") async throws -> Answer
                {
                    try await client.ask(Request("GET", path + query, fields))
                }
                let osdi = try await get([("osdi-api-token", "demo-lea-list")])
                #expect(osdi.status == 200 && osdi.member("status") == "draft")
                let byQuery = try await get([], "?OSDI-API-token=demo-lea-list")
                #expect(byQuery.body == osdi.body)
                let session = try await get([("x-sm-session-token", "demo-lea")])
                #expect(session.status == 200 && session.member("guid") != nil, "\(session.text)")
                let nobody = try await get([])
                #expect(nobody.status == 401 && nobody.code == "811")
                // Whoever shows an OSDI token is an OSDI client, whatever else it shows.
                let both = try await get([
                    ("osdi-api-token", "nobody-has-this"), ("x-sm-session-token", "demo-lea"),
                ])
                #expect(both.status == 401 && both.fields["content-type"] == "application/hal+json")
                await client.close()
            }
        }

        @Test func `an address that a client names is refused, and nobody calls there`()
            async throws
        {
            let bait = try await Webhook()
            try await Self.serving { _, gateway, _ in
                let client = try await gateway.connect(.http1)
                let list = try await client.osdiList()
                let place = "http://localhost:\(bait.port)"
                for target in [
                    "\(place)/api/v1/lists/1", "http://127.0.0.1:\(bait.port)/", "\(place)#\(list)",
                    "\(place)?\(list)",
                    "https://localhost:8443@localhost:\(bait.port)/api/v1/lists/1",
                    "\(Request.origin)/api/v1/lists/1?to=\(place)",
                ] {
                    let answer = try await client.ask(.osdiDraft("Hello", for: target))
                    #expect(answer.status == 400, "\(target): \(answer.text)")
                    let cell = try await client.ask(.cellMessage("Hello", to: target))
                    #expect(cell.status == 400, "\(target): \(cell.text)")
                    let text = try await client.ask(
                        .labText("Hello", #","callbackUrl":"\#(target)""#))
                    #expect(text.status == 400, "\(target): \(text.text)")
                }
                await client.close()
            }
            #expect(try await bait.seen().connections == 0)
            try await bait.end()
        }

        @Test func `one more than the most is refused before anything is looked up`() async throws {
            let members = (0...1000).map { "p\($0)@patients.example" }
            let book = members.map { "{name: P, address: \($0)}" }.joined(separator: ", ")
            let people = """
                version: 1
                accounts:
                  - address: max@hospital.example
                    group: clinicians
                    tokens: [{token: token-max}]
                    addressBook: [\(book)]
                    lists: [{name: crowd, members: [\(members.joined(separator: ", "))]}]

                """
            try await Self.serving(also: people) { world, gateway, _ in
                let client = try await gateway.connect(.http1)
                // OSDI: a list of a thousand and one.
                let lists = try await client.ask(
                    .osdi("GET", "/api/v1/lists", token: "token-max"))
                let crowd = try #require(lists.member("_embedded osdi:lists 0 _links self href"))
                var request = Request.osdiDraft("Crowd", for: crowd)
                request.fields[0].value = "token-max"
                let draft = try await client.ask(request)
                let send = try #require(draft.member("_links osdi:send_helper href"))
                let refused = try await client.ask(.osdi("POST", send, token: "token-max"))
                #expect(refused.status == 400, "\(refused.text)")
                #expect(
                    refused.member(
                        "osdi:error resource_status 0 error_descriptions 0 error_code")
                        == "target.too-many", "\(refused.text)")
                // Personium: a thousand and one cells, and their unit's word for it.
                let cells = (0...1000).map { "\(Request.origin)/c\($0)/" }.joined(separator: ",")
                let many = try await client.ask(.cellMessage("Crowd", to: cells))
                #expect(
                    many.status == 400 && many.member("code") == "PR400-SM-0003", "\(many.text)")
                // Revicom: ten thousand uuids are answered one by one, one more not at all.
                let uuids = (0...10_000).map {
                    "00000000-0000-4000-8000-\(String(format: "%012d", $0))"
                }
                let all = try await client.ask(.stop(Array(uuids.dropLast())))
                #expect(all.status == 200 && all.member("errors") == "1")
                #expect(all.member("items 9999 messageUuid") == uuids[9999])
                #expect(all.member("items 9999 code") == "404")
                #expect(all.member("items 10000 code") == nil)
                let more = try await client.ask(.stop(uuids))
                #expect(more.status == 400 && more.member("error code") == "4002", "\(more.text)")
                // SendHub: twenty-one contacts.
                let contacts = (0...20).map { "\"+4179111\(String(format: "%04d", $0))\"" }
                    .joined(separator: ",")
                let texts = try await client.ask(
                    .sendHub("POST", "messages/", #"{"contacts":[\#(contacts)],"text":"Hello"}"#))
                #expect(texts.status == 400, "\(texts.text)")
                await client.close()
                #expect(try await world.mailbox("bob@hospital.example").isEmpty)
            }
        }

        @Test func `what is not the caller's own is not there, whichever API asks`() async throws {
            try await Self.serving { _, gateway, _ in
                let client = try await gateway.connect(.http2)
                let text = try await client.ask(.labText("Mine"))
                let uuid = try #require(text.member("items 0 messageUuid"))
                let reminder = try await client.ask(.deskText("Mine too"))
                let number = try #require(reminder.member("id"))
                let mine = [
                    try await client.ask(.revicom("GET", "/\(uuid)")),
                    try await client.ask(.sendHub("GET", "messages/\(number)/")),
                ]
                #expect(mine.map(\.status) == [200, 200])
                let theirs = [
                    try await client.ask(.revicom("GET", "/\(uuid)", token: "demo-desk-texts")),
                    try await client.ask(
                        .sendHub("GET", "messages/\(number)/", user: "lab", key: "demo-lab-texts")),
                    try await client.ask(
                        .sendHub(
                            "DELETE", "messages/\(number)/", user: "lab", key: "demo-lab-texts")),
                    try await client.ask(.osdi("GET", "/api/v1/messages/\(uuid)")),
                    try await client.ask(.osdi("DELETE", "/api/v1/messages/\(uuid)/send")),
                    try await client.ask(
                        .personium(
                            "GET", "__ctl/SentMessage('\(uuid.replacing("-", with: ""))')")),
                ]
                #expect(theirs.map(\.status) == [404, 404, 404, 404, 404, 404])
                let stopped = try await client.ask(
                    .revicom("POST", "/stop", #"{"uuids":["\#(uuid)"]}"#, token: "demo-desk-texts"))
                #expect(stopped.member("items 0 code") == "404")
                await client.close()
            }
        }
    }
}
