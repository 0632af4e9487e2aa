import HTTPTypes
import PosternDialectKit
import PosternDialectRevicom
import PosternModel
import Testing

/// The bounds of a stop, and which of its endings count as errors.
@Suite struct RevicomStopTests {
    private static func request(_ uuids: [String]) -> DialectRequest {
        RevicomSample.request(
            .post, "/api/v1/message/stop",
            body:
                "{\n    \"uuids\": [\n        \"\(uuids.joined(separator: "\",\n        \""))\"\n    ]\n}"
        )
    }

    private static func uuids(_ count: Int) -> [String] {
        (0..<count).map {
            let digits = String($0, radix: 16)
            return
                "00000000-0000-4000-8000-\(String(repeating: "0", count: 12 - digits.count))\(digits)"
        }
    }

    @Test(arguments: [1, 10_000])
    func `so many uuids fit, written with indents`(count: Int) throws {
        let request = Self.request(Self.uuids(count))
        let limit = try #require(RevicomSample.dialect.bodyLimit(for: request.head))
        #expect(request.body.count <= limit)
        guard case .operate(let operation, let manner) = RevicomSample.dialect.decode(request),
            case .dispatch(.stop(let names)) = operation.operation
        else {
            Issue.record("Not taken.")
            return
        }
        #expect(names.count == count)
        let response = RevicomSample.dialect.encode(
            .done(.stops(names.map { _ in .stopped }), Sample.operationStamp), in: manner)
        let body = String(decoding: response.body, as: UTF8.self)
        #expect(body.hasPrefix(#"{"errors":false,"items":[{"messageUuid":"00000000-0000-4000-"#))
        #expect(body.matches(of: /"code":200/).count == count)
    }

    @Test func `one uuid too many is refused before anything is looked up`() throws {
        let request = Self.request(Self.uuids(10_001))
        let limit = try #require(RevicomSample.dialect.bodyLimit(for: request.head))
        #expect(request.body.count <= limit)
        #expect(
            RevicomSample.answer(to: request)
                == #"400 {"error":{"code":4002,"msg":"uuids must have 1 to 10,000 entries."}}"#)
    }

    @Test func `ten thousand times the same uuid is one message`() throws {
        let uuid = Self.uuids(1)
        let request = Self.request(Array(repeating: uuid[0], count: 10_000))
        guard case .operate(let operation, let manner) = RevicomSample.dialect.decode(request),
            case .dispatch(.stop(let names)) = operation.operation
        else {
            Issue.record("Not taken.")
            return
        }
        #expect(names.count == 1)
        let response = RevicomSample.dialect.encode(
            .done(.stops([.tooLate]), Sample.operationStamp), in: manner)
        let body = String(decoding: response.body, as: UTF8.self)
        #expect(body.matches(of: /"code":403/).count == 10_000)
    }

    @Test(
        arguments: [
            (StopEnding.stopped, 200, false), (.stopping, 202, false), (.tooLate, 403, true),
            (.missing, 404, true),
        ])
    func `an ending has its code`(ending: StopEnding, code: Int, isError: Bool) throws {
        let uuid = Self.uuids(1)[0]
        guard case .operate(_, let manner) = RevicomSample.dialect.decode(Self.request([uuid]))
        else {
            Issue.record("Not taken.")
            return
        }
        let response = RevicomSample.dialect.encode(
            .done(.stops([ending]), Sample.operationStamp), in: manner)
        #expect(response.head.status == .ok)
        #expect(
            String(decoding: response.body, as: UTF8.self)
                == #"{"errors":\#(isError),"items":[{"messageUuid":"\#(uuid)","code":\#(code)}]}"#)
    }

    @Test func `of a message without an ending nothing is known`() throws {
        guard
            case .operate(_, let manner) = RevicomSample.dialect.decode(
                Self.request(Self.uuids(1)))
        else {
            Issue.record("Not taken.")
            return
        }
        let response = RevicomSample.dialect.encode(
            .done(.stops([]), Sample.operationStamp), in: manner)
        #expect(String(decoding: response.body, as: UTF8.self).contains(#""code":202"#))
    }
}

extension Sample {
    static var operationStamp: OperationStamp {
        OperationStamp(decision: stamp.decision, policy: stamp.policy)
    }
}
