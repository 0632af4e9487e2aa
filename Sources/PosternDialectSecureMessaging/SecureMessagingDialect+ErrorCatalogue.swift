public import PosternDialectKit
import PosternModel

extension SecureMessagingDialect {
    /// Every refusal in check order, then every fault, as this API's clients meet them.
    public static var errorCatalogue: ErrorCatalogue {
        ErrorCatalogue(
            rows: RefusalCode.allCases.map {
                ErrorCatalogue.Row($0, status: $0.wording.status, text: $0.wording.text)
            } + FaultCode.allCases.map { ErrorCatalogue.Row($0, status: $0.wording.status) })
    }
}
