import PosternModel

/// A clock that stands at ``Sample/noon``: a Saturday, three in the afternoon in Moscow.
struct NoonClock: PosternModel.Clock {
    func now() -> Instant { Sample.noon }
}
