import PosternDialectKit
import PosternModel

/// How the answer is wanted, and what it echoes of the request.
struct SendHubManner: ResponseManner {
    /// What a request is about: the word in its errors.
    enum Topic: String {
        case sending
        case message
        case contact
        case group
        case members
        case thread
    }

    var topic = Topic.message
    /// Refusals as problem documents.
    var wantsProblem = false
    /// Something is made: 201.
    var isNew = false
    /// What a send's answer says besides its number and times.
    var message = MessageObject()
    /// The list that is shown a part of.
    var list = ListPlace(path: "")
    /// Which contacts are put on a group and taken off it.
    var added: [ContactID] = []
    var removed: [ContactID] = []
}
