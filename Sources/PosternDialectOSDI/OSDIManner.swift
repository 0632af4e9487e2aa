import HTTPTypes
import PosternDialectKit
import PosternModel

/// How a client wants its answer.
struct OSDIManner: ResponseManner {
    /// What a success is answered with.
    enum Reply {
        case message
        case messages(Listing)
        /// The message is out, or would be.
        case send
        case stop
        /// The message waits, or would; `endGiven` that the client named an end, which nothing comes of.
        case schedule(endGiven: Bool)
        case unschedule
        case person
        case people(Listing)
        case list
        case lists(Listing)
        case items(ContactListID, Listing)
        case item(ContactListID, ContactID)
        /// What was deleted, as the notice calls it.
        case deletion(String)
    }

    var reply: Reply
    /// What an error names as its resource.
    var resource: String
    /// Identifiers and links are enough: `return_response` is false.
    var isBrief = false
    /// Errors are wanted as problem documents.
    var wantsProblem = false

    init(_ reply: Reply, resource: String = "osdi:message") {
        self.reply = reply
        self.resource = resource
    }
}
