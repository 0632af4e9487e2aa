import PosternDialectKit
import PosternModel

extension Contact {
    /// Writes the members in the page's order; a contact of another API may have an email address, and then no number.
    func write(to json: inout JSONWriter, below prefix: String) {
        json.member("blocked", false)
        json.member("date_created", createdAt.microseconds)
        json.member("date_modified", changedAt.microseconds)
        json.array("groups", of: lists) { $0.string("\(prefix)/api/v1/groups/\($1.rawValue)/") }
        json.member("id", "\(id.rawValue)")
        json.member("name", content.name)
        json.member("number", orNull: content.address.isPhone ? "\(content.address)" : nil)
        json.member("resource_uri", "\(prefix)/api/v1/contacts/\(id.rawValue)/")
    }
}

extension ContactList {
    /// Writes the members in the page's order, which has no size for a group that was just made.
    func write(to json: inout JSONWriter, below prefix: String, isNew: Bool) {
        let extras = GroupExtras(content.annex)
        json.member("date_created", createdAt.microseconds)
        json.member("date_modified", changedAt.microseconds)
        json.member("id", "\(id.rawValue)")
        json.member("name", content.name)
        json.member("resource_uri", "\(prefix)/api/v1/groups/\(id.rawValue)/")
        if isNew { json.null("size") } else { json.member("size", size) }
        json.member("slug", orNull: extras.slug)
        json.member("text_to_subscribe", extras.textToSubscribe)
    }
}
