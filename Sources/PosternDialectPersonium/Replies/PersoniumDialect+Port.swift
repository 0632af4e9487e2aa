import PosternDialectKit
public import PosternModel

extension PersoniumDialect {
    /// Words a message for a cell of another unit: the body of a call to its `__message/port`.
    ///
    /// - Parameters:
    ///   - letter: The message.
    ///   - cell: The cell it is carried to.
    ///   - unit: This unit.
    ///   - answered: Finds what a dialect kept with a message that was delivered to the sender; nil where there is none.
    /// - Returns: JSON.
    /// - Throws: What looking for the answered message failed with.
    public static func port(
        _ letter: CellMessage, to cell: CellURL, from unit: UnitURL,
        answering answered: (MessageGUID) throws(Fault) -> Annex?
    ) throws(Fault) -> [UInt8] {
        var members = MessageMembers(shownOf: letter.annex)
        // What came from that unit goes by its own name there.
        if let name = members.inReplyTo.flatMap({ MessageGUID($0) }),
            case let original = MessageMembers(try answered(name)),
            let from = original.from.flatMap({ CellURL($0) }), from.unit == cell.unit,
            let id = original.foreignID
        {
            members.inReplyTo = id
        }
        var json = JSONWriter()
        json.object { json in
            json.member("__id", letter.guid.description)
            json.member("InReplyTo", orNull: members.inReplyTo)
            json.member("From", CellURL(letter.senderHandle, on: unit).description)
            json.null("MulticastTo")
            json.member("Type", members.type.rawValue)
            json.member("Title", letter.subject)
            json.member("Body", letter.body)
            json.member("Priority", members.priority)
            json.member("Status", members.type.firstStatus)
            json.member("RequestRelation", orNull: members.requestRelation)
            json.member("RequestRelationTarget", orNull: members.requestRelationTarget)
        }
        return json.bytes
    }
}
