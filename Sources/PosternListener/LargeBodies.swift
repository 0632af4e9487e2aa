internal import NIOConcurrencyHelpers

/// The places for requests whose bodies may be larger than others', shared by all connections of a listener.
final class LargeBodyPlaces: Sendable {
    private struct State {
        var free: Int
        var taken: [ClientNetwork: Int] = [:]
    }

    private let state: NIOLockedValueBox<State>

    init(_ count: Int) { state = NIOLockedValueBox(State(free: count)) }

    /// Takes a place for a client; nil when its network has as many as are left for others.
    ///
    /// So one network gets half of all places at most, and whoever comes next finds some.
    func take(for network: ClientNetwork) -> LargeBodyPlace? {
        state.withLockedValue { state in
            let taken = state.taken[network, default: 0]
            guard taken < state.free else { return nil }
            state.free -= 1
            state.taken[network] = taken + 1
            return LargeBodyPlace(self, of: network)
        }
    }

    fileprivate func giveBack(from network: ClientNetwork) {
        state.withLockedValue { state in
            state.free += 1
            guard let taken = state.taken[network] else { return }
            state.taken[network] = taken > 1 ? taken - 1 : nil
        }
    }
}

/// One place, given back when it is let go: a connection that ends, however it does, cannot keep one.
final class LargeBodyPlace: Sendable {
    private let places: LargeBodyPlaces
    private let network: ClientNetwork

    fileprivate init(_ places: LargeBodyPlaces, of network: ClientNetwork) {
        self.places = places
        self.network = network
    }

    deinit { places.giveBack(from: network) }
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
