import Foundation
import GRDB
import PosternCoreContract
import PosternModel
import PosternPipeline
import PosternSealing
@_spi(Testing) import PosternStorage
import Testing

/// A spool in a fresh folder, and deliveries to put into it.
final class SpoolBench: Sendable {
    static let noon = Workbench.noon

    let folder: String
    let spool: DeliverySpool
    let interference: Interference

    init(in folder: String? = nil, _ configure: (inout DeliverySpool.Options) -> Void = { _ in })
        throws
    {
        self.folder =
            folder ?? NSTemporaryDirectory() + "postern-spool-" + MessageGUID.random().description
        interference = Interference()
        var options = interference.options
        configure(&options)
        spool = try DeliverySpool(folder: self.folder, options: options)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var file: String { folder + "/spool.sqlite" }

    static func key(_ number: Int) -> DeliveryKey {
        DeliveryKey(of: Workbench.guid(number), row: Int64(number))
    }

    static func mail(_ number: Int, text: String = "It waits.") throws -> EntrustedDelivery {
        EntrustedDelivery(
            message: Workbench.guid(number), acceptedAt: noon,
            content: .mail(
                EntrustedMail(subject: "A message", text: text, html: "<p>It waits.</p>"),
                to: try #require(EmailAddress("bob\(number)@hospital.example"))))
    }

    static func text(_ number: Int, _ text: String = "Nine.") throws -> EntrustedDelivery {
        EntrustedDelivery(
            message: Workbench.guid(number), acceptedAt: noon,
            content: .text(
                text, to: try #require(PhoneNumber("+41791234567")),
                from: try #require(EmailAddress("ann@hospital.example"))))
    }

    /// Entrusts mails of these numbers.
    func entrust(_ numbers: Range<Int>) async throws {
        for number in numbers {
            let state = DeliveryState(key: Self.key(number), standing: .waiting)
            #expect(try await entrust(number) == .taken(state))
        }
    }

    @discardableResult
    func entrust(_ number: Int, _ delivery: EntrustedDelivery? = nil) async throws -> Entrusting {
        try await spool.entrust(
            delivery ?? Self.mail(number), under: Self.key(number), at: Self.noon)
    }

    func state(_ number: Int) throws -> DeliveryState? { try spool.state(of: Self.key(number)) }

    func withdraw(_ number: Int) async throws -> DeliveryState {
        try await spool.withdraw(Self.key(number), at: Self.noon)
    }

    func due(
        _ courier: OutboxRow.Courier = .smtp, at instant: Instant = noon, limit: Int = 99
    ) async throws -> [OutboxRow] {
        try await spool.due(courier, at: instant, limit: limit, lease: .seconds(600))
    }

    func endings(
        after number: Int64 = 0, limit: Int = 1000, at instant: Instant = noon
    ) async throws -> [String] {
        try await spool.endings(EndingsQuery(after: number, limit: limit), at: instant).endings.map
        {
            "\($0.number) \($0.key.description.suffix(1)) \($0.standing.rawValue)"
        }
    }

    /// Looks into the file from outside, as an operator with `sqlite3` would.
    func count(_ sql: String) throws -> Int {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: file, configuration: configuration)
        defer { try? queue.close() }
        return try queue.read { try Int.fetchOne($0, sql: sql) ?? -1 }
    }

    /// Every byte of the spool's files.
    func bytes() throws -> Data {
        try ["", "-wal", "-shm"].reduce(into: Data()) { all, suffix in
            if FileManager.default.fileExists(atPath: file + suffix) {
                all += try Data(contentsOf: URL(fileURLWithPath: file + suffix))
            }
        }
    }
}
