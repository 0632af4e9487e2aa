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
        let name = try object.personName()
        guard let address = try object.address() else { throw .noAddress }
        self.init(name: name, address: address)
    }

    /// Reads what a person is to be; nil when nothing is said that Postern keeps.
    ///
    /// DIVERGENCE: the specification changes members one by one. A contact is replaced whole, so what is not sent would be
    /// lost: it is asked for.
    init?(replacing object: JSONObject) throws(BadRequest) {
        let hasAddress = object.has("email_addresses") || object.has("phone_numbers")
        let names = ["given_name", "family_name"].filter(object.has)
        guard hasAddress || !names.isEmpty else { return nil }
        guard hasAddress, names.count == 2 else {
            throw BadRequest(
                "A person is replaced whole: send given_name, family_name and an address together.")
        }
        try self.init(new: object)
    }
}

extension JSONObject {
    /// The given and the family name, as one.
    fileprivate func personName() throws(BadRequest) -> String {
        let parts = [
            try line("given_name", longest: 1000) ?? "",
            try line("family_name", longest: 1000) ?? "",
        ]
        let name = parts.filter { !$0.isEmpty }.joined(separator: " ")
        guard name.count <= ContactContent.longestName else {
            throw BadRequest(
                "A name may have \(ContactContent.longestName) characters.", at: "given_name")
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
        guard let content = try ContactListContent(replacing: object) else {
            throw BadRequest("A list needs a name.", at: "name")
        }
        self = content
    }

    /// Reads what a list is to be; nil when nothing is said that Postern keeps.
    init?(replacing object: JSONObject) throws(BadRequest) {
        guard object.has("name") else { return nil }
        let name = try object.line("name", longest: 1000) ?? ""
        guard !name.allSatisfy(\.isWhitespace), name.count <= ContactListContent.longestName else {
            throw BadRequest(
                "A list needs a name of at most \(ContactListContent.longestName) characters.",
                at: "name")
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
