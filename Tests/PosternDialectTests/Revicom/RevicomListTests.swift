import HTTPTypes
import PosternDialectKit
import PosternDialectRevicom
import PosternModel
import Testing

/// The query of a list: what is honoured, and what is refused rather than passed over.
@Suite struct RevicomListTests {
    @Test(
        arguments: [
            ("page=0", "page must be a whole number from 1."), ("page=-1", "page must be"),
            ("page=x", "page must be"), ("page=", "page must be"), ("page=1.5", "page must be"),
            ("page=9999999999", "page must be"), ("page=1&page=2", "page may come once."),
            ("per_page=0", "per_page must be"),
            ("per_page=1001", "per_page must not be above 1000."),
            ("page=11&per_page=1000", "page times per_page must not be above 10000."),
            ("page=101&per_page=100", "page times per_page"),
            ("page=999999999&per_page=1000", "page times per_page"),
            ("sort=price", "sort must be"), ("sort=asc&sort=desc", "sort may come once."),
            ("time_from=yesterday", "time_from must be a time"),
            ("time_to=2026-02-30", "time_to must be a time"),
            ("message_uuid=17", "message_uuid must be a uuid."),
            ("destination=%2B14085553911", "destination must be 7 to 15 digits"),
            ("destination=14085553911&destination=14085553912", "destination may be one number"),
            ("status=lost", "status must be one of sending, sent"),
            ("status=read", "status must be one of"),
            ("status=delivered", "status sent, delivered and undelivered are told apart"),
            ("status=sent", "status sent, delivered"),
            ("status=sent&status=undelivered", "status sent, delivered"),
            ("status=unsent&ready_to_stop=true", "ready_to_stop leaves nothing"),
            ("ready_to_stop=yes", "ready_to_stop must be true or false."),
            ("direction=inbound", "direction must be outbound"),
            ("root=yes", "root must be true or false."),
            ("root=true&root=true", "root may come once."),
            ("dispatch=17", "dispatch must be true or false."),
            ("dispatch_id=", "dispatch_id must be a whole number from 1."),
            ("dispatch_id=0", "dispatch_id must be"), ("dispatch_id=x", "dispatch_id must be"),
            ("dispatch_id=1&dispatch_id=-1", "dispatch_id must be"),
            ("cascade_message_uuid=17", "cascade_message_uuid must be a uuid."),
            (
                "cascade_message_uuid=2a28d557-22a1-4be6-8908-1481723043dd&cascade_message_uuid=2a28d557-22a1-4be6-8908-1481723043dd",
                "cascade_message_uuid may come once."
            ),
            ("statu=unsent", "statu is no filter that this gateway has."),
        ])
    func `a filter that cannot be honoured is refused`(query: String, clause: String) {
        let answer = RevicomSample.answer(
            to: RevicomSample.request(.get, "/api/v1/message?\(query)"))
        #expect(
            answer?.hasPrefix(#"400 {"error":{"code":4003,"msg":"\#(clause)"#) == true,
            "\(answer ?? "taken")")
    }

    @Test(
        arguments: [
            "traffic_center_id", "tags", "sending_method", "channel_type",
            "traffic_type", "template_id", "sender_name", "content", "content_nor",
            "country_code",
        ])
    func `a documented filter that this gateway has not is refused`(name: String) {
        let answer = RevicomSample.answer(
            to: RevicomSample.request(.get, "/api/v1/message?\(name)=1"))
        #expect(
            answer
                == #"400 {"error":{"code":4003,"msg":"\#(name) is no filter that this gateway has."}}"#
        )
    }

    @Test(
        arguments: [
            ("", ["scheduled", "sending", "sent", "stopped", "refused"]),
            ("status=sending", ["scheduled", "sending"]),
            ("status=unsent", ["stopped", "refused"]),
            ("status=delivered&status=undelivered", ["sent"]),
            ("status=sending&status=unsent", ["scheduled", "sending", "stopped", "refused"]),
            ("ready_to_stop=true", ["scheduled", "sending"]),
            (
                "ready_to_stop=false", ["scheduled", "sending", "sent", "stopped", "refused"]
            ),
        ])
    func `a status is its stages, and never a draft`(query: String, stages: [String]) throws {
        let request = RevicomSample.request(.get, "/api/v1/message?\(query)")
        guard case .operate(let operation, _) = RevicomSample.dialect.decode(request),
            case .dispatch(.listOutgoing(let search)) = operation.operation
        else {
            Issue.record("Not taken.")
            return
        }
        #expect(Set(search.stages.map(\.rawValue)) == Set(stages))
        #expect(search.window == Window(offset: 0, limit: 100))
        #expect(!search.oldestFirst)
    }

    @Test func `cascades and dispatches are found by their names`() throws {
        let request = RevicomSample.request(
            .get,
            "/api/v1/message?root=true&dispatch=false&dispatch_id=17&dispatch_id=18&cascade_message_uuid=2A28D557-22a1-4be6-8908-1481723043dd"
        )
        guard case .operate(let operation, _) = RevicomSample.dialect.decode(request),
            case .dispatch(.listOutgoing(let search)) = operation.operation
        else {
            Issue.record("Not taken.")
            return
        }
        #expect(search.isRoot == true && search.isOfDispatch == false)
        #expect(search.dispatches == [DispatchID(rawValue: 17), DispatchID(rawValue: 18)])
        #expect(search.cascade == MessageGUID("2a28d557-22a1-4be6-8908-1481723043dd"))
    }

    @Test func `a query that cannot be read, or has no end, is refused`() {
        for query in ["page=%zz", String(repeating: "status=sent&", count: 257)] {
            let answer = RevicomSample.answer(
                to: RevicomSample.request(.get, "/api/v1/message?\(query)"))
            #expect(answer?.hasPrefix(#"400 {"error":{"code":4000,"#) == true)
        }
    }

    @Test(
        arguments: [
            (4, 0, 0, "delivered"), (4, 1, 0, "undelivered"), (4, 0, 1, "sent"),
            (1, 1, 0, "undelivered"),
        ])
    func `a message that is out says whether it arrived`(
        recipients: Int, failed: Int, stopped: Int, status: String
    ) throws {
        var message = try #require(Sample.outgoing(["state": "sent"], of: "revicom"))
        message.progress = DispatchProgress(
            state: .sent, sentAt: Sample.noon, recipients: recipients, failed: failed,
            stopped: stopped)
        let request = RevicomSample.request(.get, "/api/v1/message/\(message.guid)")
        guard case .operate(_, let manner) = RevicomSample.dialect.decode(request) else {
            Issue.record("Not taken.")
            return
        }
        let response = RevicomSample.dialect.encode(
            .done(.outgoing(message), Sample.operationStamp), in: manner)
        #expect(
            String(decoding: response.body, as: UTF8.self).contains(#""status":"\#(status)","#))
    }
}
