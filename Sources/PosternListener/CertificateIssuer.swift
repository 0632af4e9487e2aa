internal import Crypto
public import Foundation
internal import SwiftASN1
internal import X509

/// A certificate authority made on the spot, for development and tests.
///
/// Keys are P-256. Nothing here revokes, renews or keeps a register: it is not meant for more than one's
/// own machines.
public struct CertificateIssuer: Sendable {
    /// A certificate with its key, ready for files.
    public struct Issued: Sendable {
        /// The certificate in PEM.
        public let certificatePEM: String
        /// The certificate in DER.
        public let certificateDER: [UInt8]
        /// The private key in PEM (PKCS #8): a secret.
        public let privateKeyPEM: String
        /// When the certificate stops being valid.
        public let expiry: Date
    }

    /// What a certificate is for.
    public enum Purpose: Sendable {
        /// TLS servers; the names become subject alternative names.
        case server
        /// TLS clients.
        case client
    }

    /// The authority's own certificate and key.
    public let authority: Issued
    private let certificate: Certificate
    private let key: P256.Signing.PrivateKey

    /// Makes an authority with a new key and a subject of its own.
    ///
    /// - Parameters:
    ///   - name: Its common name; a few random digits follow it, because trust stores and browsers that meet two
    ///     authorities of one name may try the wrong key and stop there.
    ///   - now: The present; the certificate is valid from an hour earlier, for clocks that differ.
    ///   - lifetime: How long it is valid from now on.
    /// - Throws: When the certificate cannot be written, which is a defect.
    public init(
        name: String = "Postern development authority", now: Date = Date(),
        lifetime: Duration = .seconds(3650 * 86400)
    ) throws {
        key = P256.Signing.PrivateKey()
        let suffix = UInt32.random(in: 0 ... .max)
        let subject = try DistinguishedName {
            CommonName("\(name) \(String(format: "%08x", suffix))")
        }
        let expiry = now.addingTimeInterval(Double(lifetime.components.seconds))
        let signer = Certificate.PrivateKey(key)
        certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(),
            publicKey: signer.publicKey, notValidBefore: now.addingTimeInterval(-3600),
            notValidAfter: expiry, issuer: subject, subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: signer.publicKey)
            },
            issuerPrivateKey: signer)
        authority = try Self.issued(certificate, key)
    }

    /// Issues a certificate with a new key.
    ///
    /// - Parameters:
    ///   - purpose: What it is for.
    ///   - commonName: The subject.
    ///   - names: Host names and IP addresses, for servers.
    ///   - now: The present.
    ///   - lifetime: How long it is valid from now on; negative for one that has expired.
    /// - Returns: The certificate and its key.
    /// - Throws: When an address or the certificate cannot be written.
    public func issue(
        _ purpose: Purpose, commonName: String, names: [String] = [], now: Date = Date(),
        lifetime: Duration = .seconds(90 * 86400)
    ) throws -> Issued {
        let key = P256.Signing.PrivateKey()
        let end = now.addingTimeInterval(Double(lifetime.components.seconds))
        let alternatives = names.map(Self.generalName)
        let publicKey = Certificate.PrivateKey(key).publicKey
        let leaf = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: publicKey,
            notValidBefore: min(now, end).addingTimeInterval(-3600), notValidAfter: end,
            issuer: certificate.subject,
            subject: try DistinguishedName { CommonName(commonName) },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([purpose == .server ? .serverAuth : .clientAuth])
                SubjectKeyIdentifier(hash: publicKey)
                AuthorityKeyIdentifier(
                    keyIdentifier: try certificate.extensions.subjectKeyIdentifier?.keyIdentifier)
                if !alternatives.isEmpty { SubjectAlternativeNames(alternatives) }
            },
            issuerPrivateKey: Certificate.PrivateKey(self.key))
        return try Self.issued(leaf, key)
    }

    /// Makes a new authority and a server certificate and writes them into a folder.
    ///
    /// The files are `ca.pem`, `server.pem`, `server.key` (mode 0600); the authority's key is
    /// thrown away, so that nobody can issue more in its name.
    /// - Parameters:
    ///   - folder: An existing folder; files of these names are replaced.
    ///   - names: Names and addresses besides `localhost`, `127.0.0.1` and `::1`.
    ///   - now: The present; the server's certificate is valid for 90 days.
    /// - Returns: The server's certificate.
    /// - Throws: When a file cannot be written.
    @discardableResult
    public static func writeDevelopmentFiles(
        to folder: URL, names: [String] = [], now: Date = Date()
    ) throws -> Issued {
        let issuer = try CertificateIssuer(now: now)
        let all = ["localhost", "127.0.0.1", "::1"] + names.filter { $0 != "localhost" }
        let server = try issuer.issue(
            .server, commonName: all.last ?? "localhost", names: all, now: now)
        try server.writePrivateKey(to: folder.appendingPathComponent("server.key"))
        try Data(server.certificatePEM.utf8).write(
            to: folder.appendingPathComponent("server.pem"), options: .atomic)
        try Data(issuer.authority.certificatePEM.utf8).write(
            to: folder.appendingPathComponent("ca.pem"), options: .atomic)
        return server
    }

    /// Whether a certificate can be for a name.
    ///
    /// - Parameter text: An IP address, or labels of letters, digits, hyphens and underscores, of which the first may
    ///   be `*`.
    /// - Returns: Whether it is one of these.
    public static func canName(_ text: String) -> Bool {
        if IPAddressBytes.parse(text) != nil { return true }
        var labels = text.split(separator: ".", omittingEmptySubsequences: false)
        if labels.count > 1, labels[0] == "*" { labels.removeFirst() }
        return text.utf8.count <= 253
            && labels.allSatisfy {
                $0.wholeMatch(of: /[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?/) != nil
            }
    }

    private static func generalName(_ text: String) -> GeneralName {
        if let bytes = IPAddressBytes.parse(text) {
            return .ipAddress(ASN1OctetString(contentBytes: bytes[...]))
        }
        return .dnsName(text)
    }

    private static func issued(
        _ certificate: Certificate, _ key: P256.Signing.PrivateKey
    ) throws -> Issued {
        var serializer = DER.Serializer()
        try certificate.serialize(into: &serializer)
        return Issued(
            certificatePEM: try certificate.serializeAsPEM().pemString + "\n",
            certificateDER: serializer.serializedBytes,
            privateKeyPEM: key.pemRepresentation + "\n",
            expiry: certificate.notValidAfter)
    }
}

extension CertificateIssuer.Issued {
    /// Writes the private key so that only its owner can read it, at no moment otherwise.
    ///
    /// A file that exists is replaced.
    ///
    /// - Throws: When the file cannot be written.
    public func writePrivateKey(to file: URL) throws {
        let partial = file.appendingPathExtension("new")
        try? FileManager.default.removeItem(at: partial)
        // Made new, never followed or taken over: whoever can write in the folder may have put a link there.
        let descriptor = open(
            partial.path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try handle.write(contentsOf: Data(privateKeyPEM.utf8))
        try handle.synchronize()
        try handle.close()
        guard rename(partial.path, file.path) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
}
