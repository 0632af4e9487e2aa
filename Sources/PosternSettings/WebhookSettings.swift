public import PosternModel

/// The webhook that messages to telephones are handed to.
public struct WebhookSettings: Sendable, Equatable {
    /// Where it is.
    public var url: OutboundURL
    /// What calls are signed with.
    public var secret: SecretPlace
    /// Certificate authorities of the webhook, PEM; nil for the system's.
    public var trustRoots: String?
    /// How long connecting to it may take.
    public var connectTime: Duration
    /// How long a whole call may take.
    public var answerTime: Duration

    static func read(_ reader: inout SettingsReader) -> WebhookSettings? {
        let text = reader.optionalText(
            "webhook.url", takes: "an https address, or an http one on this machine",
            "Where messages to telephones are handed over; without it none can be sent.")
        let key = SecretPlace.read(
            &reader, "webhook.secret",
            "What calls are signed with (Standard Webhooks): 24 to 64 bytes in base64.",
            "webhook.secretFile", "A file with the secret, in place of it.")
        let trustRoots = reader.optionalText(
            "webhook.trustRoots", takes: "a PEM file",
            "Certificate authorities of the webhook; without it the system's.")
        let connectTime = reader.duration(
            "webhook.connectTime", default: "5s", upTo: "1m",
            "Time for connecting to the webhook, the TLS handshake included.")
        let answerTime = reader.duration(
            "webhook.answerTime", default: "15s", upTo: "2m", "Time for a whole call, in all.")
        guard let text else { return nil }
        if key == nil {
            reader.object(
                "webhook.secret",
                "A webhook needs `webhook.secret` or `webhook.secretFile`: its owner must know who calls."
            )
        }
        guard let url = reader.address(text, of: "webhook.url"), let key else { return nil }
        return WebhookSettings(
            url: url, secret: key, trustRoots: trustRoots, connectTime: connectTime,
            answerTime: answerTime)
    }
}
