internal import NIOCore

/// The streams of one HTTP/2 connection that were reset a short while ago.
///
/// By either side: a client can make the server reset as well, and its work goes on all the same.
struct RecentResets {
    private var times: [NIODeadline] = []

    /// Counts one more.
    ///
    /// - Returns: How many there were in the time that ends now, this one included.
    mutating func count(at now: NIODeadline, within time: TimeAmount) -> Int {
        times.removeAll { now - $0 > time }
        times.append(now)
        return times.count
    }
}
