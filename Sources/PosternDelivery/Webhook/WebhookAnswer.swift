/// What a webhook answered: all of it that counts.
///
/// A webhook's body is read and left aside. It may repeat the message or the number, and neither belongs in a log or a dead
/// letter.
struct WebhookAnswer: Sendable, Equatable {
    /// The status code.
    let status: Int
    /// What `Retry-After` asks for, when it is a number of seconds.
    let retryAfter: Duration?
    /// All that the body holds, where that was asked for and came whole.
    var body: [UInt8]?

    /// What the answer means for the row.
    var carriage: Carriage {
        switch status {
        case 200...299: .taken
        // It has had a call of this name already, whose answer we never heard.
        case 409: .taken
        // It takes nobody's calls, or none of ours: that is for the operator to mend, and costs no message.
        case 300...399:
            .unreachable("\(sentence) Redirects are not followed: set the address it points to.")
        case 401, 403:
            .unreachable("\(sentence) It does not accept our signature, or not from this machine.")
        case 408, 425, 429, 500...:
            retryAfter.map { .deferred(sentence, by: $0) } ?? .delayed(sentence)
        default: .refused(sentence)
        }
    }

    private var sentence: String { "The webhook answered \(status)." }

    /// Reads `Retry-After` (RFC 9110 section 10.2.3); a date, which hardly anybody sends, counts as nothing.
    static func seconds(_ value: String) -> Duration? {
        guard (1...9).contains(value.utf8.count),
            value.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let seconds = Int64(value)
        else { return nil }
        return .seconds(seconds)
    }
}
