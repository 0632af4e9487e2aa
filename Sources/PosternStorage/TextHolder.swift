import PosternModel

/// Something on a list, measured by the text it holds.
protocol TextHolder {
    /// The bytes of its texts, with ``PosternModel/ListBound/nameBytes`` more for every name among them.
    var textBytes: Int { get }
}

extension SQLiteView {
    /// The things of one part of a list; nil where they hold more text than ``PosternModel/ListBound/textBytes``.
    ///
    /// Measured as they are read, so that no more than one thing too many ever lies in memory. One by itself is given whatever
    /// its size: what can be kept can be read.
    ///
    /// - Parameters:
    ///   - rows: The part's rows, in its order.
    ///   - read: Reads one of them; nil for one that is left out.
    /// - Returns: What was read, in the order of the rows.
    func part<Item: TextHolder>(
        _ rows: [Int64], read: (Int64) throws -> Item?
    ) rethrows -> [Item]? {
        var items: [Item] = []
        var textBytes = 0
        for row in rows {
            guard let item = try read(row) else { continue }
            textBytes += item.textBytes
            guard items.isEmpty || textBytes <= ListBound.textBytes else { return nil }
            items.append(item)
        }
        return items
    }
}

extension OutgoingMessage: TextHolder {
    var textBytes: Int {
        let recipients = content.to + content.cc + content.bcc
        return bytes(of: [externalID ?? "", content.subject, content.body])
            + bytes(ofNames: recipients.map(\.description))
            + bytes(ofNames: content.targets.map(\.name)) + (content.annex?.textBytes ?? 0)
    }
}

extension IncomingMessage: TextHolder {
    var textBytes: Int {
        bytes(of: [subject, body ?? ""]) + bytes(ofPeople: [sender] + others)
            + (annex?.textBytes ?? 0)
    }
}

extension MessageView: TextHolder {
    var textBytes: Int {
        let people = [sender] + to + cc + bcc
        return bytes(of: [subject, body ?? "", recall?.reason ?? ""]) + bytes(ofPeople: people)
            + bytes(ofNames: attachments.map(\.name)) + bytes(ofNames: labels.map(\.name))
    }
}

private func bytes(of texts: [String]) -> Int { texts.reduce(0) { $0 + $1.utf8.count } }

private func bytes(ofNames names: [String]) -> Int {
    bytes(of: names) + names.count * ListBound.nameBytes
}

private func bytes(ofPeople people: [Person]) -> Int {
    bytes(ofNames: people.map(\.address.description)) + bytes(of: people.map(\.name))
}

extension Annex {
    fileprivate var textBytes: Int { words.reduce(bytes.count) { $0 + $1.utf8.count } }
}

extension Target {
    /// What it is called; empty for what has a number.
    fileprivate var name: String {
        switch self {
        case .contact, .list: ""
        case .listNamed(let name): name
        case .handle(let handle): handle.description
        case .address(let address): address.description
        }
    }
}
