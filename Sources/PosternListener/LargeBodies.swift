internal import Synchronization

/// The places for requests whose bodies may be larger than others', shared by all connections of a listener.
final class LargeBodyPlaces: Sendable {
    private let free: Atomic<Int>

    init(_ count: Int) { free = Atomic(count) }

    /// Takes a place; nil when none is free.
    func take() -> LargeBodyPlace? {
        var seen = free.load(ordering: .relaxed)
        while seen > 0 {
            let (isTaken, now) = free.weakCompareExchange(
                expected: seen, desired: seen - 1, ordering: .relaxed)
            if isTaken { return LargeBodyPlace(self) }
            seen = now
        }
        return nil
    }

    fileprivate func giveBack() { free.wrappingAdd(1, ordering: .relaxed) }
}

/// One place, given back when it is let go: a connection that ends, however it does, cannot keep one.
final class LargeBodyPlace: Sendable {
    private let places: LargeBodyPlaces

    fileprivate init(_ places: LargeBodyPlaces) { self.places = places }

    deinit { places.giveBack() }
}

/// How large the body of one request may be.
struct BodyAllowance {
    /// What no handler can raise a limit above: a body is in memory whole.
    static let most = 1 << 30

    /// In bytes.
    var limit: Int
    /// Held until the request is answered, where the body may be larger than others'.
    var place: LargeBodyPlace?
}
