import PosternModel
import Yams

/// An account's handle, address book and lists.
extension LoadReader {
    mutating func handle(_ node: Node) -> Handle? {
        guard let handle = node.scalar.flatMap({ Handle($0.string) }) else {
            fault(
                node,
                "A handle has 1 to 128 letters `a`-`z`, digits, `-` and `_`, the first a letter or digit."
            )
            return nil
        }
        if !handles.insert(handle).inserted {
            fault(node, "The handle `\(handle)` stands twice in this file.")
        }
        return handle
    }

    mutating func addressBook(_ node: Node?) -> [ContactContent] {
        var entries: [ContactContent] = []
        var known: Set<Address> = []
        for node in items(node, "addressBook") {
            guard let fields = fields(node, "an entry", ["name", "address"]),
                let place = required(fields, "address", node, "an entry"),
                let address = self.place(place)
            else { continue }
            if !known.insert(address).inserted {
                fault(place, "The address `\(address)` stands twice in this address book.")
            }
            let name = fields["name"].flatMap { text($0, "name") } ?? ""
            let entry = ContactContent(name: name, address: address)
            if !entry.isWithinBounds {
                fault(
                    fields["name"] ?? node,
                    "A name may have \(ContactContent.longestName) characters.")
            }
            entries.append(entry)
        }
        return entries
    }

    mutating func lists(_ node: Node?, of account: LoadPlan.Account) -> [LoadPlan.List] {
        let known = Set(account.addressBook.map(\.address))
        var lists: [LoadPlan.List] = []
        var names: Set<String> = []
        for node in items(node, "lists") {
            guard let fields = fields(node, "a list", ["name", "members"]),
                let name = required(fields, "name", node, "a list").flatMap({ text($0, "name") })
            else { continue }
            if !names.insert(name).inserted {
                fault(fields["name"] ?? node, "The list `\(name)` stands twice in this account.")
            }
            if !ContactListContent(name: name).isWithinBounds {
                fault(
                    fields["name"] ?? node,
                    "A name may have \(ContactListContent.longestName) characters.")
            }
            let members = items(fields["members"], "members").compactMap { member(known, $0) }
            if Set(members).count > ContactList.largest {
                fault(
                    fields["members"] ?? node,
                    "A list may have \(ContactList.largest) contacts.")
            }
            lists.append(LoadPlan.List(name: name, members: members))
        }
        return lists
    }

    private mutating func member(_ known: Set<Address>, _ node: Node) -> Address? {
        guard let address = place(node) else { return nil }
        if !known.contains(address) {
            fault(node, "`\(address)` is not in the `addressBook` of this account.")
        }
        return address
    }

    private mutating func place(_ node: Node) -> Address? {
        guard let text = node.scalar?.string, let address = Address(text) else {
            fault(
                node,
                "`\(node.scalar?.string ?? "This")` is neither an email address nor a telephone number such as `+41791234567` nor a cell such as `https://unit.example/name/`."
            )
            return nil
        }
        return address
    }
}
