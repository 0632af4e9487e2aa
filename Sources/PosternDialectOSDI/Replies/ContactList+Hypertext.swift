import PosternDialectKit
import PosternModel

extension ContactList: HypertextResource {
    func href(at links: Links) -> String { links.list(id) }

    var identifiers: [String] { ["\(Identifier.prefix)\(id.rawValue)"] }

    func write(to json: inout JSONWriter, at links: Links) {
        json.member("origin_system", MessageExtras.originSystem)
        json.member("created_date", createdAt.rfc3339)
        json.member("modified_date", changedAt.rfc3339)
        json.member("name", content.name)
        json.member("total_items", size)
    }

    func writeLinks(to json: inout JSONWriter, at links: Links) {
        json.link("osdi:items", links.items(of: id))
    }
}

/// That a person is on a list.
struct ListItem: HypertextResource, Sendable {
    let list: ContactListID
    let person: ContactID

    func href(at links: Links) -> String { links.item(person, on: list) }

    var identifiers: [String] { ["\(Identifier.prefix)\(list.rawValue)-\(person.rawValue)"] }

    func write(to json: inout JSONWriter, at links: Links) {
        json.member("origin_system", MessageExtras.originSystem)
        json.member("item_type", "osdi:person")
    }

    func writeLinks(to json: inout JSONWriter, at links: Links) {
        json.link("osdi:list", links.list(list))
        json.link("osdi:person", links.person(person))
    }
}
