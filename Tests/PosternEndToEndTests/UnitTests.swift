import Foundation
import NIOCore
import NIOPosix
import Testing

extension EndToEndTests {
    /// Two gateways, each with cells of its own, that exchange messages over TLS.
    @Suite struct Units {
        /// One of them.
        private struct Side: Sendable {
            let name: String
            let port: Int
            let world: World

            var unit: String { "https://localhost:\(port)/" }

            init(_ name: String) async throws {
                self.name = name
                port = try await Self.freePort()
                world = try await World(
                    policy: World.smallPolicy.replacing(
                        "mayWriteTo: anyone",
                        with: "mayWriteTo: anyone\n    cells: { allowed: yes }"),
                    settings: [
                        "listener.port": "\(port)", "portal.address": "https://localhost:\(port)/",
                        "dialects.personium.units": "units.yaml",
                    ])
            }

            /// A port nobody listens at: a unit's address is known before it serves.
            private static func freePort() async throws -> Int {
                let channel = try await ServerBootstrap(
                    group: MultiThreadedEventLoopGroup.singleton
                ).bind(host: "127.0.0.1", port: 0).get()
                let port = channel.localAddress?.port
                try await channel.close()
                return try #require(port)
            }

            /// Joins this unit to another, whose account here is `partner`.
            func join(_ other: Side) async throws {
                let key = try await other.world.postern("unit", "key")
                try #require(key.succeeded, "\(key.errors)")
                try world.write(key.lines.joined(separator: "\n"), to: "partner.jwks.json")
                try world.write(
                    """
                    units:
                      - unit: \(other.unit)
                        jwks: partner.jwks.json
                        account: partner@house.example
                        trustRoots: certs/ca.pem

                    """, to: "units.yaml")
            }

            func load(_ people: String...) async throws {
                try await world.load(
                    People.file(
                        people.map { People.account($0, "handle: \($0)") }
                            + [People.account("partner")], []))
            }
        }

        /// One person's cell.
        private struct Cell: Sendable {
            let side: Side
            let gateway: Gateway
            let name: String

            var url: String { "\(side.unit)\(name)/" }

            func ask(_ method: String, _ path: String, _ body: String = "") async throws -> Answer {
                try await gateway.ask(
                    Request(
                        method, "/\(name)/\(path)", [("authorization", "Bearer token-\(name)")],
                        body: body))
            }

            func send(_ members: String) async throws -> Answer {
                try await ask("POST", "__message/send", "{\(members)}")
            }

            /// The message of a title, as soon as it is there.
            func received(_ title: String) async throws -> [String: Any] {
                var found: [String: Any]?
                try await eventually("\(url) has `\(title)`") {
                    found = try await list("ReceivedMessage").first {
                        $0["Title"] as? String == title
                    }
                    return found != nil
                }
                return try #require(found)
            }

            func list(_ set: String) async throws -> [[String: Any]] {
                let answer = try await ask("GET", "__ctl/\(set)")
                let object = try #require(try answer.json()["d"] as? [String: Any])
                return try #require(object["results"] as? [[String: Any]], "\(answer.text)")
            }
        }

        /// Serves both while a test does its work.
        private static func joined(
            _ work: (_ ann: Cell, _ bob: Cell) async throws -> Void
        ) async throws {
            let (home, away) = (try await Side("home"), try await Side("away"))
            try await home.join(away)
            try await away.join(home)
            try await home.load("ann", "eve")
            try await away.load("bob")
            try await home.world.serving { near in
                try await away.world.serving { far in
                    try await work(
                        Cell(side: home, gateway: near, name: "ann"),
                        Cell(side: away, gateway: far, name: "bob"))
                }
            }
        }

        @Test func `cells of two units write, answer and are put on relations`() async throws {
            try await Self.joined { ann, bob in
                // There.
                let sent = try await ann.send(
                    #""To":"\#(bob.url)","Title":"Results","Body":"All well.""#)
                #expect(sent.status == 201, "\(sent.text)")
                #expect(sent.member("d results Result 0 Code") == "201")
                #expect(sent.member("d results Result 0 To") == bob.url)
                let name = try #require(sent.member("d results __id"))
                let received = try await bob.received("Results")
                #expect(received["From"] as? String == ann.url)
                #expect(received["Body"] as? String == "All well.")
                #expect(received["Status"] as? String == "unread")
                #expect(received["MulticastTo"] is NSNull)

                // And back: an answer names the message as its sender knows it.
                let there = try #require(received["__id"] as? String)
                #expect(there != name)
                let reply = try await bob.send(
                    #""To":"\#(ann.url)","InReplyTo":"\#(there)","Title":"Re","Body":"Thanks.""#)
                #expect(reply.status == 201, "\(reply.text)")
                let answer = try await ann.received("Re")
                #expect(answer["From"] as? String == bob.url)
                #expect(answer["InReplyTo"] as? String == name)

                // A request approved across units puts the cell on the relation.
                let asked = try await ann.send(
                    #""To":"\#(bob.url)","Title":"May I?","Type":"req.relation.build","RequestRelation":"friend","RequestRelationTarget":"\#(ann.url)""#
                )
                #expect(asked.status == 201, "\(asked.text)")
                let request = try await bob.received("May I?")
                #expect(request["Status"] as? String == "none")
                let id = try #require(request["__id"] as? String)
                let approved = try await bob.ask(
                    "POST", "__message/received/\(id)", #"{"Command":"approved"}"#)
                #expect(approved.status == 204, "\(approved.text)")
                let toFriends = try await bob.send(#""ToRelation":"friend","Title":"Friends""#)
                #expect(toFriends.status == 201, "\(toFriends.text)")
                #expect(toFriends.member("d results Result 0 To") == ann.url)
                #expect(try await ann.received("Friends")["From"] as? String == bob.url)
                #expect(try await ann.list("ReceivedMessage").count == 2)
                #expect(try await bob.list("ReceivedMessage").count == 2)
                try await eventually("all three have been handed over") {
                    let counts = try await ann.gateway.metrics()
                    return counts[#"postern_deliveries_total{courier="cell"}"#] == 2
                }
            }
        }

        @Test func `a banned word is refused by the unit it comes to, in its own words`()
            async throws
        {
            try await Self.joined { ann, bob in
                let local = try await ann.send(#""To":"\#(bob.url)","Title":"swordfish""#)
                #expect(local.member("code") == "PR403-PO-0017", "\(local.text)")
                // The other unit's list is its own: what is let out there may not come in here.
                try bob.side.world.write("halibut\n", to: "policies/keywords/secrets.txt")
                try await eventually("the other list is in force") {
                    try await bob.send(#""To":"\#(bob.url)","Title":"halibut""#).status == 403
                }
                let had = try await bob.list("ReceivedMessage").count
                let sent = try await ann.send(#""To":"\#(bob.url)","Title":"halibut""#)
                #expect(sent.status == 201, "\(sent.text)")
                try await eventually("it is a dead letter with the reason") {
                    try await ann.side.world.postern("delivery", "dead-letters").lines.contains {
                        $0.contains("PR403-PO-0017")
                    }
                }
                #expect(try await bob.list("ReceivedMessage").count == had)
            }
        }

        @Test func `a unit taken off the list hears nothing more, and is not heard`() async throws {
            try await Self.joined { ann, bob in
                let before = try await ann.send(#""To":"\#(bob.url)","Title":"Before""#)
                #expect(before.status == 201)
                _ = try await bob.received("Before")
                try ann.side.world.write("units: []\n", to: "units.yaml")
                try await eventually("the unit is off the list") {
                    try await ann.send(#""To":"\#(bob.url)","Title":"After""#).status == 400
                }
                let refused = try await ann.send(#""To":"\#(bob.url)","Title":"After""#)
                #expect(refused.member("code") == "PR400-OD-0006", "\(refused.text)")
                #expect(refused.member("message value")?.contains("[To]") == true)
                let back = try await bob.send(#""To":"\#(ann.url)","Title":"Back""#)
                #expect(back.status == 201, "\(back.text)")
                try await eventually("it is a dead letter with the reason") {
                    try await bob.side.world.postern("delivery", "dead-letters").lines.contains {
                        $0.contains("The cell answered 403: PR403-AU-0002")
                    }
                }
                #expect(try await ann.list("ReceivedMessage").isEmpty)
                try ann.side.world.write("units: [", to: "units.yaml")
                try await eventually("health has a word on the file") {
                    try await ann.gateway.health().reasons["units"] != nil
                }
            }
        }

        /// Ways to make a gateway call somebody else: nothing is sent, and nothing charged.
        @Test func `nobody but a listed unit is ever called`() async throws {
            let bait = try await Webhook()
            try await Self.joined { ann, bob in
                let (host, port) = ("localhost:\(bob.side.port)", bait.port)
                let ways = [
                    "https://localhost:\(port)/bob/", "https://127.0.0.1:\(bob.side.port)/bob/",
                    "http://\(host)/bob/", "https://x@\(host)/bob/",
                    "https://\(host)@localhost:\(port)/bob/",
                    "https://localhost:\(port)@\(host)/bob/",
                    "https://LOCALHOST:\(bob.side.port)/bob/", "https://\(host)/../bob/",
                    "https://\(host)/bob/../eve/", "https://\(host)/bob%2f/",
                    "https://\(host)//bob/", "https://\(host)/bob/?x", "https://\(host)/bob/#x",
                    "https://\(host)/a/bob/", "https://\(host)/__ctl/",
                    "https://[::1]:\(port)/bob/", "https://2130706433:\(port)/bob/",
                ]
                for way in ways {
                    let answer = try await ann.send(#""To":"\#(bob.url),\#(way)","Title":"Way""#)
                    #expect(answer.status == 400, "\(way) \(answer.text)")
                }
                #expect(try await bob.list("ReceivedMessage").isEmpty)
                #expect(try await ann.list("SentMessage").isEmpty)
                let counts = try await ann.gateway.metrics()
                #expect(counts[#"postern_deliveries_total{courier="cell"}"#] == 0)
                #expect(try await bait.seen().connections == 0)
            }
            try await bait.end()
        }

        @Test func `a key is made once, for its owner's eyes, and never printed`() async throws {
            let side = try await Side("home")
            try side.world.write("units: []\n", to: "units.yaml")
            let without = try await side.world.postern("serve")
            #expect(without.errors.contains("`postern unit key` makes one"))
            let (first, second) = (
                try await side.world.postern("unit", "key"),
                try await side.world.postern("unit", "key")
            )
            #expect(first.succeeded && first.lines == second.lines)
            #expect(first.lines.joined().contains(#""alg":"ES256""#))
            #expect(!first.lines.joined().contains(#""d":"#))
            let file = side.world.path("data/unit.key").path
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions]
            #expect(mode as? Int == 0o600)
            try FileManager.default.setAttributes([.posixPermissions: 0o604], ofItemAtPath: file)
            let open = try await side.world.postern("serve")
            #expect(open.errors.contains("Every user of this machine"))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
            try side.world.write("not a key", to: "data/unit.key")
            let broken = try await side.world.postern("unit", "key")
            #expect(!broken.succeeded && !broken.errors.contains("not a key"))
        }
    }
}
