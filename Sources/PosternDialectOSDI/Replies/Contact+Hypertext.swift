import PosternDialectKit
import PosternModel

extension Contact: HypertextResource {
    func href(at links: Links) -> String { links.person(id) }

    var identifiers: [String] { ["\(Identifier.prefix)\(id.rawValue)"] }

    func write(to json: inout JSONWriter, at links: Links) {
        json.member("origin_system", MessageExtras.originSystem)
        json.member("created_date", createdAt.rfc3339)
        json.member("modified_date", changedAt.rfc3339)
        let name = PersonName(content.name)
        json.member("given_name", name.given)
        json.member("family_name", name.family)
        json.array("email_addresses", of: [content.address.email].compactMap(\.self)) {
            json, address in
            json.object {
                $0.member("address", address.description)
                $0.member("primary", true)
            }
        }
        let numbers = content.address.isPhone ? [content.address.description] : []
        json.array("phone_numbers", of: numbers) { json, number in
            json.object {
                $0.member("number", number)
                $0.member("primary", true)
            }
        }
    }

    func writeLinks(to json: inout JSONWriter, at links: Links) {}
}
