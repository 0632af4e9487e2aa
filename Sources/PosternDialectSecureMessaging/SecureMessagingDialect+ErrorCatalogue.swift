public import PosternDialectKit
import PosternModel

extension SecureMessagingDialect {
    /// Every refusal of a send in check order, those only other operations get, then every fault, as this API's clients
    /// meet them.
    public static var errorCatalogue: ErrorCatalogue {
        ErrorCatalogue(
            rows: RefusalCode.allCases.map {
                ErrorCatalogue.Row($0, status: $0.wording.status, text: $0.wording.text)
            }
                + OperationCode.OwnCode.allCases.map {
                    let wording = $0.wording
                    return ErrorCatalogue.Row(
                        $0, errorCode: wording.errorCode, status: wording.status,
                        text: wording.text)
                } + FaultCode.allCases.map { ErrorCatalogue.Row($0, status: $0.wording.status) })
    }
}
