import PosternModel

/// When a message is to go out, worked out from its local times, hours and days.
struct MessageTiming {
    /// `localSendTime`.
    let start: LocalTime?
    /// `localCompletionTime`.
    let end: LocalTime?
    /// `hours` and `days`.
    let sending: SendingHours
    /// When it goes out; nil for now.
    let at: Instant?

    /// Reads and checks the members.
    ///
    /// The bounds are the contract's, counted as if local times were UTC: from twelve hours ago, since it is that early
    /// somewhere, to seven days ahead, or seventy for the completion.
    init(_ fields: MessageFields, now: Instant) throws(BadRequest) {
        start = try fields.time("localSendTime")
        end = try fields.time("localCompletionTime")
        sending = SendingHours(
            hours: try fields.wholes("hours", 0...23), days: try fields.wholes("days", 1...7))
        let earliest = now.advanced(by: .seconds(-12 * 3600))
        if let start {
            guard (earliest...now.advanced(by: .seconds(7 * 86_400))).contains(start.asUTC) else {
                throw fields.bad(
                    "localSendTime", "must be from 12 hours before to 7 days after the time in UTC."
                )
            }
        }
        let first = sending.first(from: max(now, start?.instant ?? now))
        if let end {
            guard end.asUTC >= start?.asUTC ?? earliest,
                end.asUTC <= now.advanced(by: .seconds(70 * 86_400))
            else {
                throw fields.bad(
                    "localCompletionTime",
                    "must be from localSendTime to 70 days after the time in UTC.")
            }
            guard end.instant >= first else {
                throw fields.bad(
                    "localCompletionTime", "is before the first time the message may go out.")
            }
        }
        at = first > now ? first : nil
    }
}
