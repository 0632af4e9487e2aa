/// Where a dialect is mounted.
public struct Mount: Sendable, Equatable {
    /// What comes before the dialect's own paths in links clients follow: `https://host[:port][/prefix]`, no slash at the end.
    public var baseURL: String
    /// Other dialects are reached at the same place: a path that two of them have goes to the one whose credential is shown.
    public var isShared: Bool

    /// Names a place.
    public init(baseURL: String, isShared: Bool = true) {
        self.baseURL = baseURL
        self.isShared = isShared
    }
}
