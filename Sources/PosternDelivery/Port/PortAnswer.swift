internal import Foundation

/// What a foreign cell answered.
struct PortAnswer: Sendable {
    private struct Problem: Decodable {
        struct Message: Decodable { let value: String? }
        let code: String?
        let message: Message?
    }

    /// What it answers to a message it has had already.
    static let repeated = "PR409-OD-0003"

    private let answer: HTTPAnswer
    private let problem: Problem?

    init(_ answer: HTTPAnswer) {
        self.answer = answer
        problem =
            answer.status < 400
            ? nil
            : answer.body.flatMap { try? JSONDecoder().decode(Problem.self, from: Data($0)) }
    }

    /// What the answer means for the row.
    var carriage: Carriage {
        switch answer.status {
        case 200...299: .taken
        // Our own message, whose answer we never heard.
        case 409 where problem?.code == Self.repeated: .taken
        case 300...399: .refused("\(sentence) Redirects are not followed.")
        // Whoever stands before the unit speaks, and does not know either.
        case 502, 504: .uncertain(sentence)
        case 408, 425, 429, 500...:
            answer.retryAfter.map { .deferred(sentence, by: $0) } ?? .delayed(sentence)
        default: .refused(sentence)
        }
    }

    /// The status, and of the other side's words no more than a line.
    private var sentence: String {
        let words = [problem?.code, problem?.message?.value].compactMap(\.self)
            .filter { !$0.isEmpty }.joined(separator: " ")
        guard !words.isEmpty else { return "The cell answered \(answer.status)." }
        return
            "The cell answered \(answer.status): \(RelayWords.shortened(RelayWords.escaped(words.utf8)))"
    }
}
