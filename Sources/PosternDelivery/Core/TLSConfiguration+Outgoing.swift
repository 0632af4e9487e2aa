internal import NIOSSL

extension TLSConfiguration {
    /// TLS towards the world outside: the certificate is always verified, and TLS 1.2 is the least.
    ///
    /// - Parameter authorityFile: PEM file with the authorities a certificate may come from; nil for the system's.
    /// - Returns: What connections are made with.
    /// - Throws: When the file cannot be read or holds no certificate.
    static func outgoing(authorityFile: String?) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification = .fullVerification
        if let authorityFile {
            // Read here rather than by BoringSSL, which takes a file without a certificate in silence.
            let authorities = try NIOSSLCertificate.fromPEMFile(authorityFile)
            guard !authorities.isEmpty else { throw NIOSSLError.failedToLoadCertificate }
            configuration.trustRoots = .certificates(authorities)
        }
        return configuration
    }
}
