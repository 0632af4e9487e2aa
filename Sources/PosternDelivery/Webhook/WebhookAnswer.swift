/// What a webhook answered.
struct WebhookAnswer: Sendable {
    let answer: HTTPAnswer

    /// What the answer means for the row.
    var carriage: Carriage {
        switch answer.status {
        case 200...299: .taken
        // It has had a call of this name already, whose answer we never heard.
        case 409: .taken
        // It takes nobody's calls, or none of ours: that is for the operator to mend, and costs no message.
        case 300...399:
            .unreachable("\(sentence) Redirects are not followed: set the address it points to.")
        case 401, 403:
            .unreachable("\(sentence) It does not accept our signature, or not from this machine.")
        // Whoever stands before it speaks, and does not know either.
        case 502, 504: .uncertain(sentence)
        case 408, 425, 429, 500...:
            answer.retryAfter.map { .deferred(sentence, by: $0) } ?? .delayed(sentence)
        default: .refused(sentence)
        }
    }

    private var sentence: String { "The webhook answered \(answer.status)." }
}
