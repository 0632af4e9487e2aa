import HTTPTypes
public import PosternDialectKit
import PosternListener
import PosternModel

/// What is served to clients beside the dialects: the error catalogue, and health in a word.
public struct ServicePages: Sendable {
    private let catalogue: ErrorCatalogue
    private let health: HealthBoard

    /// Serves a catalogue and a board.
    public init(catalogue: ErrorCatalogue, health: HealthBoard) {
        self.catalogue = catalogue
        self.health = health
    }

    /// The answer for a request no dialect knows; nil when there is no such page.
    func answer(_ request: DialectRequest) -> DialectResponse? {
        if let response = catalogue.response(to: request) { return response }
        guard request.head.method == .get || request.head.method == .head else { return nil }
        let path = (request.head.path ?? "/").prefix { $0 != "?" }
        return health.answer(path: String(path), to: .clients).map {
            DialectResponse(head: $0.head, body: $0.body)
        }
    }
}
