public import Foundation
public import PosternListener

/// An authority, a server certificate and client certificates made anew for each run, so that none can expire.
public struct TestPKI: Sendable {
    /// The authority.
    public let issuer: CertificateIssuer
    /// A folder of this run's own, holding `ca.pem`, `server.pem` and `server.key`; remove it with ``remove()``.
    public let folder: URL

    /// Makes the authority, issues a server certificate for loopback and writes the files.
    public init() throws {
        issuer = try CertificateIssuer(name: "Test authority")
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("postern-pki-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        try Data(issuer.authority.certificatePEM.utf8).write(
            to: folder.appendingPathComponent("ca.pem"))
        try install(serverCertificate())
    }

    /// The path of one of the files.
    public func path(_ file: String) -> String { folder.appendingPathComponent(file).path }

    /// Issues a server certificate for loopback.
    ///
    /// - Parameters:
    ///   - commonName: Its subject, to tell one from another.
    ///   - lifetime: From now; negative for an expired one.
    /// - Returns: The certificate and its key.
    /// - Throws: When it cannot be written.
    public func serverCertificate(
        commonName: String = "localhost", lifetime: Duration = .seconds(86400)
    ) throws -> CertificateIssuer.Issued {
        try issuer.issue(
            .server, commonName: commonName, names: ["localhost", "127.0.0.1", "::1"],
            lifetime: lifetime)
    }

    /// Issues a client certificate.
    public func clientCertificate(commonName: String) throws -> CertificateIssuer.Issued {
        try issuer.issue(.client, commonName: commonName)
    }

    /// Replaces the server's certificate and key on disk.
    public func install(_ certificate: CertificateIssuer.Issued) throws {
        try certificate.writePrivateKey(to: folder.appendingPathComponent("server.key"))
        try Data(certificate.certificatePEM.utf8).write(
            to: folder.appendingPathComponent("server.pem"), options: .atomic)
    }

    /// Removes the folder.
    public func remove() { try? FileManager.default.removeItem(at: folder) }
}
