import HTTPTypes
import PosternModel

/// An operation where it is found: what is said of it, with its row of ``RouteTable``.
struct ContractPlace {
    let operation: ContractOperation
    let subject: String
    let method: HTTPRequest.Method
    let path: [RouteEntry.Segment]
    /// The type of the answer.
    let response: String
    let content: RouteEntry.Content
    /// Whether it is done for nobody but who has a session.
    let needsSession: Bool
    /// Whether it is answered without asking the ledger.
    let isAnsweredAtOnce: Bool
    /// Whether pages fetched in advance are refused.
    let isReading: Bool
    let setsCookie: Bool
    let isDownload: Bool
    /// What each of its refusals is worded as.
    let wordings: [Wording]

    /// Every operation there is, by subject.
    static let all = ContractSubject.all.flatMap { subject in
        subject.operations.compactMap { ContractPlace($0, of: subject.name) }
    }

    /// Finds the place of an operation; nil when there is none of its name.
    private init?(_ operation: ContractOperation, of subject: String) {
        self.operation = operation
        self.subject = subject
        guard let entry = RouteTable.match(named: operation.name)?.entries.first else {
            // Route knows it by itself.
            guard operation.name == "SendMessage" else { return nil }
            method = .put
            path = [.word("messages"), .value("messageGuid"), .word("send")]
            response = "SendMessageResponse"
            content = .parameters
            (needsSession, isAnsweredAtOnce, isReading) = (true, false, false)
            (setsCookie, isDownload) = (false, false)
            wordings = operation.refusals.map(\.wording)
            return
        }
        method = entry.method
        path = entry.path
        response = entry.response
        content = entry.content
        isAnsweredAtOnce = if case .answer = entry.making { true } else { false }
        setsCookie = entry.name == "Login" || entry.name == "Authenticate"
        isDownload = entry.name.hasPrefix("DownloadAttachment")
        needsSession = !isAnsweredAtOnce && !setsCookie
        isReading = entry.isReading
        wordings = operation.refusals.map { $0.wording(for: entry) }
    }

    /// The path as OpenAPI writes it.
    var template: String {
        path.reduce(into: "/api/v1") { text, segment in
            switch segment {
            case .word(let word): text += "/\(word)"
            case .value(let name): text += "/{\(name)}"
            }
        }
    }

    /// Whether what is given stands in a query.
    var isGivenInQuery: Bool { method == .get || method == .delete }

    /// The names the path gives values to.
    var values: [String] {
        path.compactMap { if case .value(let name) = $0 { name } else { nil } }
    }

    /// What it can be refused with, by status, each with the sentence that says so.
    var refusals: [(status: Int, description: String)] {
        var lines: [Int: [String]] = [:]
        for wording in wordings {
            let line = "`\(wording.errorCode)` \(wording.text)"
            if lines[wording.status]?.contains(line) != true {
                lines[wording.status, default: []].append(line)
            }
        }
        if isReading {
            lines[403, default: []].append(
                "`UnauthorizedAccessException` The page was fetched in advance.")
        }
        if operation.name == "PublicGetService" {
            lines[404, default: []].append("`NotFound` There is no such service here.")
        }
        if operation.name == "SendMessage" {
            for code in FaultCode.allCases where code.wording.status != 503 {
                lines[code.wording.status, default: []].append(
                    "`\(code.wording.errorCode)` \(code.wording.text)")
            }
        }
        if lines[400] != nil { lines[400]?.append("Or the request cannot be understood.") }
        return lines.sorted { $0.key < $1.key }.map { ($0.key, $0.value.joined(separator: "\n\n")) }
    }
}
