import NIOCore
import PosternDelivery
import PosternSettings

extension SMTPCourier {
    /// The courier that the settings describe; opens nothing but the files they name.
    static func make(
        _ settings: RelaySettings, group: any EventLoopGroup
    ) throws(StartTrouble) -> SMTPCourier {
        do throws(SMTPSettingsProblems) {
            return try SMTPCourier(settings: SMTPSettings(settings), group: group)
        } catch {
            throw StartTrouble(
                code: .badSettings,
                description: error.sentences.map { "relay: \($0)" }.joined(separator: "\n"))
        }
    }
}
