import Foundation
import Logging
import PosternCredentials
import PosternModel
import PosternPipeline
import PosternTesting
import Testing

@testable import PosternDelivery

/// Messages handed over TLS to a cell in another process.
@Suite(.timeLimit(.minutes(2)))
final class PersoniumPortCourierTests {
    private let pki: TestPKI
    private let clock = HandTimer()
    private let key = UnitKey.generate()
    private let home: UnitURL

    init() throws {
        pki = try TestPKI()
        home = try #require(UnitURL("https://home.example/"))
    }

    deinit { pki.remove() }

    private func unit(_ text: String, trusting file: String? = nil) throws -> ForeignUnit {
        // What is verified here with its keys is nothing: only calls are made.
        ForeignUnit(
            url: try #require(UnitURL(text)),
            keys: try JWTKeySet(Array(key.publicKeys.utf8), for: [.es256]),
            account: try Samples.address("partner@home.example"),
            authorities: ForeignUnit.Authorities(file: file ?? pki.path("ca.pem"), mark: "1"))
    }

    private func row(_ id: Int64, to cell: String) throws -> OutboxRow {
        var row = try Samples.row(id, .cell)
        row.recipient = .cell(try #require(CellURL(cell)))
        row.letter = CellMessage(
            guid: row.message, sender: AccountID(rawValue: 1),
            senderHandle: try #require(Handle("ann")), subject: "Results", body: "All well.")
        return row
    }

    private func courier(
        _ units: [ForeignUnit], answerLimit: Duration = .seconds(15),
        wording: PersoniumPortCourier.Wording? = nil
    ) -> PersoniumPortCourier {
        let list = ForeignUnitList(units)
        return PersoniumPortCourier(
            home: PersoniumPortCourier.Home(unit: home, key: key), units: { list },
            wording: wording ?? { letter, cell in
                Array(#"{"__id":"\#(letter.guid)","to":"\#(cell)","text":"\#(letter.body)"}"#.utf8)
            }, limits: PersoniumPortCourier.Limits(answer: answerLimit), clock: clock)
    }

    private func carry(_ rows: [OutboxRow], by courier: PersoniumPortCourier) async -> [Carriage] {
        var carriages: [Carriage] = []
        for row in rows { carriages.append(await courier.carry(row)) }
        await courier.close()
        return carriages
    }

    @Test(arguments: ["127.0.0.1", "localhost"])
    func `what arrives is worded, and proves which cell it is from and for`(
        _ host: String
    ) async throws {
        let server = try WebhookServer(pki)
        let unit = try unit("https://\(host):\(server.port)/")
        try server.plan(.answer(201), .answer(201))
        let carriages = await carry(
            [try row(7, to: "\(unit.url)lab/"), try row(8, to: "\(unit.url)ward")],
            by: courier([unit]))
        #expect(carriages == [.taken, .taken])
        let seen = try server.seen()
        #expect(seen.connections == 1)
        #expect(seen.calls.map(\.path) == ["/lab/__message/port", "/ward/__message/port"])
        let call = try #require(seen.calls.first)
        #expect(call.method == "POST")
        #expect(call.headers["host"] == "\(host):\(server.port)")
        #expect(call.headers["content-type"] == "application/json")
        #expect(call.body.contains("All well."))
        let field = try #require(call.headers["authorization"])
        #expect(field.hasPrefix("Bearer "))
        let keys = try JWTKeySet(Array(key.publicKeys.utf8), for: [.es256])
        let theirs = ForeignUnitList([
            ForeignUnit(url: home, keys: keys, account: unit.account)
        ])
        func verdict(_ cell: String) throws -> Result<CellClaims, CellTokenProblem> {
            theirs.claims(
                of: Secret(String(field.dropFirst(7))), for: try #require(CellURL(cell)),
                at: Samples.start)
        }
        #expect(
            try verdict("\(unit.url)lab/").get().cell == CellURL("https://home.example/ann/"))
        #expect(try verdict("\(unit.url)ward/") == .failure(.wrongAudience))
        #expect(Set(seen.calls.map { $0.headers["authorization"] }).count == 2)
    }

    private static let repeated =
        #"{"code":"PR409-OD-0003","message":{"lang":"en","value":"The entity already exists."}}"#

    @Test(arguments: [
        (201, "", Carriage.taken), (200, "", .taken), (204, "", .taken), (409, repeated, .taken),
        (409, "", .refused("The cell answered 409.")),
        (409, #"{"code":"PR409-CM-0001"}"#, .refused("The cell answered 409: PR409-CM-0001")),
        (
            400,
            #"{"code":"PR400-OD-0006","message":{"lang":"en","value":"request body format error. field [Title]"}}"#,
            .refused(
                "The cell answered 400: PR400-OD-0006 request body format error. field [Title]")
        ),
        (401, #"{"code":7}"#, .refused("The cell answered 401.")),
        (403, "<html>", .refused("The cell answered 403.")),
        (404, "[]", .refused("The cell answered 404.")),
        (
            403, #"{"code":"A\nB\u001b[0m","message":{"value":"ü\\"}}"#,
            .refused("The cell answered 403: A\\x0AB\\x1B[0m \\xC3\\xBC\\\\")
        ),
        (408, "", .delayed("The cell answered 408.")),
        (425, "", .delayed("The cell answered 425.")),
        (429, "", .delayed("The cell answered 429.")),
        (500, #"{"code":"PR500-SV-9999"}"#, .delayed("The cell answered 500: PR500-SV-9999")),
        (503, "", .delayed("The cell answered 503.")),
        (502, "", .uncertain("The cell answered 502.")),
        (504, "", .uncertain("The cell answered 504.")),
    ])
    func `an answer means what Personium says it means`(
        _ status: Int, _ body: String, _ carriage: Carriage
    ) async throws {
        let server = try WebhookServer(pki)
        let unit = try unit("https://localhost:\(server.port)/")
        try server.plan(.answer(status, body: body))
        #expect(await carry([try row(1, to: "\(unit.url)lab/")], by: courier([unit])) == [carriage])
    }

    @Test func `a unit that asks for time gets it`() async throws {
        let server = try WebhookServer(pki)
        let unit = try unit("https://localhost:\(server.port)/")
        try server.plan(.answer(429, headers: ["Retry-After": "90"]))
        #expect(
            await carry([try row(1, to: "\(unit.url)lab/")], by: courier([unit]))
                == [.deferred("The cell answered 429.", by: .seconds(90))])
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func `a redirect is not followed, to a listed unit neither`(_ status: Int) async throws {
        let (server, bait) = (try WebhookServer(pki), try WebhookServer(pki))
        let units = [
            try unit("https://localhost:\(server.port)/"),
            try unit("https://localhost:\(bait.port)/"),
        ]
        try server.plan(
            .answer(
                status,
                headers: ["Location": "https://localhost:\(bait.port)/lab/__message/port"]))
        let carriages = await carry([try row(1, to: "\(units[0].url)lab/")], by: courier(units))
        #expect(
            carriages == [
                .refused("The cell answered \(status). Redirects are not followed.")
            ])
        #expect(try bait.seen().connections == 0)
    }

    @Test func `what is not on the list is not called, whatever the row says`() async throws {
        let server = try WebhookServer(pki)
        let listed = try unit("https://localhost:\(server.port)/unit/")
        let others = [
            "https://localhost:\(server.port)/lab/", "https://127.0.0.1:\(server.port)/unit/lab/",
            "https://localhost:\(server.port)/unit2/lab/",
            "https://localhost:\(server.port)/unit/unit/lab/",
        ]
        let carriages = await carry(try others.map { try row(1, to: $0) }, by: courier([listed]))
        for carriage in carriages {
            guard case .refused(let reason) = carriage else {
                Issue.record("\(carriage)")
                continue
            }
            #expect(reason.hasSuffix("is not on the list of units."))
        }
        #expect(try server.seen().connections == 0)
    }

    @Test func `a unit that does not prove who it is hears nothing`() async throws {
        let other = try TestPKI()
        defer { other.remove() }
        let server = try WebhookServer(other)
        let unit = try unit("https://localhost:\(server.port)/")
        let carriages = await carry([try row(1, to: "\(unit.url)lab/")], by: courier([unit]))
        guard case .delayed(let reason)? = carriages.first else {
            Issue.record("\(carriages)")
            return
        }
        #expect(reason.hasPrefix("No connection to \(unit.url): "))
        #expect(try server.seen().calls.isEmpty)
    }

    @Test(arguments: [WebhookServer.Move.close(), .hang])
    func `an answer that is lost or late leaves the message to come again`(
        _ move: WebhookServer.Move
    ) async throws {
        let server = try WebhookServer(pki)
        let unit = try unit("https://localhost:\(server.port)/")
        try server.plan(move)
        let carriages = await carry(
            [try row(1, to: "\(unit.url)lab/")],
            by: courier([unit], answerLimit: .seconds(3)))
        guard case .uncertain(let reason)? = carriages.first else {
            Issue.record("\(carriages)")
            return
        }
        #expect(reason.hasPrefix("\(unit.url) was called, and no answer came: "))
    }

    @Test func `an answer without an end counts by its beginning`() async throws {
        let server = try WebhookServer(pki)
        let unit = try unit("https://localhost:\(server.port)/")
        let endless = String(repeating: "x", count: 200_000)
        try server.plan(.answer(400, body: endless), .answer(201, body: endless))
        let carriages = await carry(
            try (1...2).map { try row($0, to: "\(unit.url)lab/") }, by: courier([unit]))
        #expect(carriages == [.refused("The cell answered 400."), .taken])
    }

    @Test func `an answer lost after the message was taken leaves one message`() async throws {
        let server = try WebhookServer(pki)
        let unit = try unit("https://localhost:\(server.port)/")
        try server.plan(.close(delivers: true))
        let outbox = MemoryOutbox([try row(1, to: "\(unit.url)lab/")])
        let core = DeliveryCore(
            outbox: outbox, mail: nil, cells: courier([unit]),
            settings: DeliverySettings(mailboxGathering: .zero), clock: clock, timer: clock,
            chance: { 1 }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        async let run: Void = core.run()
        await outbox.until { if case .waiting(_, .some) = $0[1] { true } else { false } }
        clock.advance(by: .seconds(30))
        await outbox.until { $0[1] == .delivered }
        core.stop()
        await run
        #expect(core.gauges.cell.delivered == 1 && core.gauges.cell.uncertain == 1)
        let seen = try server.seen()
        #expect(seen.delivered == ["0123456789abcdef0123456789abcdef"])
        #expect(seen.calls.count == 2)
    }

    @Test func `a dead unit's messages do not hold up another's`() async throws {
        let server = try WebhookServer(pki)
        let (dead, alive) = (
            try unit("https://localhost:1/"), try unit("https://localhost:\(server.port)/")
        )
        try server.plan(.answer(201))
        let carriages = await carry(
            [try row(1, to: "\(dead.url)lab/"), try row(2, to: "\(alive.url)lab/")],
            by: courier([dead, alive]))
        guard case .delayed? = carriages.first else {
            Issue.record("\(carriages)")
            return
        }
        #expect(carriages.last == .taken)
    }

    @Test func `a row without a message, or that cannot be worded, is never posted`() async throws {
        let server = try WebhookServer(pki)
        let unit = try unit("https://localhost:\(server.port)/")
        var withheld = try row(1, to: "\(unit.url)lab/")
        withheld.withheld = "The message has expired."
        var empty = try row(2, to: "\(unit.url)lab/")
        empty.letter = nil
        var phone = try row(3, to: "\(unit.url)lab/")
        phone.recipient = .phone(try #require(PhoneNumber("+41791234567")))
        #expect(
            await carry([withheld, empty, phone], by: courier([unit])) == [
                .refused("The message has expired."),
                .refused("The outbox row holds no message to a cell."),
                .refused("The outbox row holds no message to a cell."),
            ])
        let failing = courier([unit]) { _, _ throws(Fault) in throw Fault(.storageUnreadable) }
        #expect(
            await carry([try row(1, to: "\(unit.url)lab/")], by: failing)
                == [.delayed("The message cannot be read at present: storage.unreadable.")])
        let blind = try self.unit("https://localhost:\(server.port)/", trusting: "/nowhere.pem")
        let carriages = await carry([try row(1, to: "\(unit.url)lab/")], by: courier([blind]))
        guard case .delayed(let reason)? = carriages.first else {
            Issue.record("\(carriages)")
            return
        }
        #expect(reason.hasPrefix("The authorities of \(unit.url) cannot be read"))
        #expect(PersoniumPortCourier.trouble(ofAuthorities: "/nowhere.pem") != nil)
        #expect(PersoniumPortCourier.trouble(ofAuthorities: pki.path("ca.pem")) == nil)
        #expect(try server.seen().connections == 0)
    }
}
