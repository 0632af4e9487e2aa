/// One HTTP/1 answer as a test sees it.
public struct TestAnswer: Sendable, Equatable {
    /// The status code.
    public var status: Int
    /// Fields by lower-case name; of a double one, the last.
    public var fields: [String: String]
    /// The body, by `content-length`.
    public var body: [UInt8]

    /// Reads as many whole answers as the bytes hold; what follows the last whole one is left out.
    ///
    /// - Parameters:
    ///   - bytes: What came.
    ///   - toHead: The answers are to HEAD requests and have no bodies.
    /// - Returns: The answers in order.
    public static func parse(_ bytes: [UInt8], toHead: Bool = false) -> [TestAnswer] {
        var answers: [TestAnswer] = []
        var rest = bytes[...]
        while let end = headEnd(rest) {
            let lines = String(decoding: rest[..<end], as: UTF8.self).split(
                separator: "\r\n", omittingEmptySubsequences: true)
            let words = (lines.first ?? "").split(separator: " ")
            guard words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1]) else {
                break
            }
            var fields: [String: String] = [:]
            for line in lines.dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1)
                guard parts.count == 2 else { continue }
                fields[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
            }
            let length = toHead ? 0 : fields["content-length"].flatMap { Int($0) } ?? 0
            guard rest.endIndex - end - 4 >= length else { break }
            let start = end + 4
            answers.append(
                TestAnswer(
                    status: status, fields: fields, body: Array(rest[start..<start + length])))
            rest = rest[(start + length)...]
        }
        return answers
    }

    private static func headEnd(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (bytes.startIndex...(bytes.endIndex - 4)).first {
            bytes[$0] == 13 && bytes[$0 + 1] == 10 && bytes[$0 + 2] == 13 && bytes[$0 + 3] == 10
        }
    }
}
