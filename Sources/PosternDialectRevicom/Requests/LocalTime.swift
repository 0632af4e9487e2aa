import PosternModel

/// A time of day without a zone, `2026-11-28 10:11:12`, as the API's local times are written.
struct LocalTime: Equatable {
    /// What the client wrote.
    let text: String
    /// The instant it would be in UTC; the contract's bounds are counted from there.
    let asUTC: Instant

    /// Reads a time; nil for any other spelling, and for days that do not exist.
    init?(_ text: String) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard text.utf8.count == 19, parts.count == 2, parts[0].utf8.count == 10,
            let instant = Instant(clientText: "\(parts[0])T\(parts[1])")
        else { return nil }
        self.text = text
        asUTC = instant
    }

    /// The instant it is in Moscow, which has kept three hours before UTC, summer and winter, since 2014.
    ///
    /// DIVERGENCE: it stands for the recipient's time too, which nobody here knows.
    var instant: Instant { asUTC.advanced(by: .seconds(-Self.moscow)) }

    /// Moscow's lead on UTC, in seconds.
    static let moscow = 3 * 3600
}
