public import PosternDialectKit

extension SecureMessagingDialect {
    /// The page `/openapi.json`: every operation as OpenAPI 3.1 describes it, for people and for tools.
    ///
    /// Made from the table of routes, so that no operation can be left out. Make it once: it is some hundred kilobytes.
    public var openAPI: FixedPage {
        FixedPage(
            "openapi.json", mediaType: "application/json; charset=utf-8",
            body: ContractDocument(service: service).bytes)
    }
}
