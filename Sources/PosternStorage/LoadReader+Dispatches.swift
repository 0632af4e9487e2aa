import PosternModel
import Yams

/// Dispatches: collections of messages that are started and stopped as a whole.
extension LoadReader {
    mutating func dispatch(_ node: Node) {
        let what = "a dispatch"
        guard
            let fields = fields(
                node, what, ["id", "owner", "name", "channelType", "senderName", "content"])
        else { return }
        let id = required(fields, "id", node, what).flatMap { dispatchID($0) }
        let owner = required(fields, "owner", node, what).flatMap { address($0) }
        let channel = required(fields, "channelType", node, what).flatMap {
            text($0, "channelType")
        }
        let sender = required(fields, "senderName", node, what).flatMap { text($0, "senderName") }
        let content = required(fields, "content", node, what).flatMap { text($0, "content") }
        let name = fields["name"].flatMap { text($0, "name") } ?? ""
        guard let id, let owner, let channel, let sender, let content else { return }
        let template = Dispatch.Template(channel: channel, sender: sender, text: content)
        if !template.isWithinBounds {
            fault(
                node,
                "A dispatch has a `channelType` and a `senderName` of 1 to \(Dispatch.Template.longestName) characters each, on one line, and `content` of 1 to \(Dispatch.Template.longestText)."
            )
        }
        if !channels.isEmpty, !channels.contains(channel) {
            fault(
                fields["channelType"] ?? node,
                "`channelType` must be one of: \(channels.joined(separator: ", ")).")
        }
        if name.unicodeScalars.count > ContactListContent.longestName {
            fault(
                fields["name"] ?? node,
                "A name may have \(ContactListContent.longestName) characters.")
        }
        if !dispatches.insert(id).inserted {
            fault(
                fields["id"] ?? node, "The dispatch \(id.rawValue) stands twice in this file.")
        }
        plan.dispatches.append(
            (plan: DispatchPlan(id: id, name: name, template: template), owner: owner))
    }

    private mutating func dispatchID(_ node: Node) -> DispatchID? {
        guard let id = node.scalar.flatMap({ DispatchID($0.string) }) else {
            fault(node, "`id` must be a whole number from 1, of at most 18 digits.")
            return nil
        }
        return id
    }
}
