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
    /// The foreign cell that handed it over: its unit has proved that.
    var from: String?
    /// Its name on that cell's unit.
    var foreignID: String?

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
        from = text("From")
        foreignID = text("__id")
    }

    /// What is kept.
    ///
    /// A `To` too long to be kept is left out: the targets know the cells in their order, though not how they were written.
    var annex: Annex {
        let whole = annex(with: to)
        return whole.isWithinBounds ? whole : annex(with: nil)
    }

    private func annex(with to: String?) -> Annex {
        Annex(
            dialect: Self.dialect, bytes: bytes(with: to),
            words: [inReplyTo, requestRelation, requestRelationTarget].compactMap(\.self))
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
            json.member("From", ifPresent: from)
            json.member("__id", ifPresent: foreignID)
        }
        return json.bytes
    }
}

extension MessageMembers {
    /// What a recipient sees of an annex, and what approving it goes by: not who else it is for, and of its texts those that
    /// rules have looked through.
    init(shownOf annex: Annex?) {
        self.init(annex)
        let judged = annex?.words ?? []
        to = nil
        toRelation = nil
        inReplyTo = inReplyTo.flatMap { judged.contains($0) ? $0 : nil }
        requestRelation = requestRelation.flatMap { judged.contains($0) ? $0 : nil }
        requestRelationTarget = requestRelationTarget.flatMap { judged.contains($0) ? $0 : nil }
    }
}
