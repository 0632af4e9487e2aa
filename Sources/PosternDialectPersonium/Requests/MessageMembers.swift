import PosternDialectKit
import PosternModel

/// What a message says besides title and text; kept with it in an annex.
struct MessageMembers: Sendable, Equatable {
    private static let dialect = "personium"

    /// What it is for.
    var type = MessageType.message
    /// From 1, the most urgent, to 5.
    var priority = 3
    /// The message it answers.
    var inReplyTo: String?
    /// The cells it is sent to, as they were written.
    var to: String?
    /// The relation it is sent to.
    var toRelation: String?
    /// The relation or role it asks for.
    var requestRelation: String?
    /// Who is to have it.
    var requestRelationTarget: String?

    /// A message that says nothing besides.
    init() {}

    /// Reads what was kept; what cannot be read is as if it were absent.
    init(_ annex: Annex?) {
        guard let annex, annex.dialect == Self.dialect,
            case .object(let object)? = try? JSONValue(strict: annex.bytes)
        else { return }
        func text(_ name: String) -> String? {
            if case .string(let text)? = object[name] { text } else { nil }
        }
        type = text("Type").flatMap(MessageType.init) ?? .message
        if case .number(let digits)? = object["Priority"], let number = Int(digits) {
            priority = number
        }
        inReplyTo = text("InReplyTo")
        to = text("To")
        toRelation = text("ToRelation")
        requestRelation = text("RequestRelation")
        requestRelationTarget = text("RequestRelationTarget")
    }

    /// What is kept.
    ///
    /// A `To` too long to be kept is left out: the targets know the cells in their order, though not how they were written.
    var annex: Annex {
        let whole = bytes(with: to)
        return Annex(
            dialect: Self.dialect,
            bytes: whole.count <= Annex.largest ? whole : bytes(with: nil))
    }

    private func bytes(with to: String?) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("Type", type.rawValue)
            json.member("Priority", priority)
            json.member("InReplyTo", ifPresent: inReplyTo)
            json.member("To", ifPresent: to)
            json.member("ToRelation", ifPresent: toRelation)
            json.member("RequestRelation", ifPresent: requestRelation)
            json.member("RequestRelationTarget", ifPresent: requestRelationTarget)
        }
        return json.bytes
    }
}

extension MessageMembers {
    /// What a recipient may see of it: numbers, words from a list, and names of this unit's own.
    ///
    /// No rule looks into an annex, so that a text of the sender's choice in it would be a way past those that look for
    /// banned words.
    func shown(on unit: Unit) -> MessageMembers {
        var shown = MessageMembers()
        shown.type = type
        shown.priority = priority
        shown.inReplyTo = inReplyTo.flatMap { $0.utf8.count == 32 ? MessageGUID($0) : nil }
            .map(\.description)
        shown.requestRelation = requestRelation.flatMap { Self.isShown($0, on: unit) ? $0 : nil }
        shown.requestRelationTarget = requestRelationTarget.flatMap {
            unit.destination($0)?.cell == nil ? nil : $0
        }
        return shown
    }

    private static func isShown(_ relation: String, on unit: Unit) -> Bool {
        if Grammar.isRelationName(relation) || Grammar.isRoleName(relation) { return true }
        let found =
            Grammar.className(in: relation, of: "__relation")
            ?? Grammar.className(in: relation, of: "__role")
        guard let found else { return false }
        return unit.destination(found.cell)?.cell != nil && Grammar.isRelationName(found.name)
    }
}
