import NIOCore
import PosternDelivery
import PosternModel
import PosternSettings

extension WebhookCourier {
    /// The courier that the settings describe; opens nothing but the files they name.
    ///
    /// - Throws: ``StartTrouble``.
    convenience init(
        _ settings: WebhookSettings, clock: any Clock, group: any EventLoopGroup
    ) throws(StartTrouble) {
        guard let secret = WebhookSecret(try settings.secret.read(for: "webhook")) else {
            throw Self.trouble(WebhookSecret.problem)
        }
        do throws(WebhookEndpointProblem) {
            try self.init(
                endpoint: WebhookEndpoint(
                    url: settings.url, secret: secret, authorityFile: settings.trustRoots,
                    connectLimit: settings.connectTime, answerLimit: settings.answerTime),
                clock: clock, group: group)
        } catch { throw Self.trouble(error.sentence) }
    }

    private static func trouble(_ sentence: String) -> StartTrouble {
        StartTrouble(code: .badSettings, description: "webhook: \(sentence)")
    }
}
