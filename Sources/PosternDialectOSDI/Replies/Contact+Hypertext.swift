import PosternDialectKit
import PosternModel

extension Contact: HypertextResource {
    func href(at links: Links) -> String { links.person(id) }

    var identifiers: [String] { ["\(Identifier.prefix)\(id.rawValue)"] }

    func write(to json: inout JSONWriter, at links: Links) {
        json.member("origin_system", MessageExtras.originSystem)
        json.member("created_date", createdAt.rfc3339)
        json.member("modified_date", changedAt.rfc3339)
        // The name is one text; its last word is what most families are called.
        let parts = content.name.split(separator: " ", omittingEmptySubsequences: true)
        let given = parts.count > 1 ? parts.dropLast().joined(separator: " ") : content.name
        json.member("given_name", given)
        json.member("family_name", parts.count > 1 ? String(parts[parts.count - 1]) : "")
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
