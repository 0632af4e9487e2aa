import PosternDialectKit
import PosternModel

/// The addresses of this API's resources at one place.
///
/// None holds a credential: a client that shows its key in the query adds it to each link again.
struct Links: Sendable {
    /// The API's root, without a slash at the end.
    let root: String
    /// The catalogue of errors, which lies beside the API.
    let errors: String

    init(_ mount: Mount) {
        root = mount.baseURL + "/api/v1"
        errors = mount.baseURL + "/errors"
    }

    var messages: String { "\(root)/messages" }
    var people: String { "\(root)/people" }
    var lists: String { "\(root)/lists" }

    func message(_ guid: MessageGUID) -> String { "\(messages)/\(guid.dashed)" }
    func person(_ id: ContactID) -> String { "\(people)/\(id.rawValue)" }
    func list(_ id: ContactListID) -> String { "\(lists)/\(id.rawValue)" }
    func items(of id: ContactListID) -> String { "\(list(id))/items" }
    func item(_ contact: ContactID, on list: ContactListID) -> String {
        "\(items(of: list))/\(contact.rawValue)"
    }

    /// The list a link names; nil for a link to anything else, or to anywhere else.
    func list(at href: String) -> ContactListID? {
        number(at: href, below: "lists").map { ContactListID(rawValue: $0) }
    }

    /// The person a link names; nil for a link to anything else, or to anywhere else.
    func person(at href: String) -> ContactID? {
        number(at: href, below: "people").map { ContactID(rawValue: $0) }
    }

    private func number(at href: String, below collection: String) -> Int64? {
        guard href.utf8.starts(with: "\(root)/".utf8) else { return nil }
        let path = href.utf8.dropFirst(root.utf8.count)
        let parts = path.split(separator: UInt8(ascii: "/")).map { Substring($0) }
        guard parts.count == 2, parts[0] == collection else { return nil }
        return RowNumber.read(parts[1])
    }
}

extension MessageGUID {
    /// The 36 characters OSDI's samples show, in lower case.
    var dashed: String {
        var text = ""
        for (index, character) in description.enumerated() {
            if [8, 12, 16, 20].contains(index) { text.append("-") }
            text.append(character)
        }
        return text
    }

    /// The name among a message's `identifiers`.
    var identifier: String { Identifier.prefix + dashed }
}

/// How this API names things across systems: the system's name, a colon, and the name there.
enum Identifier {
    /// The entry point's `namespace`.
    static let namespace = "postern"
    /// What begins the identifiers that are Postern's to give.
    static let prefix = namespace + ":"
}
