import Testing

@testable import PosternGateway

@Suite struct TraceContextTests {
    static let trace = "0af7651916cd43dd8448eb211c80319c"
    static let span = "b7ad6b7169203331"

    @Test(arguments: [
        "00-\(trace)-\(span)-01", "00-\(trace)-\(span)-00", "cc-\(trace)-\(span)-01",
        "cc-\(trace)-\(span)-01-what-comes-later",
    ])
    func `a field of this version, and of those to come, names a trace`(field: String) throws {
        let context = try #require(TraceContext(traceparent: field))
        #expect(context.trace == Self.trace)
        #expect(context.parent == Self.span)
    }

    @Test(arguments: [
        "", "00", "ff-\(trace)-\(span)-01", "00-\(trace)-\(span)-01-more",
        "00-\(trace.uppercased())-\(span)-01", "00-\(trace)-\(span)", "00-\(trace)-\(span)-1",
        "00-\(String(repeating: "0", count: 32))-\(span)-01",
        "00-\(trace)-\(String(repeating: "0", count: 16))-01", "00-\(trace)-\(span)-0g",
        "00-\(trace.dropLast())-\(span)-01", "0-\(trace)-\(span)-01", " 00-\(trace)-\(span)-01",
    ])
    func `anything else starts no trace`(field: String) {
        #expect(TraceContext(traceparent: field) == nil)
    }
}
