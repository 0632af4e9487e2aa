/// An error as this API words it: a code that begins with the HTTP status, and a text.
///
/// The texts are those of Personium's own list, to the letter, because clients compare with them.
struct PersoniumProblem: Error, Equatable {
    /// The HTTP status.
    let status: Int
    /// `PR400-OD-0006`, say.
    let code: String
    /// The text.
    let text: String

    /// Words an error.
    ///
    /// - Parameters:
    ///   - status: The HTTP status.
    ///   - place: The group and number in it: `OD-0006`.
    ///   - text: The text; control characters in it are written as `\u00XX`, as Personium does.
    init(_ status: Int, _ place: String, _ text: String) {
        self.status = status
        code = "PR\(status)-\(place)"
        self.text = Self.escapingControls(in: text)
    }

    /// What a client sent, cut where it is long enough to be a burden on logs and screens.
    static func quote(_ text: String) -> String {
        // DIVERGENCE: Personium quotes all of it, a body of 50 KiB included; see `Divergences.md`.
        let scalars = text.unicodeScalars
        guard
            let end = scalars.index(
                scalars.startIndex, offsetBy: 1024, limitedBy: scalars.endIndex),
            end < scalars.endIndex
        else { return text }
        return String(scalars[..<end]) + "..."
    }

    private static func escapingControls(in text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return text }
        var escaped = ""
        for scalar in text.unicodeScalars {
            guard scalar.value < 0x20 || scalar.value == 0x7F else {
                escaped.unicodeScalars.append(scalar)
                continue
            }
            let digits = String(scalar.value, radix: 16, uppercase: true)
            escaped += "\\u00" + (digits.utf8.count == 1 ? "0" : "") + digits
        }
        return escaped
    }
}

extension PersoniumProblem {
    // MARK: bodies
    static let unreadableBody = PersoniumProblem(400, "OD-0001", "JSON parse error.")
    static let noBox = PersoniumProblem(
        400, "SM-0004",
        "Box corresponding to the schema can not be found from the schema-authenticated token. Schema[null]."
    )
    static let tooManyDestinations = PersoniumProblem(
        400, "SM-0003", "The maximum number of destinations was exceeded.")

    /// A property, or several, that cannot be as they are.
    static func field(_ name: String) -> PersoniumProblem {
        PersoniumProblem(400, "OD-0006", "request body format error. field [\(quote(name))]")
    }

    /// A property that cannot be there at all.
    static func unknownProperty(
        _ name: String, of set: Route.EntitySet
    ) -> PersoniumProblem {
        PersoniumProblem(
            400, "OD-0007", "[unknown property \(quote(name)) for \(set.rawValue)]")
    }

    /// A property that must be there.
    static func required(_ name: String) -> PersoniumProblem {
        PersoniumProblem(400, "OD-0009", "[\(name)] is required.")
    }

    /// A schema, of which no box knows.
    static func missingSchema(_ schema: String) -> PersoniumProblem {
        PersoniumProblem(
            400, "RM-0002",
            "Box corresponding to the schema can not be found. Schema [\(quote(schema))].")
    }

    /// A property only the unit writes.
    static func managedProperty(_ name: String) -> PersoniumProblem {
        PersoniumProblem(
            400, "OD-0007", "[\(name) is management information name. Cannot request.]")
    }

    /// A change of status that is no JSON; the text comes back, as far as it can be read.
    static func unreadableChange(_ body: [UInt8]) -> PersoniumProblem {
        PersoniumProblem(
            400, "CM-0004", "JSON parse error. [\(quote(String(decoding: body, as: UTF8.self)))].")
    }

    /// A relation that is none of the sender's.
    static func missingRelation(_ name: String) -> PersoniumProblem {
        PersoniumProblem(400, "SM-0001", "ToRelation [\(quote(name))] does not exist.")
    }

    /// A relation nobody is linked to.
    static func emptyRelation(_ name: String) -> PersoniumProblem {
        PersoniumProblem(
            400, "SM-0002", "ToRelation [\(quote(name))] does not have related ExtCell.")
    }

    // MARK: requests
    static let linked = PersoniumProblem(400, "RM-0001", "Requested relation already exists.")

    /// A class URL, of which no box knows.
    static func missingBox(_ url: String) -> PersoniumProblem {
        PersoniumProblem(
            400, "RM-0003",
            "Box corresponding to the RelationClassURL can not be found. RelationClassURL [\(quote(url))]."
        )
    }

    /// A relation or role that a request would take somebody off.
    static func missingRequested(_ relation: RequestedRelation) -> PersoniumProblem {
        PersoniumProblem(
            409, "RM-0002",
            "Requested relation does not exists. Type [\(relation.type)]. Keys [\(relation.keys)].")
    }

    /// A cell there is not, or that the caller has no entry for.
    static func missingTarget(_ url: String) -> PersoniumProblem {
        PersoniumProblem(
            409, "RM-0004",
            "Request relation target does not exist. Type [ExtCell]. Keys [{Url=\(quote(url))}].")
    }

    /// A cell that does not have the relation or role.
    static func unlinked(_ relation: RequestedRelation, _ url: String) -> PersoniumProblem {
        PersoniumProblem(
            409, "RM-0005",
            "RequestRelation and RequestRelationTarget is not related. [Type [\(relation.type)]. Keys[\(relation.keys)]] - [Type ExtCell. Keys[{Url=\(quote(url))}]]."
        )
    }

    // MARK: paths, queries and fields
    static let cellMissing = PersoniumProblem(404, "DV-0003", "Cell not found.")
    static let unknownPath = PersoniumProblem(404, "MC-0001", "URI is not recognized.")
    static let entityMissing = PersoniumProblem(404, "OD-0002", "No such entity.")
    static let methodNotAllowed = PersoniumProblem(405, "MC-0001", "Method not allowed.")
    static let badKey = PersoniumProblem(400, "OD-0004", "OData EntityKey Parse error.")
    static let unreadableQuery = PersoniumProblem(400, "OD-0002", "OData Query parse error.")
    static let badFilter = PersoniumProblem(400, "OD-0003", "OData $filter Parse Error.")
    static let badSelection = PersoniumProblem(400, "OD-0017", "OData $select Parse error.")
    static let unsupportedOperator = PersoniumProblem(
        400, "OD-0043", "Unsupported operator specified in query.")
    static let unsupportedFunction = PersoniumProblem(
        400, "OD-0044", "Unsupported function specified in query.")
    static let badOrder = PersoniumProblem(400, "OD-0015", "Odata $orderby parse error.")
    static let otherTag = PersoniumProblem(412, "OD-0002", "ETag does not match.")

    /// A part of the API that Postern has not.
    static func notImplemented(_ what: String) -> PersoniumProblem {
        PersoniumProblem(501, "MC-0002", "Not implemented. [\(what)].")
    }

    /// An `Accept` that is not ASCII.
    static func badField(_ name: String, _ value: String) -> PersoniumProblem {
        PersoniumProblem(
            400, "OD-0041", "Request header \(name) value is invalid [\(quote(value))].")
    }

    /// A `$format` there is not.
    static func badFormat(_ value: String) -> PersoniumProblem {
        PersoniumProblem(400, "OD-0005", "$format value [\(quote(value))] is invalid.")
    }

    /// An `$inlinecount` there is not.
    static func badCount(_ value: String) -> PersoniumProblem {
        PersoniumProblem(400, "OD-0013", "$inlinecount value [\(quote(value))] is invalid.")
    }

    /// An option that is no number.
    static func unreadableOption(_ name: String) -> PersoniumProblem {
        PersoniumProblem(400, "OD-0036", "OData Query [\(name)] parse error.")
    }

    /// An option outside its bounds.
    static func badOption(_ name: String, _ value: String) -> PersoniumProblem {
        PersoniumProblem(400, "OD-0029", "Query value [\(name)]=[\(quote(value))] is invalid.")
    }

    /// An option that would show something else if it were passed over.
    static func unsupportedOption(_ name: String) -> PersoniumProblem {
        PersoniumProblem(400, "OD-0042", "Operation is not supported: \(name)")
    }

    /// A property that a filter is about and messages of its set have not.
    static func unknownQueryProperty(_ name: String) -> PersoniumProblem {
        PersoniumProblem(
            400, "OD-0045", "An unknown property with name '\(quote(name))' was found.")
    }

    /// A property that is compared with something of another type.
    static func mismatchedOperand(_ name: String) -> PersoniumProblem {
        PersoniumProblem(
            400, "OD-0046", "Mismatched operand/argument is specified for '\(quote(name))'.")
    }

    /// A text whose escapes cannot be read.
    static func unreadableOperand(_ text: String) -> PersoniumProblem {
        PersoniumProblem(
            400, "OD-0048", "Unable to parse operand or argument. '\(quote(text))'")
    }

    // MARK: callers
    static let authorizationRequired = PersoniumProblem(401, "AU-0001", "Authorization required.")
    static let tokenExpired = PersoniumProblem(401, "AU-0002", "Access token expired.")
    static let invalidScheme = PersoniumProblem(
        401, "AU-0003", "Invalid authentication scheme.")
    static let unreadableToken = PersoniumProblem(401, "AU-0006", "Token parse error.")
    static let wronglySignedToken = PersoniumProblem(401, "AU-0008", "Token dsig error.")
    static let unitUserRequired = PersoniumProblem(
        403, "AU-0001", "Unit user access required.")
    static let lackingPrivilege = PersoniumProblem(
        403, "AU-0002", "Necessary privilege is lacking.")
}
