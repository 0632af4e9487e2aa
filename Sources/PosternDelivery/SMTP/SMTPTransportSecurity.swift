internal import NIOCore
internal import NIOSSL

/// TLS towards the relay: the certificate is always verified, and TLS 1.2 is the least.
struct SMTPTransportSecurity: Sendable {
    private let context: NIOSSLContext
    private let serverName: String?

    /// Reads the authorities' file; throws sentences when it cannot be used.
    init(host: String, authorityFile: String?) throws(SMTPSettingsProblems) {
        do {
            context = try NIOSSLContext(configuration: .outgoing(authorityFile: authorityFile))
        } catch {
            throw SMTPSettingsProblems(
                sentences: [
                    "The relay's authorities cannot be read from `\(authorityFile ?? "the system")`: \(error)."
                ])
        }
        // An IP address cannot be asked for by name (RFC 6066 section 3); its certificate is checked against the far end's address.
        serverName = (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
    }

    /// A handler for one connection.
    func makeHandler() throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(context: context, serverHostname: serverName)
    }
}
