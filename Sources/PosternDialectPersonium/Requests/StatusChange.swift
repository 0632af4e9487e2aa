import PosternDialectKit
import PosternModel

extension IncomingMark {
    /// Reads `{"Command": …}`; other members are passed over.
    init(_ body: [UInt8]) throws(PersoniumProblem) {
        guard case .object(let object)? = try? JSONValue(strict: body) else {
            throw .unreadableChange(body)
        }
        let command = object.members.first { $0.name == "Command" }?.value
        switch command {
        case .string("read"): self = .read(true)
        case .string("unread"): self = .read(false)
        case .string("approved"): self = .answered(.approved)
        case .string("rejected"): self = .answered(.rejected)
        default: throw .field("Command")
        }
    }
}
