/// What was answered to a call: all of it that counts.
///
/// Its body is read and left aside, unless the caller asks for it. A webhook's may repeat the message or the number, and neither
/// belongs in a log or a dead letter.
struct HTTPAnswer: Sendable, Equatable {
    /// The status code.
    let status: Int
    /// What `Retry-After` asks for, when it is a number of seconds.
    let retryAfter: Duration?
    /// The body, as far as it is kept; nil unless that was asked for.
    var body: [UInt8]?

    /// Reads `Retry-After` (RFC 9110 section 10.2.3); a date, which hardly anybody sends, counts as nothing.
    static func seconds(_ value: String) -> Duration? {
        guard (1...9).contains(value.utf8.count),
            value.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let seconds = Int64(value)
        else { return nil }
        return .seconds(seconds)
    }
}
