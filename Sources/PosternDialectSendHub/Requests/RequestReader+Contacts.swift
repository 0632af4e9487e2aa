import PosternDialectKit
import PosternModel

extension RequestReader {
    /// What a contact says: both its members are required, whether it is made or replaced.
    func contact() throws(Problem) -> ContactContent {
        var wrong: [Problem.Field] = []
        let name = requiredName(longest: ContactContent.longestName, &wrong)
        var number: PhoneNumber?
        switch body["number"] {
        case nil, .string(""): wrong.append(.init("number", "This field is required."))
        case .string(let text), .number(let text): number = PhoneNumber(written: text)
        default: break
        }
        if number == nil, !wrong.contains(where: { $0.name == "number" }) {
            wrong.append(
                .init("number", "Enter ten digits, or a number like +16505551234."))
        }
        for part in ["blocked", "screened"] where try body.truth(part) == true {
            wrong.append(.init(part, "Contacts cannot be blocked here."))
        }
        if let groups = body["groups"], groups != .array([]), groups != .string("") {
            wrong.append(
                .init("groups", "Put the contact on a group by POST /v1/groups/ID/contacts."))
        }
        guard wrong.isEmpty, let number else { throw .fields(wrong, of: .contact) }
        return ContactContent(name: name, address: .phone(number))
    }

    /// Contacts by number and name; in no order but their ids'.
    func contacts(on list: ContactListID? = nil) throws(Problem) -> ContactSearch {
        for part in ["blocked", "screened"] where try query.truth(part) == true {
            throw .invalid(part, "Contacts cannot be blocked here, so none can be looked for.")
        }
        if let order = try query.text("ordering"), order != "id" {
            throw .invalid("ordering", "Contacts are listed by id only.")
        }
        var address: Address?
        if let text = try query.text("number") {
            // A `+` that was not encoded has become a space.
            let written = text.hasPrefix(" ") ? "+" + text.dropFirst() : text
            guard let number = PhoneNumber(written: written) else {
                throw .invalid("number", "`number` must be a number like +16505551234.")
            }
            address = .phone(number)
        }
        return ContactSearch(
            window: try window(atMost: Self.mostContacts), name: try query.text("name"),
            address: address, list: list)
    }

    /// The filters of a search, as links to its other parts carry them.
    static func filters(of search: ContactSearch) -> [(name: String, value: String)] {
        var filters: [(name: String, value: String)] = []
        if let address = search.address { filters.append(("number", address.description)) }
        if let name = search.name { filters.append(("name", name)) }
        return filters
    }

    /// What a group says of itself.
    func group() throws(Problem) -> ContactListContent {
        var wrong: [Problem.Field] = []
        let name = requiredName(longest: ContactListContent.longestName, &wrong)
        let slug = try body.text("slug")
        if let slug, slug.unicodeScalars.count > GroupExtras.longestSlug {
            wrong.append(
                .init("slug", "This may have at most \(GroupExtras.longestSlug) characters."))
        }
        guard wrong.isEmpty else { throw .fields(wrong, of: .group) }
        let extras = GroupExtras(
            slug: slug, textToSubscribe: try body.truth("text_to_subscribe") ?? false)
        return ContactListContent(name: name, annex: extras.annex)
    }

    /// Which contacts are put on a group and taken off it.
    func members() throws(Problem) -> (add: [ContactID], remove: [ContactID]) {
        let add = try body.ids("add", atMost: Self.mostContacts)
        let remove = try body.ids("remove", atMost: Self.mostContacts)
        guard !add.isEmpty || !remove.isEmpty else {
            throw .invalid("members", "The request names no contacts to add or to remove.")
        }
        guard Set(add).isDisjoint(with: remove) else {
            throw .invalid("members", "A contact is both added and removed.")
        }
        return (add.map(ContactID.init(rawValue:)), remove.map(ContactID.init(rawValue:)))
    }

    private func requiredName(longest: Int, _ wrong: inout [Problem.Field]) -> String {
        switch body["name"] {
        case .string(let name) where name.contains(where: { !$0.isWhitespace }):
            if name.count > longest {
                wrong.append(.init("name", "This may have at most \(longest) characters."))
            }
            return name
        case nil, .string: wrong.append(.init("name", "This field is required."))
        default: wrong.append(.init("name", "Enter a text."))
        }
        return ""
    }
}
