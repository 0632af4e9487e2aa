import HTTPTypes
public import PosternDialectKit
import PosternListener
import PosternModel

/// What is served to clients beside the dialects: the error catalogue, descriptions of APIs, and health in a word.
public struct ServicePages: Sendable {
    private let catalogue: ErrorCatalogue
    private let descriptions: [FixedPage]
    private let health: HealthDesk

    /// Serves a catalogue, descriptions of APIs and how Postern is.
    public init(
        catalogue: ErrorCatalogue, descriptions: [FixedPage] = [], health: HealthDesk
    ) {
        self.catalogue = catalogue
        self.descriptions = descriptions
        self.health = health
    }

    /// Answers a request no dialect knows: health from the health desk's threads, all else at once.
    ///
    /// - Returns: Whether there is such a page; when there is none nothing is sent.
    func answer(
        _ request: DialectRequest, by send: @escaping @Sendable (DialectResponse) -> Void
    ) -> Bool {
        if let page = fixedPage(request) {
            send(page)
            return true
        }
        guard request.head.method == .get || request.head.method == .head else { return false }
        let path = (request.head.path ?? "/").prefix { $0 != "?" }
        return health.answer(String(path), to: .clients) {
            send(DialectResponse(head: $0.head, body: $0.body))
        }
    }

    private func fixedPage(_ request: DialectRequest) -> DialectResponse? {
        if let response = catalogue.response(to: request) { return response }
        for page in descriptions {
            if let response = page.response(to: request) { return response }
        }
        return nil
    }
}
