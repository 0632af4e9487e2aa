import Foundation
import Testing

/// One file of requests and the whole responses they must get, divided by lines of dashes.
///
/// Lines that begin with `#` before the first request are remarks. In a response `*` stands for anything,
/// and `‹name›` for anything that is the same wherever the name stands; a request may name what an earlier
/// response had. In a request's body, a line that ends in `\` goes on in the next, and a line
/// `... 70000 bytes` stands for that many spaces.
struct Transcript: Sendable, CustomTestStringConvertible {
    /// A request and its response.
    struct Turn: Sendable {
        var requestText: String
        var response: String

        /// The request, with what earlier responses had in the place of its names.
        func request(_ bindings: Bindings) throws -> Request {
            try Transcript.request(bindings.filled(requestText))
        }
    }

    let name: String
    let url: URL
    let remarks: String
    let turns: [Turn]

    var testDescription: String { name }

    private static let divider = String(repeating: "-", count: 40)

    init(_ url: URL) throws {
        self.url = url
        // Those of the first API lie in no folder of their own.
        let folder = url.deletingLastPathComponent().lastPathComponent
        name =
            (folder == Self.folder.lastPathComponent ? "" : folder + "/")
            + url.deletingPathExtension().lastPathComponent
        var parts: [[String]] = [[]]
        for line in try String(contentsOf: url, encoding: .utf8).components(separatedBy: "\n") {
            if line.count >= 10, line.allSatisfy({ $0 == "-" }) {
                parts.append([])
            } else {
                parts[parts.count - 1].append(line)
            }
        }
        let remarks = parts[0].prefix { $0.hasPrefix("#") || $0.isEmpty }
        self.remarks = remarks.joined(separator: "\n")
        parts[0].removeFirst(remarks.count)
        let texts = parts.map { $0.joined(separator: "\n").trimmingCharacters(in: .newlines) }
        turns = stride(from: 0, to: texts.count, by: 2).map { index in
            Turn(
                requestText: texts[index],
                response: index + 1 < texts.count ? texts[index + 1] : "")
        }
    }

    private static func request(_ text: String) throws -> Request {
        let halves = text.components(separatedBy: "\n\n")
        let lines = halves[0].components(separatedBy: "\n")
        let words = lines[0].components(separatedBy: " ")
        try #require(words.count == 2, "A request begins with method and path: \(lines[0])")
        let fields = lines.dropFirst().map { line in
            let pair = line.split(separator: ":", maxSplits: 1).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            return (name: pair[0], value: pair.count > 1 ? pair[1] : "")
        }
        let body = halves.dropFirst().joined(separator: "\n\n")
            .replacingOccurrences(of: "\\\n", with: "")
            .replacing(#/\n?\.\.\. ([0-9]+) bytes\n?/#) { match in
                String(repeating: " ", count: Int(match.1) ?? 0)
            }
        return Request(words[0], words[1], fields, body: body)
    }

    /// The file with what really came out, what varies and what has a name put as the format has it.
    func recorded(_ answers: [Answer], naming bindings: Bindings) -> String {
        var names = bindings.names
        let parts = zip(turns, answers).flatMap { turn, answer in
            [turn.requestText, answer.recorded(&names)]
        }
        return (remarks.isEmpty ? "" : remarks + "\n")
            + parts.joined(separator: "\n\(Self.divider)\n") + "\n"
    }

    /// Every file of the folder, by name.
    static func all() throws -> [Transcript] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".transcript") }
            .sorted().map { try Transcript(folder.appending(path: $0)) }
    }

    /// Where the files are.
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Transcripts")
}

/// What names of a transcript stand for so far.
struct Bindings {
    private var values: [String: String] = [:]

    /// What is named in a transcript by its author, by value.
    var names: [String: String] {
        let own = values.filter { !$0.key.hasPrefix("decision") && $0.key != "policy" }
        return Dictionary(own.map { ($1, "‹\($0)›") }, uniquingKeysWith: { $1 })
    }

    /// A text with values in the place of their names.
    func filled(_ text: String) -> String {
        values.reduce(text) { $0.replacingOccurrences(of: "‹\($1.key)›", with: $1.value) }
    }

    /// Why a text is not what the pattern says; nil when it is.
    mutating func difference(between text: String, and pattern: String) -> String? {
        var expression = ""
        var names: [String] = []
        var rest = pattern[...]
        while let character = rest.first {
            if character == "*" {
                expression += "(?:.|\\n)*?"
                rest.removeFirst()
            } else if character == "‹", let end = rest.firstIndex(of: "›") {
                let name = String(rest[rest.index(after: rest.startIndex)..<end])
                if let value = values[name] {
                    expression += NSRegularExpression.escapedPattern(for: value)
                } else if let place = names.firstIndex(of: name) {
                    expression += "\\\(place + 1)"
                } else {
                    names.append(name)
                    expression += "([^\\s\"]+)"
                }
                rest = rest[rest.index(after: end)...]
            } else {
                expression += NSRegularExpression.escapedPattern(for: String(character))
                rest.removeFirst()
            }
        }
        let whole = NSRange(text.startIndex..., in: text)
        guard let regex = try? NSRegularExpression(pattern: "^\(expression)$"),
            let match = regex.firstMatch(in: text, range: whole)
        else { return "expected:\n\(pattern)\n\ngot:\n\(text)" }
        for (index, name) in names.enumerated() {
            if let range = Range(match.range(at: index + 1), in: text) {
                values[name] = String(text[range])
            }
        }
        return nil
    }
}

extension Answer {
    /// The response as a transcript writes it: status, fields in alphabetical order, body.
    var transcript: String {
        // `connection` is HTTP/1.1's alone.
        let lines = fields.filter { $0.key != "connection" }.map { "\($0.key): \($0.value)" }
            .sorted()
        return (["\(status)"] + lines).joined(separator: "\n") + (body.isEmpty ? "" : "\n\n\(text)")
    }

    fileprivate func recorded(_ names: inout [String: String]) -> String {
        if let decision, names[decision] == nil {
            let others = names.values.count { $0.hasPrefix("‹decision") }
            names[decision] = others == 0 ? "‹decision›" : "‹decision-\(others + 1)›"
        }
        var shown = self
        for name in ["date", "x-request-id"] where fields[name] != nil { shown.fields[name] = "*" }
        if let policy {
            shown.fields["postern-policy"] = "sha-256=‹policy›"
            names[String(policy.dropFirst("sha-256=".count))] = "‹policy›"
        }
        shown.fields["ratelimit"]?.replace(#/r=[1-9][0-9]*/#, with: "r=*")
        shown.fields["ratelimit"]?.replace(#/t=[0-9]+/#, with: "t=*")
        shown.fields["ratelimit-policy"]?.replace(#/w=[0-9]+/#, with: "w=*")
        if (fields["retry-after"]?.count ?? 0) > 2 { shown.fields["retry-after"] = "*" }
        var text = shown.transcript
        // A number is named where it is a whole text, an item or a segment of a path; longer ones first.
        for (value, name) in names.sorted(by: { $0.key.count > $1.key.count }) {
            guard Int(value) != nil else {
                text = text.replacingOccurrences(of: value, with: name)
                continue
            }
            for (before, after) in [
                ("\"", "\""), ("[", "]"), ("/", "/"), ("/", "\""), (": ", "."),
            ] {
                text = text.replacingOccurrences(
                    of: before + value + after, with: before + name + after)
            }
        }
        return Self.withoutChance(text)
    }

    /// The text with a star for each thing that is another one every time.
    private static func withoutChance(_ response: String) -> String {
        var text = response
        text.replace(#/(traceresponse: 00-[0-9a-f]{32}-)[0-9a-f]{16}/#) { "\($0.1)*" }
        text.replace(#/(?:00-)?[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/#) {
            match in
            // Traces, and the names that the load files give.
            ["00-", "0000", "e2e0"].contains { match.0.hasPrefix($0) } ? String(match.0) : "*"
        }
        // Times: of most APIs, of SendHub, of Personium and its tags, and what is left of a day.
        text.replace(#/20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|(?="))/#, with: "*")
        text.replace(#/(Date\(|W(?:\\)?/(?:\\)?"[0-9]+-)[0-9]{13}/#) { "\($0.1)*" }
        text.replace(#/"timeLeft":"[0-9:]+"/#, with: #""timeLeft":"*""#)
        // Neither a number that has a name nor such a rest has always one length.
        if text.contains(#/["/]‹|"timeLeft"/#) {
            text.replace(#/content-length: [0-9]+/#, with: "content-length: *")
        }
        return text
    }
}
