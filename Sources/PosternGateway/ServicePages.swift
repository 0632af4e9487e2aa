import HTTPTypes
public import PosternDialectKit
import PosternListener
import PosternModel

/// What is served to clients beside the dialects: the error catalogue, descriptions of APIs, and health in a word.
public struct ServicePages: Sendable {
    private let catalogue: ErrorCatalogue
    private let descriptions: [FixedPage]
    private let health: HealthBoard

    /// Serves a catalogue, descriptions of APIs and a board.
    public init(
        catalogue: ErrorCatalogue, descriptions: [FixedPage] = [], health: HealthBoard
    ) {
        self.catalogue = catalogue
        self.descriptions = descriptions
        self.health = health
    }

    /// Whether answering may wait for a disk.
    func takesTime(_ head: HTTPRequest) -> Bool {
        head.path?.hasPrefix(HealthBoard.readyPath) == true
    }

    /// The answer for a request no dialect knows; nil when there is no such page.
    func answer(_ request: DialectRequest) -> DialectResponse? {
        if let response = catalogue.response(to: request) { return response }
        for page in descriptions {
            if let response = page.response(to: request) { return response }
        }
        guard request.head.method == .get || request.head.method == .head else { return nil }
        let path = (request.head.path ?? "/").prefix { $0 != "?" }
        return health.answer(path: String(path), to: .clients).map {
            DialectResponse(head: $0.head, body: $0.body)
        }
    }
}
