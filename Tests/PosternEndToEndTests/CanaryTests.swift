import Foundation
import Testing

extension EndToEndTests {
    /// Secrets with values that are easy to find, sent along every path, and then looked for in every output.
    @Suite struct Canaries {
        /// What may be found nowhere, not even in the ledger's file.
        private static let credentials = [
            "canaryaccountpassword7Qx", "canaryfyeopassword8Rw", "canarytoken5Tz",
            "canarywrongtoken6Uy", "canarychallenge3Vb", "canarywrongpassword4Wc",
            "canaryrelaypassword2Nd",
        ]
        /// What nobody but a message's readers may see: sealed in the ledger, and nowhere else.
        private static let texts = ["canarysubject9Mk", "canarybody1Lp", "canarybanned0Jh"]
        private static let (account, fyeo, token, wrongToken) = (
            credentials[0], credentials[1], credentials[2], credentials[3]
        )
        private static let (challenge, wrong, relay) = (
            credentials[4], credentials[5], credentials[6]
        )

        @Test func `no secret is found in any output`() async throws {
            let world = try await World(settings: [
                "relay.host": "127.0.0.1", "relay.port": "1", "relay.security": "starttls",
                "relay.user": "postern", "relay.password": Self.relay,
            ])
            try world.write("\(Self.texts[2])\n", to: "policies/keywords/secrets.txt")
            try await world.load(Self.people)
            for file in try FileManager.default.contentsOfDirectory(atPath: world.folder.path)
            where file.hasPrefix("load-") {
                try FileManager.default.removeItem(at: world.path(file))
            }
            var outputs: [String: String] = [:]
            var replies: [Answer] = []
            let gateway = try await world.serve()
            let limits = try String(
                contentsOfFile: "/proc/\(gateway.child.id)/limits", encoding: .utf8)
            #expect(limits.contains(/Max core file size +0 +0/), "A crash would leave a core.")
            do {
                replies = try await Self.walkEveryPath(gateway)
                let ends = Set(replies.map(\.status))
                #expect(ends.isSuperset(of: [200, 201, 400, 401, 403, 404]), "\(ends)")
                try await Self.walkFaults(world, gateway)
                for path in ["/metrics", "/health/ready", "/health/live"] {
                    outputs[path] = try await gateway.operations(path).text
                }
                for path in ["/errors", "/errors/17", "/health/ready"] {
                    outputs["client \(path)"] = try await gateway.ask(Request("GET", path)).text
                }
            } catch {
                await gateway.kill()
                throw error
            }
            #expect(try await gateway.stop() == .exit(0))
            outputs["stdout"] = gateway.child.output
            outputs["stderr"] = gateway.child.errors
            try await Self.askAdministrators(world, replies, &outputs)
            try Self.sweep(world, replies, outputs)
            world.remove()
        }

        private static var people: String {
            let ann = """
                  - {address: ann@house.example, group: people, password: \(account), tokens: [{token: \(token)}],
                     handle: ann, addressBook: [{name: Bob, address: bob@house.example}],
                     lists: [{name: friends, members: [bob@house.example]}]}

                """
            let accounts = [
                ann, People.account("bob", "handle: bob"), People.account("eve"),
            ]
            let drafts = (1...12).map { number in
                let kind = number == 2 || number == 3 ? "accountPassword" : "uniquePassword"
                let options = 2...5 ~= number ? ", options: {fyeoType: \(kind)}" : ""
                let recipient = number == 6 ? "new@elsewhere.example" : "bob@house.example"
                let body = number == 7 ? texts[2] : texts[1]
                return """
                      - {guid: \(People.guid(number)), owner: ann@house.example, to: [\(recipient)], \
                    subject: \(texts[0]), body: \(body)\(options)}

                    """
            }
            return People.file(accounts, drafts)
        }

        /// Every way a request can end that a client can bring about.
        private static func walkEveryPath(_ gateway: Gateway) async throws -> [Answer] {
            func send(_ number: Int, _ body: String = "{}", query: String = "") -> Request {
                .send(People.guid(number), token, query: query, body)
            }
            let problem = (name: "accept", value: "application/problem+json")
            var requests = [
                send(1), send(1),
                send(2, #"{"password":"\#(wrong)"}"#), send(2, #"{"password":"\#(account)"}"#),
                send(3, #"{"password":"\#(account)"}"#, query: "?dryRun=1"),
                send(4, #"{"password":"\#(fyeo)"}"#), send(4, #"{"password":"\#(wrong)"}"#),
                send(6, #"{"inviteNewUsers":true,"craCode":"\#(challenge)"}"#), send(7),
                send(8, #"{"password":"\#(fyeo)","password":"\#(fyeo)"}"#),
                send(8, #"{"password":"\#(fyeo)"#), send(8, #"{"password":["\#(fyeo)"]}"#),
                send(8, #"{"craCode":{"a":"\#(challenge)"}}"#), send(8, challenge),
                send(8, "{}", query: "?password=\(fyeo)"),
                send(8, "{}", query: "?craCode=\(challenge)&callback=\(fyeo)()"),
                send(8, "{}", query: "?callback=\(fyeo)"),
                send(8, #"{"a":"\#(fyeo)\#(String(repeating: "x", count: 70_000))"}"#),
                .send(People.guid(8), wrongToken), .send(token, token), .send(fyeo, wrongToken),
                Request("GET", "/\(token)/\(fyeo)", [("x-sm-session-token", token)]),
                Request("FROB", "/api/v1/messages/\(token)/send", [("x-sm-session-token", token)]),
                Request(
                    "POST", "/json/reply/\(fyeo)", [("x-sm-session-token", token)], body: "{}"),
                Request(
                    "POST", "/xml/reply/SendMessage",
                    [("x-sm-session-token", token), ("content-type", "application/xml")],
                    body: "<SendMessage><Password>\(fyeo)</Pass>"),
                Request("GET", "/errors/\(fyeo)", [("authorization", "Bearer \(token)")]),
                Request(
                    "PUT", "/api/v1/messages/\(People.guid(8))/send",
                    [("x-sm-session-token", token), ("x-sm-session-token", wrongToken)], body: "{}"),
                Request(
                    "PUT", "/api/v1/messages/\(People.guid(8))/send",
                    [("x-sm-session-token", token), ("traceparent", fyeo), ("content-type", fyeo)],
                    body: "{}"),
            ]
            requests += try lifeOfADraft() + otherAPIs()
            for index in [2, 5, 8, 17] {
                var request = requests[index]
                request.fields.append(problem)
                requests.append(request)
            }
            var answers: [Answer] = []
            for version in HTTPVersion.allCases {
                for request in requests {
                    answers.append(try await gateway.ask(request, over: version))
                }
            }
            // Heads that no server should take.
            for head in [
                "PUT /\(token) HTTP/9.9\r\nhost: localhost\r\n\r\n",
                "GET / HTTP/1.1\r\nhost: localhost\r\nx-sm-session-token : \(token)\r\n\r\n",
                "\(token)\r\n\r\n",
            ] {
                let bytes = try await gateway.exchangeRaw(head)
                answers.append(Answer(status: 0, fields: [:], body: bytes))
            }
            // Somebody else, who must learn nothing of Ann's.
            answers.append(try await gateway.ask(.send(People.guid(9), "token-eve")))
            return answers
        }

        /// The rest of a message's life, right and wrong.
        private static func lifeOfADraft() throws -> [Request] {
            let fields = [("x-sm-session-token", token), ("content-type", "application/json")]
            func ask(
                _ method: String, _ path: String, _ body: String = "",
                _ more: [(String, String)] = []
            ) -> Request {
                Request(method, "/api/v1/\(path)", fields + more, body: body)
            }
            func signIn(_ password: String, _ rest: String = "}") -> Request {
                ask(
                    "POST", "login",
                    #"{"username":"ann@house.example","password":"\#(password)"\#(rest)"#)
            }
            func read(_ password: String) -> Request {
                ask(
                    "GET", "messages/\(People.guid(4))", "",
                    [("x-sm-password", Data(password.utf8).base64EncodedString())])
            }
            let content =
                #"{"to":["bob@house.example"],"subject":"\#(texts[0])","body":"\#(texts[1])"}"#
            let files = #"[{"fileName":"\#(texts[2]).txt","totalBytesLength":9}]"#
            return [
                signIn(account), signIn(wrong), signIn(account, ""),
                signIn(account, #","password":1}"#),
                ask("POST", "login?password=\(account)", #"{"username":"\#(fyeo)"}"#),
                ask("POST", "authenticate", #"{"authenticationToken":"\#(wrongToken)"}"#),
                read(fyeo), read(wrong),
                ask("GET", "messages/\(People.guid(4))", "", [("x-sm-password", fyeo)]),
                ask("GET", "messages/\(People.guid(4))?password=\(fyeo)"),
                ask("PUT", "messages/\(People.guid(11))/save", content),
                ask("PUT", "messages/\(People.guid(11))/save", content + "x"),
                ask("GET", "messages/search?filter=%7BsearchCriteria:\(texts[0])%7D"),
                ask(
                    "POST", "attachments/precreate",
                    #"{"messageGuid":"\#(People.guid(11))","attachmentPlaceholders":\#(files)}"#),
                ask("GET", "messages/\(People.guid(11))"),
                ask(
                    "POST", "messages/\(People.guid(1))/recall", #"{"recallReason":"\#(texts[1])"}"#
                ),
                ask("GET", "attachments/\(token)?x-sm-session-token=\(token)"),
            ]
        }

        /// The other four APIs: keys, right and wrong, wherever one can be shown or slip.
        private static func otherAPIs() -> [Request] {
            let message = #"{"subject":"\#(texts[0])","body":"\#(texts[1])","targets":[]}"#
            let cell =
                #"{"ToRelation":"friends","Title":"\#(texts[0])","Body":"\#(texts[1])"}"#
            let text =
                #"[{"channelType":"SMS","senderName":"A","destination":"41791110001","content":"\#(texts[1])"}]"#
            let inBody = #"{"api_key":"\#(token)","contacts":[1],"text":"\#(texts[1])"}"#
            return [token, wrongToken].flatMap { key in
                let pair = Data("ann:\(key)".utf8).base64EncodedString()
                return [
                    Request("POST", "/api/v1/messages", [("osdi-api-token", key)], body: message),
                    Request(
                        "POST", "/api/v1/messages", [("osdi-api-token", key)], body: message + key),
                    Request("GET", "/api/v1/lists?osdi-api-token=\(key)&per_page=1"),
                    Request("GET", "/api/v1/lists?OSDI-api-token=\(key)&page=\(key)"),
                    Request("GET", "/api/v1/\(key)?osdi-api-token=\(key)"),
                    Request(
                        "POST", "/ann/__message/send", [("authorization", "Bearer \(key)")],
                        body: cell),
                    Request(
                        "POST", "/ann/__message/send", [("authorization", "Bearer \(key)")],
                        body: #"{"To":"https://localhost:8443/bob/","Title":"\#(texts[2])"}"#),
                    Request(
                        "POST", "/ann/__message/send",
                        [("x-override", "Authorization: Bearer \(key)")], body: "\(key)"),
                    Request(
                        "GET", "/\(key)/__ctl/SentMessage?$top=\(key)",
                        [("authorization", "Bearer \(key)")]),
                    Request(
                        "POST", "/api/v1/message", [("authorization", "Basic \(key)")], body: text),
                    Request(
                        "POST", "/api/v1/message/stop", [("authorization", "Bearer \(key)")],
                        body: #"{"uuids":["\#(People.guid(1))"],"\#(key)":1}"#),
                    Request(
                        "POST", "/api/v1/message/stop", [("authorization", "Basic \(pair)")],
                        body: #"{"uuids":[]}"#),
                    Request("GET", "/v1/contacts/?username=ann&api_key=\(key)&limit=1"),
                    Request("GET", "/v1/contacts/?username=ann&api_key=\(key)&limit=\(key)"),
                    Request("GET", "/v1/\(key)/?username=ann&api_key=\(key)"),
                    Request("POST", "/v1/messages/?username=ann", body: inBody),
                    Request("POST", "/v1/messages/?username=ann&api_key=\(key)", body: inBody),
                    Request(
                        "POST", "/v1/messages/", [("authorization", "Basic \(pair)")],
                        body: #"{"contacts":[1],"text":"\#(texts[2])"}"#),
                    Request("POST", "/v1/messages/?username=ann", body: inBody + key),
                ]
            }
        }

        /// What is said when nothing can be recorded.
        private static func walkFaults(_ world: World, _ gateway: Gateway) async throws {
            try FileManager.default.moveItem(at: world.path("audit"), to: world.path("audit.kept"))
            let answer = try await gateway.ask(
                .send(People.guid(10), token, #"{"password":"\#(fyeo)"}"#))
            #expect(answer.status == 503)
            try FileManager.default.moveItem(at: world.path("audit.kept"), to: world.path("audit"))
            try await eventually("recording works again") {
                try await gateway.ask(.send(People.guid(10), token)).status == 200
            }
        }

        /// What commands print about all that.
        private static func askAdministrators(
            _ world: World, _ replies: [Answer], _ outputs: inout [String: String]
        ) async throws {
            for command in [
                ["account", "show", "ann@house.example"], ["token", "list", "ann@house.example"],
                ["delivery", "dead-letters"], ["delivery", "counts"], ["settings"],
                ["policy", "show", "--effective"], ["policy", "check"],
            ] {
                let outcome = try await Program.run(
                    command + ["--settings", "settings.yaml"], in: world.folder)
                outputs[command.joined(separator: " ")] = outcome.output + outcome.errors
            }
            let tail = try await Program.run(
                ["audit", "tail", "audit", "--json"], in: world.folder)
            let lines = try await Program.run(["audit", "tail", "audit"], in: world.folder)
            #expect(tail.lines.count > 20)
            outputs["audit tail --json"] = tail.output
            outputs["audit tail"] = lines.output
            for decision in Set(replies.filter { $0.status >= 400 }.compactMap(\.decision)).prefix(
                12)
            {
                let explained = try await world.postern("policy", "explain", decision)
                outputs["policy explain \(decision)"] = explained.output + explained.errors
            }
            let verdict = try await world.auditVerdict()
            #expect(verdict.succeeded, "\(verdict.errors)")
        }

        /// Looks for each canary, plain, in hexadecimal and in Base64.
        private static func sweep(
            _ world: World, _ replies: [Answer], _ outputs: [String: String]
        ) throws {
            var places = outputs.map { ($0.key, Data($0.value.utf8)) }
            places += try files(under: world.path("audit"))
            // Policies in force are kept there as they were written, banned words and all.
            let ledger = try files(under: world.path("data")).filter {
                !$0.0.contains("/data/policies/")
            }
            for reply in replies {
                // A callback is a name the caller chose for the answer.
                let isScript = reply.fields["content-type"]?.hasPrefix("text/javascript") == true
                let fields = reply.fields.map { "\($0): \($1)" }.joined(separator: "\n")
                let body = isScript ? Data() : Data(reply.body)
                expectNo(credentials, in: Data(fields.utf8) + body, "a reply: \(reply.text)")
            }
            for (place, data) in places { expectNo(credentials + texts, in: data, place) }
            for (place, data) in ledger { expectNo(credentials + texts, in: data, place) }
            // The sweep can find what is there: addresses are what the ledger looks things up by.
            #expect(ledger.contains { holds($0.1, Data("ann@house.example".utf8)) })
            // Nor is the log empty: it names the decision that the first reply named.
            let decision = try #require(replies.first?.decision)
            #expect(outputs["stderr"]?.contains(decision) == true, "The log is not there.")
            try expectNoMasterKey(world, places + ledger)
        }

        /// The key that seals everything is in its own file alone.
        private static func expectNoMasterKey(
            _ world: World, _ places: [(String, Data)]
        ) throws {
            let file = world.path("data/master.keys")
            let line = try String(contentsOf: file, encoding: .utf8)
            let key = try #require(line.split(whereSeparator: \.isWhitespace).last)
            let bytes = try #require(Data(base64Encoded: String(key)))
            for (place, data) in places where place != file.path {
                #expect(
                    !holds(data, bytes) && !holds(data, Data(key.utf8)), "The key is in \(place)")
            }
        }

        private static func expectNo(_ canaries: [String], in data: Data, _ place: String) {
            for canary in canaries {
                for spelling in spellings(canary) {
                    #expect(!holds(data, spelling), "\(canary) is in \(place)")
                }
            }
        }

        /// WHY NOT `Data.range(of:)`: without optimisation it takes seconds for what is a blink here.
        private static func holds(_ data: Data, _ part: Data) -> Bool {
            data.withUnsafeBytes { data in
                part.withUnsafeBytes { part in
                    guard let start = data.baseAddress, let first = part.first,
                        let wanted = part.baseAddress
                    else { return false }
                    var at = 0
                    while data.count - at >= part.count,
                        let found = memchr(start + at, Int32(first), data.count - at)
                    {
                        at = UnsafeRawPointer(found) - start
                        if data.count - at >= part.count, memcmp(found, wanted, part.count) == 0 {
                            return true
                        }
                        at += 1
                    }
                    return false
                }
            }
        }

        private static func spellings(_ canary: String) -> [Data] {
            let bytes = Data(canary.utf8)
            let hexadecimal = bytes.map { String(format: "%02x", $0) }.joined()
            // The last group of three may continue with what follows.
            let base64 = String(bytes.base64EncodedString().prefix(canary.count / 3 * 4))
            return [bytes, Data(hexadecimal.utf8), Data(base64.utf8)]
        }

        private static func files(under folder: URL) throws -> [(String, Data)] {
            let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            return names.compactMap { name in
                let file = folder.appending(path: name)
                return (try? Data(contentsOf: file)).map { (file.path, $0) }
            }
        }
    }
}

extension Gateway {
    /// Sends bytes over HTTP/1.1 and returns all that came until the gateway closed.
    fileprivate func exchangeRaw(_ text: String) async throws -> [UInt8] {
        try await connect(.http1).exchangeRaw(text)
    }
}
