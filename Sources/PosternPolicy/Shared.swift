/// A value with many parts that is handed on as one reference.
///
/// Copying such a value counts a reference for each of its parts; the processors that judge at the same time would wait for
/// each other at every count.
@dynamicMemberLookup
final class Shared<Value: Sendable>: Sendable {
    private let value: Value

    init(_ value: Value) { self.value = value }

    subscript<Part>(dynamicMember part: KeyPath<Value, Part>) -> Part { value[keyPath: part] }
}
