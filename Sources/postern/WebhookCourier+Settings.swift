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
            throw StartTrouble(in: "webhook", WebhookSecret.problem)
        }
        do throws(HTTPEndpointProblem) {
            try self.init(
                endpoint: HTTPEndpoint(
                    url: settings.url, authorityFile: settings.trustRoots,
                    connectLimit: settings.connectTime, answerLimit: settings.answerTime),
                secret: secret, clock: clock, group: group)
        } catch { throw StartTrouble(in: "webhook", error.sentence) }
    }
}
