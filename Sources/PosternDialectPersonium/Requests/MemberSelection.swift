import PosternDialectKit

/// Which members of its entities an answer gives: all, or those that `$select` names.
struct MemberSelection: Sendable {
    /// What Personium writes in any case, besides `__metadata`.
    private static let managed: Set<String> = ["__id", "__published", "__updated"]

    /// Nil for all.
    private var names: Set<String>?

    /// All of them.
    init() {}

    /// Reads the option: names divided by commas, or `*`; a name of nothing that is there names nothing.
    ///
    /// - Throws: `PR400-OD-0017` for what is no name.
    init(_ text: String) throws(PersoniumProblem) {
        if text == "*" { return }
        var names = Self.managed
        for item in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        {
            var name = item.drop { $0 == UInt8(ascii: " ") }
            while name.last == UInt8(ascii: " ") { name.removeLast() }
            guard Self.isName(name) else { throw .badSelection }
            names.insert(String(Substring(name)))
        }
        self.names = names
    }

    /// Whether a member is given.
    func contains(_ name: String) -> Bool { names?.contains(name) ?? true }

    private static func isName(_ text: some Collection<UInt8>) -> Bool {
        // DIVERGENCE: Personium cannot read the one name that has a full stop; see `Divergences.md`.
        if text.elementsEqual("_Box.Name".utf8) { return true }
        guard let first = text.first, first.isASCIILetter || first == UInt8(ascii: "_") else {
            return false
        }
        return text.allSatisfy(FilterToken.isNameByte)
    }
}
