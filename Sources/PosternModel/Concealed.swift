/// What must never be seen: it prints as `‹hidden›` and reflects as nothing.
///
/// A type that adopts it takes no `Codable` form either. A protocol cannot forbid one; the types' tests do.
public protocol Concealed: CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{}

extension Concealed {
    /// Always `‹hidden›`.
    public var description: String { "‹hidden›" }

    /// Always `‹hidden›`.
    public var debugDescription: String { "‹hidden›" }

    /// A mirror with no children.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
