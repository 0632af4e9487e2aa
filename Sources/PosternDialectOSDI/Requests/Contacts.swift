import PosternDialectKit
import PosternModel

extension ContactContent {
    /// Reads a new person, who stands in `person` where a client sends the body of the specification's signup helper.
    init(signingUp body: JSONObject) throws(BadRequest) {
        guard let person = try body.object("person") else {
            try self.init(new: body)
            return
        }
        let members = ["given_name", "family_name", "email_addresses", "phone_numbers"]
        guard !members.contains(where: body.has) else {
            throw BadRequest("A person stands in person or around it, not in both.", at: "person")
        }
        try self.init(new: person)
    }

    /// Reads who somebody is.
    init(new object: JSONObject) throws(BadRequest) {
        let changes = try PersonChanges(object)
        guard let address = changes.address else { throw .noAddress }
        self.init(name: "", address: address)
        changes.apply(to: &self)
    }
}

/// What a client says of a person: members that are there change it, `null` clears, lists are replaced whole.
///
/// A person has one address here: the email address that is sent, or else the number, takes the place of the one there is.
struct PersonChanges: Sendable {
    private let given: String?
    private let family: String?
    let address: Address?

    /// Reads a person's members; what is not Postern's is passed over.
    ///
    /// - Throws: A member of the wrong type, one that is too long, or lists that would leave the person without an address.
    init(_ object: JSONObject) throws(BadRequest) {
        given = try object.namePart("given_name")
        family = try object.namePart("family_name")
        guard object.has("email_addresses") || object.has("phone_numbers") else {
            address = nil
            return
        }
        guard let address = try object.address() else { throw .noAddress }
        self.address = address
    }

    /// Makes the changes; a part of the name that is not sent stays.
    func apply(to content: inout ContactContent) {
        if let address { content.address = address }
        guard given != nil || family != nil else { return }
        let present = PersonName(content.name)
        content.name =
            PersonName(given: given ?? present.given, family: family ?? present.family)
            .whole
    }
}

extension JSONObject {
    /// A part of a person's name: empty where it is to be cleared, nil where it is to stay.
    fileprivate func namePart(_ name: String) throws(BadRequest) -> String? {
        guard has(name) else { return nil }
        let part = try line(name, longest: 1000) ?? ""
        guard part.count <= ContactContent.longestName else {
            throw BadRequest(
                "A name may have \(ContactContent.longestName) characters.", at: name)
        }
        return part
    }

    /// The name a list is to have; nil where it is to stay.
    func listName() throws(BadRequest) -> String? {
        guard has("name") else { return nil }
        let name = try line("name", longest: 1000) ?? ""
        guard !name.allSatisfy(\.isWhitespace), name.count <= ContactListContent.longestName else {
            throw BadRequest(
                "A list needs a name of at most \(ContactListContent.longestName) characters.",
                at: "name")
        }
        return name
    }

    /// The first email address, or else the first telephone number; nil when there is neither.
    fileprivate func address() throws(BadRequest) -> Address? {
        if let email = try objects("email_addresses", longest: 100).first {
            guard let text = try email.text("address"), let address = EmailAddress(text) else {
                throw BadRequest(
                    "email_addresses holds something that is no address.", at: "email_addresses")
            }
            return .email(address)
        }
        if let phone = try objects("phone_numbers", longest: 100).first {
            // People write numbers for people to read.
            let digits = try phone.text("number")?.filter { !" -.()".contains($0) }
            guard let digits, let number = PhoneNumber(digits) else {
                throw BadRequest(
                    "phone_numbers holds something that is no number in international form, such as +16505551234.",
                    at: "phone_numbers")
            }
            return .phone(number)
        }
        return nil
    }
}

extension BadRequest {
    fileprivate static let noAddress = BadRequest(
        "A person needs one of email_addresses with an address, or of phone_numbers with a number.",
        at: "email_addresses")
}

extension ContactListContent {
    /// Reads a new list.
    init(new object: JSONObject) throws(BadRequest) {
        guard let name = try object.listName() else {
            throw BadRequest("A list needs a name.", at: "name")
        }
        self.init(name: name)
    }
}

extension ContactID {
    /// Reads whom an item puts on a list: a link to a person, or Postern's number of one in `person_id`.
    init(ofItem object: JSONObject, _ links: Links) throws(BadRequest) {
        if let link = try object.object("_links")?.object("osdi:person"),
            let href = try link.text("href"), let person = links.person(at: href)
        {
            self = person
            return
        }
        switch object["person_id"] {
        case .number(let text)?, .string(let text)?:
            if let number = RowNumber.read(text) {
                self.init(rawValue: number)
                return
            }
        default: break
        }
        throw BadRequest(
            "An item needs, among its _links, an osdi:person with the href of a person of this entry point's.",
            at: "_links")
    }
}
