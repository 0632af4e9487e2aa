import HTTPTypes
import PosternDialectKit
import PosternModel

/// How the answer to an operation is wanted, and which operation it was.
struct OperationManner: ResponseManner {
    /// What a sign-in or sign-out does to the client's cookie.
    enum Cookie: Sendable {
        case leave, set, clear
    }

    var wishes: SecureMessagingManner
    var entry: RouteEntry
    var cookie = Cookie.leave

    /// JSON, plainly, of no operation in particular: for a manner that is none of this dialect's.
    static let unknown = OperationManner(
        wishes: SecureMessagingManner(),
        entry: RouteEntry("Operation", .get, "", .operation { _ in .signOut }))
}
