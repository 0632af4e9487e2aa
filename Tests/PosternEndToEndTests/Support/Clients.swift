import Foundation

/// The programs of the demonstration that speak the other four APIs, each with its own token.
extension Request {
    /// Where links lead, by `portal.address`; the tests' gateways listen elsewhere.
    static let origin = "https://localhost:8443"

    /// Counsel's mailing tool, which speaks OSDI.
    static func osdi(
        _ method: String, _ path: String, _ body: String = "", token: String = "demo-lea-list"
    ) -> Request {
        Request(
            method, path.replacing(origin, with: ""),
            [("osdi-api-token", token), ("content-type", "application/json")], body: body)
    }

    /// A draft of counsel's for one of their lists.
    static func osdiDraft(_ text: String, for list: String) -> Request {
        osdi(
            "POST", "/api/v1/messages",
            #"{"subject":"\#(text)","body":"\#(text)","targets":[{"href":"\#(list)"}]}"#)
    }

    /// Ann's cell, which speaks Personium.
    static func personium(
        _ method: String, _ path: String, _ body: String = "", token: String = "demo-ann-cell"
    ) -> Request {
        Request(method, "/ann/\(path)", [("authorization", "Bearer \(token)")], body: body)
    }

    /// A message from Ann's cell.
    static func cellMessage(_ text: String, to cells: String) -> Request {
        personium(
            "POST", "__message/send", #"{"To":"\#(cells)","Title":"\#(text)","Body":"\#(text)"}"#)
    }

    /// The laboratory, which speaks Revicom.
    static func revicom(
        _ method: String, _ path: String, _ body: String = "", token: String = "demo-lab-texts"
    ) -> Request {
        Request(
            method, "/api/v1/message\(path)",
            [("authorization", "Basic \(token)"), ("content-type", "application/json")], body: body)
    }

    /// A text of the laboratory's, with more members.
    static func labText(_ text: String, _ more: String = "") -> Request {
        revicom(
            "POST", "",
            """
            [{"channelType":"SMS","senderName":"Lab","destination":"41791110001","content":"\(text)"\(more)}]
            """)
    }

    /// Stops messages by their uuids.
    static func stop(_ uuids: [String]) -> Request {
        let list = uuids.map { "\"\($0)\"" }.joined(separator: ",")
        return revicom("POST", "/stop", #"{"uuids":[\#(list)]}"#)
    }

    /// The appointment desk, which speaks SendHub.
    static func sendHub(
        _ method: String, _ path: String, _ body: String = "", user: String = "desk",
        key: String = "demo-desk-texts"
    ) -> Request {
        Request(
            method, "/v1/\(path)\(path.contains("?") ? "&" : "?")username=\(user)&api_key=\(key)",
            [("content-type", "application/json")], body: body)
    }

    /// A text of the desk's, with more members.
    static func deskText(_ text: String, _ more: String = "") -> Request {
        sendHub("POST", "messages/", #"{"contacts":["+41791110002"],"text":"\#(text)"\#(more)}"#)
    }
}

extension Connection {
    /// The address of the list that counsel's letters go to, found as a client finds it.
    func osdiList() async throws -> String {
        let lists = try await ask(.osdi("GET", "/api/v1/lists"))
        guard let list = lists.member("_embedded osdi:lists 0 _links self href") else {
            throw Child.TooLong(description: "no list: \(lists.text)")
        }
        return list
    }
}

extension Date {
    /// The time in a zone, as a pattern has it.
    func text(_ pattern: String, in zone: String = "UTC") -> String {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: zone)
        format.dateFormat = pattern
        return format.string(from: self)
    }
}
