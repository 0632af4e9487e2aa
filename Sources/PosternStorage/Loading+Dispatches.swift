import PosternModel

/// The dispatches of a plan.
extension Loading {
    /// Makes a dispatch or changes it; one that was started is left alone.
    mutating func dispatch(
        _ stored: StoredDispatch, _ id: DispatchID, of owner: EmailAddress
    ) throws {
        switch try stored.write(for: self.id(owner), at: now, sealedBy: vault, statements) {
        case .written: report.dispatches += 1
        case .untouched: report.untouched += 1
        case .taken:
            throw Fault(
                .storageUnwritable, note: "the dispatch \(id.rawValue) is another account's")
        }
    }
}
