import PosternDialectKit

/// A type of the contract: what a body holds, or an object in one.
struct ContractType: Sendable {
    /// The vendor's name, where it has one.
    let name: String
    let members: [ContractMember]

    init(_ name: String, _ members: [ContractMember]...) {
        self.name = name
        self.members = members.flatMap(\.self)
    }

    /// Writes the type's schema under its name.
    ///
    /// - Parameters:
    ///   - json: Where to.
    ///   - isGiven: The type is one of requests, which may say null for what they leave out.
    func write(to json: inout JSONWriter, isGiven: Bool) {
        json.object(name) { json in
            json.member("type", "object")
            guard !members.isEmpty else { return }
            json.object("properties") { json in
                for member in members { member.write(to: &json, isNullable: isGiven) }
            }
            let required = members.filter(\.isRequired)
            if !required.isEmpty {
                json.array("required", of: required) { $0.string($1.name) }
            }
            if isGiven { json.object("xml") { $0.member("name", name) } }
        }
    }
}

/// A member of a type, or a parameter of a query.
struct ContractMember: Sendable {
    let name: String
    let schema: ContractSchema
    let isRequired: Bool
    /// What its name does not say.
    let note: String?

    fileprivate func write(to json: inout JSONWriter, isNullable: Bool) {
        json.object(name) { json in
            if let note { json.member("description", note) }
            guard isNullable, !isRequired else { return schema.write(to: &json) }
            json.array("anyOf", of: [schema, nil]) { json, schema in
                json.object { json in
                    if let schema {
                        schema.write(to: &json)
                    } else {
                        json.member("type", "null")
                    }
                }
            }
        }
    }
}

extension [ContractMember] {
    /// All of them.
    static func of(_ members: [ContractMember]...) -> [ContractMember] { members.flatMap(\.self) }

    /// Members that are always there.
    static func always(
        _ schema: ContractSchema, _ names: String..., note: String? = nil
    ) -> [ContractMember] {
        names.map { ContractMember(name: $0, schema: schema, isRequired: true, note: note) }
    }

    /// Members that may be absent.
    static func sometimes(
        _ schema: ContractSchema, _ names: String..., note: String? = nil
    ) -> [ContractMember] {
        names.map { ContractMember(name: $0, schema: schema, isRequired: false, note: note) }
    }
}
