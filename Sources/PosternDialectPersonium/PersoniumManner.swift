import HTTPTypes
import PosternDialectKit
import PosternModel

/// How an answer is framed, and what of the request it must know.
struct PersoniumManner: ResponseManner {
    /// What the answer gives.
    enum Subject: Sendable {
        /// An error, if anything.
        case nothing
        /// A message that is sent, or only tried.
        case send(SentMessage)
        /// A message that a foreign cell hands over.
        case port(PortMessage)
        /// A list; with its whole length, where it is wanted.
        case list(counts: Bool)
        /// One message, unless the client has it already.
        case entity(known: [String])
        /// That a message was deleted, or its status changed.
        case change
    }

    /// The URL of the cell the request is about; empty where there is none.
    var cellURL = ""
    /// The fields a page of another site asks leave to send.
    var requestedFields: String?
    /// Refusals are wanted as problem documents.
    var wantsProblem = false
    /// What the answer gives.
    var subject = Subject.nothing
    /// Which members of messages it gives.
    var selection = MemberSelection()

    /// Reads what every answer follows.
    init(_ fields: HTTPFields, cell: Handle? = nil, on unit: Unit) {
        cellURL = cell.map(unit.url) ?? ""
        requestedFields = fields.first(.accessControlRequestHeaders).flatMap {
            Self.isNameList($0) ? $0 : nil
        }
        wantsProblem = Negotiation(fields).wantsProblem
    }

    /// What goes back to the client as it came is a list of names of a bounded length, and nothing else.
    private static func isNameList(_ text: String) -> Bool {
        text.utf8.count <= 1024
            && text.split(separator: ",").allSatisfy { HTTPField.Name(String($0.trimmed)) != nil }
    }
}
