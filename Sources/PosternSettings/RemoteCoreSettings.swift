public import PosternModel

/// The delivery core in another process that carries what this one would carry outside.
public struct RemoteCoreSettings: Sendable, Equatable {
    /// Where it is.
    public var url: OutboundURL
    /// What shows it who asks.
    public var key: SecretPlace
    /// Certificate authorities of the core, PEM; nil for the system's.
    public var trustRoots: String?
    /// How long connecting to it may take.
    public var connectTime: Duration
    /// How long a whole call may take.
    public var answerTime: Duration
    /// What it carries; never empty.
    public var carries: Set<Load>

    /// What a core can carry.
    public enum Load: String, Sendable, CaseIterable {
        /// Notifications, through its mail relay.
        case smtp
        /// Messages to telephones, through its webhook.
        case webhook
    }

    static func read(_ reader: inout SettingsReader) -> RemoteCoreSettings? {
        let text = reader.optionalText(
            "core.url", takes: "an https address",
            "A delivery core in another process that carries what leaves Postern; without it this one does."
        )
        let key = SecretPlace.readCoreKey(&reader)
        let trustRoots = reader.optionalText(
            "core.trustRoots", takes: "a PEM file",
            "Certificate authorities of the delivery core; without it the system's.")
        let connectTime = reader.duration(
            "core.connectTime", default: "5s", upTo: "1m",
            "Time for connecting to the delivery core, the TLS handshake included.")
        let answerTime = reader.duration(
            "core.answerTime", default: "15s", upTo: "2m", "Time for a whole call of it, in all.")
        let carries = loads(&reader)
        guard let text else { return nil }
        if key == nil {
            reader.object(
                "core.key",
                "A delivery core needs `core.key` or `core.keyFile`: it answers nobody else.")
        }
        let url = reader.address(text, of: "core.url") { url in
            if !url.isSecure { return OutboundURL.Problem.scheme.rawValue }
            return url.target.contains("?")
                ? "It must hold no `?`: what is asked comes behind it." : nil
        }
        guard let url, let key else { return nil }
        return RemoteCoreSettings(
            url: url, key: key, trustRoots: trustRoots, connectTime: connectTime,
            answerTime: answerTime, carries: carries)
    }

    private static func loads(_ reader: inout SettingsReader) -> Set<Load> {
        let text = reader.text(
            "core.carries", default: "smtp,webhook",
            takes: "`smtp`, `webhook` or both with a comma between them",
            "What the delivery core carries: notifications, messages to telephones, or both.")
        let words = text.split(separator: ",", omittingEmptySubsequences: false).map {
            Load(rawValue: $0.filter { $0 != " " })
        }
        if words.contains(nil) {
            reader.object("core.carries", "It must be `smtp`, `webhook` or both with a comma.")
        }
        return Set(words.compactMap(\.self))
    }

    /// Objects to a relay or a webhook of this process's own beside a core that carries the same.
    func objectToRivals(
        relay: RelaySettings?, webhook: WebhookSettings?, _ reader: inout SettingsReader
    ) {
        if relay != nil, carries.contains(.smtp) {
            reader.object(
                "relay.host",
                "The delivery core carries notifications: set the relay there, or `core.carries` to `webhook`."
            )
        }
        if webhook != nil, carries.contains(.webhook) {
            reader.object(
                "webhook.url",
                "The delivery core carries messages to telephones: set the webhook there, or `core.carries` to `smtp`."
            )
        }
    }
}
