import Foundation
import HTTPTypes
import PosternDialectKit
import PosternModel
import Testing

/// One file of four parts divided by lines of dashes: a request, the intent it must become, an outcome
/// to pretend, and the response it must become.
///
/// Lines that begin with `#` before the request are remarks. In the request's body, a line that ends
/// in `\` goes on in the next, and one that ends in `\r` ends in CR LF.
struct Transcript: Sendable, CustomTestStringConvertible {
    var name: String
    var url: URL
    var remarks: String
    var request: DialectRequest
    var rawRequest: String
    var intent: String
    var outcome: String
    var response: String

    var testDescription: String { name }

    init(_ url: URL) throws {
        self.url = url
        name = url.deletingPathExtension().lastPathComponent
        var parts: [[String]] = [[]]
        for line in try String(contentsOf: url, encoding: .utf8).components(separatedBy: "\n") {
            if line.count >= 10, line.allSatisfy({ $0 == "-" }) {
                parts.append([])
            } else {
                parts[parts.count - 1].append(line)
            }
        }
        while parts.count < 4 { parts.append([]) }
        let texts = parts.map { $0.joined(separator: "\n").trimmingCharacters(in: .newlines) }
        let firstLine = parts[0].firstIndex { !$0.hasPrefix("#") && !$0.isEmpty } ?? 0
        remarks = parts[0][..<firstLine].joined(separator: "\n")
        rawRequest = parts[0][firstLine...].joined(separator: "\n")
            .trimmingCharacters(in: .newlines)
        intent = texts[1]
        outcome = texts[2]
        response = texts[3]
        request = Self.request(rawRequest)
    }

    private static func request(_ text: String) -> DialectRequest {
        let halves = text.components(separatedBy: "\n\n")
        let lines = halves[0].components(separatedBy: "\n")
        let words = lines[0].split(separator: " ", omittingEmptySubsequences: false).map(
            String.init)
        var fields = HTTPFields()
        for line in lines.dropFirst() {
            let pair = line.split(separator: ":", maxSplits: 1).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard let name = HTTPField.Name(pair[0]) else { continue }
            fields.append(HTTPField(name: name, value: pair.count > 1 ? pair[1] : ""))
        }
        let method = HTTPRequest.Method(words[0]) ?? .get
        let body = halves.dropFirst().joined(separator: "\n\n")
            .replacingOccurrences(of: "\\\n", with: "")
            .replacingOccurrences(of: "\\r\n", with: "\r\n")
        return DialectRequest(
            head: HTTPRequest(
                method: method, scheme: "https", authority: "gateway.test", path: words[1],
                headerFields: fields),
            body: Array(body.utf8))
    }

    /// The transcript as a file, with what really came out.
    func recorded(intent: String, response: String) -> String {
        let divider = "\n" + String(repeating: "-", count: 40) + "\n"
        return (remarks.isEmpty ? "" : remarks + "\n")
            + [rawRequest, intent, outcome, response].joined(separator: divider) + "\n"
    }

    /// All files of one dialect, by name.
    static func all(of dialect: String) throws -> [Transcript] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Transcripts/\(dialect)")
        return try FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: nil
        ).filter { $0.pathExtension == "transcript" }
            .sorted { $0.path < $1.path }.map { try Transcript($0) }
    }
}

extension DialectResponse {
    /// The response as a transcript writes it: status and reason, fields in alphabetical order, body.
    var transcript: String {
        let fields = head.headerFields.map { "\($0.name.canonicalName): \($0.value)" }.sorted()
        let start = "\(head.status.code) \(head.status.reasonPhrase)"
        let streamed = content.map { "streams \($0.length) bytes of `\($0.name)`" }
        let text = streamed ?? String(decoding: body, as: UTF8.self)
        return ([start] + fields).joined(separator: "\n")
            + (text.isEmpty ? "" : "\n\n" + text)
    }
}

extension SendOutcome {
    /// Reads an outcome to pretend: `accepted`, `accepted receipt`, `scheduled receipt`, `refused 17`, `refused cell expired`, `would accept`,
    /// `obstructed contact.missing contact 9`, `obstructed message.incomplete subject body`, `failed storage.unwritable`.
    ///
    /// A receipt knows Bob by his handle, Carol by email and a telephone, and that nobody is called `nobody`.
    init?(transcript text: String) {
        let stamp = Sample.stamp
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        switch words.first {
        case "accepted":
            self = .accepted(
                Acceptance(
                    stamp: stamp,
                    answer: StoredAnswer(
                        decision: stamp.decision, notificationSent: words.contains("notified"),
                        notificationText: words.contains("text")
                            ? "You have a <new> message &\u{2028}more" : nil,
                        notificationHTML: words.contains("html") ? "<p>New message</p>" : nil),
                    replayed: words.contains("again"),
                    receipt: words.contains("receipt") ? Sample.receipt : nil))
        case "scheduled":
            self = .scheduled(
                Scheduling(
                    stamp: stamp, at: Sample.midnight,
                    receipt: words.contains("receipt") ? Sample.receipt : nil))
        case "obstructed":
            guard words.count > 1, let code = OperationCode(name: words[1]) else { return nil }
            self = .obstructed(
                Obstruction(
                    stamp: stamp,
                    refusal: OperationRefusal(code, targets: Sample.targets(in: words)),
                    missing: Set(words.dropFirst(2).compactMap(SendIntent.Requirement.init))))
        case "would":
            self = .wouldAccept(Preview(stamp: stamp, passwordRequired: words.contains("password")))
        case "refused" where words.contains("cell"):
            guard let problem = words.last.flatMap(CellTokenProblem.init) else { return nil }
            var refusal = Sample.refusal([.sessionInvalid])
            refusal.cellToken = problem
            self = .refused(refusal)
        case "refused":
            let codes = words.dropFirst().compactMap(Int.init).compactMap(RefusalCode.init)
            guard !codes.isEmpty else { return nil }
            self = .refused(Sample.refusal(codes))
        case "failed":
            guard words.count == 2, let code = FaultCode(rawValue: words[1]) else { return nil }
            self = .failed(
                Failure(
                    decision: stamp.decision, policy: stamp.policy,
                    fault: Fault(code, note: "secret note")))
        default: return nil
        }
    }
}
