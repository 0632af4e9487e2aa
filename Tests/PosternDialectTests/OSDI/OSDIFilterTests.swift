import HTTPTypes
import PosternDialectKit
import PosternDialectOSDI
import PosternModel
import Testing

/// The filters a collection takes, and those it refuses.
@Suite struct OSDIFilterTests {
    /// A relation, a date, and the milliseconds after noon from and until which messages are asked for.
    static let dates: [(String, String, Int64?, Int64?)] = [
        ("ge", "2026-11-21T12:00:00Z", 0, nil), ("ge", "2026-11-21T12:00:00.5Z", 1000, nil),
        ("gt", "2026-11-21T12:00:00Z", 1000, nil), ("gt", "2026-11-21T12:00:00.5Z", 1000, nil),
        ("lt", "2026-11-21T12:00:00Z", nil, 0), ("lt", "2026-11-21T12:00:00.5Z", nil, 1000),
        ("le", "2026-11-21T12:00:00Z", nil, 1000), ("le", "2026-11-21T12:00:00.5Z", nil, 1000),
    ]

    @Test(arguments: [
        ("status eq 'sent'", "sent"), ("status eq sent", "sent"),
        ("  status  eq  'sent'  ", "sent"),
        ("status eq 'stopped'", "refused,stopped"),
        ("status eq 'draft' or status eq 'sending' or status eq 'draft'", "draft,sending"),
    ])
    func `a filter asks for states`(_ filter: String, _ stages: String) throws {
        let search = try search(filter)
        #expect(search.stages.map(\.rawValue).sorted().joined(separator: ",") == stages)
        #expect(search.from == nil && search.until == nil)
    }

    @Test(arguments: dates)
    func `dates are compared as they are shown, in whole seconds`(
        _ relation: String, _ date: String, _ from: Int64?, _ until: Int64?
    ) throws {
        func instant(_ milliseconds: Int64?) -> Instant? {
            milliseconds.map { Sample.noon.advanced(by: .milliseconds($0)) }
        }
        let search = try search("created_date \(relation) '\(date)'")
        #expect(search.from == instant(from))
        #expect(search.until == instant(until))
    }

    @Test(arguments: [
        "status", "status eq", "eq 'sent' status", "status ne 'sent'", "status eq 'sent' and",
        "status eq 'sent' xor status eq 'draft'", "'status' eq 'sent'", "status 'eq' 'sent'",
        "status eq 'sent", "status eq 'sent'x", "status eq 'sent' and status eq 'draft'",
        "status eq 'sent' or created_date gt '2026-01-01'", "created_date gt 'yesterday'",
        "created_date eq '2026-01-01'", "status eq 'SENT'",
        "created_date gt '2026-01-01' and created_date ge '2026-01-02'",
        "status eq 'a' or status eq 'b' and status eq 'c'", "(status eq 'sent')",
        Array(repeating: "status eq 'sent'", count: 9).joined(separator: " or "),
    ])
    func `any other filter is refused`(_ filter: String) {
        #expect(throws: OSDI.Unexpected.self) { try search(filter) }
    }

    private func search(_ filter: String) throws -> OutgoingSearch {
        var encoded = ""
        for byte in filter.utf8 {
            encoded += byte < 16 ? "%0\(String(byte, radix: 16))" : "%\(String(byte, radix: 16))"
        }
        let decoding = OSDI.alone.decode(OSDI.request("GET /api/v1/messages?filter=\(encoded)"))
        guard case .operate(let asked, _) = decoding,
            case .dispatch(.listOutgoing(let search)) = asked.operation
        else { throw OSDI.Unexpected() }
        return search
    }
}
