import Foundation
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
        let secret = try Self.secret(settings.secret)
        do throws(WebhookEndpointProblem) {
            try self.init(
                endpoint: WebhookEndpoint(
                    url: settings.url, secret: secret, authorityFile: settings.trustRoots,
                    connectLimit: settings.connectTime, answerLimit: settings.answerTime),
                clock: clock, group: group)
        } catch { throw Self.trouble(error.sentence) }
    }

    private static func secret(
        _ key: WebhookSettings.Key
    ) throws(StartTrouble) -> WebhookSecret {
        let text: Secret
        switch key {
        case .given(let secret): text = secret
        case .file(let path):
            guard let data = FileManager.default.contents(atPath: path) else {
                throw trouble("The file of the secret, `\(path)`, cannot be read.")
            }
            // Whatever is no text is no base64 either.
            text = Secret(String(decoding: data.prefix(4096), as: UTF8.self))
        }
        guard let secret = WebhookSecret(text) else { throw trouble(WebhookSecret.problem) }
        return secret
    }

    private static func trouble(_ sentence: String) -> StartTrouble {
        StartTrouble(code: .badSettings, description: "webhook: \(sentence)")
    }
}
