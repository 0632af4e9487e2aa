import PosternModel
import PosternPipeline

/// Something an account keeps: an entry of its address book, or a list.
protocol Amendable: Sendable {
    associatedtype Content: Equatable, Sendable
    /// What it says.
    var content: Content { get set }
    /// When that was last changed.
    var changedAt: Instant { get set }
    /// Whether it may say something of that length.
    static func isWithinBounds(_ content: Content) -> Bool
}

extension Contact: Amendable {
    static func isWithinBounds(_ content: ContactContent) -> Bool { content.isWithinBounds }
}

extension ContactList: Amendable {
    static func isWithinBounds(_ content: ContactListContent) -> Bool { content.isWithinBounds }
}

extension SQLiteStore {
    /// Changes what something says, in one transaction; nothing is written where it says the same afterwards.
    ///
    /// What `write` counts is 0 where its name or address is taken.
    func amend<Kept: Amendable>(
        at now: Instant, by amendment: @escaping @Sendable (inout Kept.Content) -> Void,
        find: @escaping @Sendable (Statements) throws -> Kept?,
        write: @escaping @Sendable (Kept.Content, Statements) throws -> Int
    ) async throws(Fault) -> Change<Kept> {
        try await writer.submit { work in
            guard var kept = try find(work.statements) else { return .undo(.missing) }
            var content = kept.content
            amendment(&content)
            if content == kept.content { return .undo(.done(kept)) }
            guard Kept.isWithinBounds(content) else { return .undo(.tooLong) }
            guard try write(content, work.statements) == 1 else { return .undo(.taken) }
            kept.content = content
            kept.changedAt = now
            return .keep(.done(kept))
        }
    }
}
