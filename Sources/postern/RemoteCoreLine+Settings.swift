import NIOCore
import PosternCoreContract
import PosternDelivery
import PosternModel
import PosternPipeline
import PosternSettings

extension RemoteCoreLine {
    /// The line that the settings describe; opens nothing but the files they name.
    ///
    /// - Throws: ``StartTrouble``.
    convenience init(
        _ settings: RemoteCoreSettings, group: any EventLoopGroup
    ) throws(StartTrouble) {
        guard let key = CoreKey(try settings.key.read(for: "core.key")) else {
            throw StartTrouble(in: "core", CoreKey.problem)
        }
        do throws(HTTPEndpointProblem) {
            try self.init(
                endpoint: HTTPEndpoint(
                    url: settings.url, authorityFile: settings.trustRoots,
                    connectLimit: settings.connectTime, answerLimit: settings.answerTime),
                key: key, group: group)
        } catch { throw StartTrouble(in: "core", error.sentence) }
    }
}

extension RemoteCoreSettings {
    /// Whose rows the core carries.
    var couriers: Set<OutboxRow.Courier> {
        Set(
            carries.map { load in
                switch load {
                case .smtp: .smtp
                case .webhook: .webhook
                }
            })
    }
}

extension Settings {
    /// Whether notifications leave Postern, through whomever.
    var carriesNotifications: Bool { relay != nil || core?.carries.contains(.smtp) == true }

    /// Whether messages to telephones leave Postern, through whomever.
    var carriesTexts: Bool { webhook != nil || core?.carries.contains(.webhook) == true }
}

extension Installation {
    /// What is wrong with what a delivery core has when none is set any more; nil when nothing is.
    ///
    /// Told of at the start and while it lasts: nobody else would say what became of it.
    static func orphanedDeliveries(_ count: Int) -> String? {
        guard count > 0 else { return nil }
        return
            "\(count) deliveries lie with a delivery core that is no longer set; set `core.url` again until they have ended."
    }
}
