internal import Crypto
internal import Foundation
internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOSSL
internal import SwiftASN1
internal import X509

/// Why certificates could not be taken into use.
public enum CertificateError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A file cannot be read.
    case unreadable(path: String)
    /// A file holds no certificate or no key that can be used.
    case invalid(path: String)
    /// The key is not the certificate's.
    case mismatch
    /// The new certificate has expired or is not valid yet; the one in use was kept.
    case notValidNow

    /// A sentence for the operator.
    public var description: String {
        switch self {
        case .unreadable(let path): "The file `\(path)` cannot be read."
        case .invalid(let path): "The file `\(path)` holds nothing that can be used for TLS."
        case .mismatch: "The private key does not belong to the certificate."
        case .notValidNow: "The new certificate is not valid at present."
        }
    }
}

/// The TLS context in use, and the way to the next one.
///
/// Every new connection asks for ``context``; connections that exist keep the one they began with, so
/// that a swap disturbs nobody.
final class TLSMaterial: Sendable {
    private struct Current {
        var context: NIOSSLContext
        var fingerprint: [UInt8]
        var expiry: Date
    }

    private let trouble = NIOLockedValueBox<CertificateError?>(nil)
    private let configuration: ListenerConfiguration.TLS
    private let current: NIOLockedValueBox<Current>

    init(_ configuration: ListenerConfiguration.TLS) throws(CertificateError) {
        self.configuration = configuration
        current = NIOLockedValueBox(try Self.load(configuration, mustBeValidNow: false))
    }

    var context: NIOSSLContext { current.withLockedValue { $0.context } }

    /// When the certificate in use stops being valid.
    var expiry: Date { current.withLockedValue { $0.expiry } }

    /// Why the files on disk are not what is in use; nil while they are.
    var reloadTrouble: CertificateError? { trouble.withLockedValue { $0 } }

    /// Reads the files again; blocks on the disk.
    ///
    /// On failure the context in use is kept.
    ///
    /// - Returns: Whether the files had changed.
    func reload(onlyIfChanged: Bool) throws(CertificateError) -> Bool {
        do throws(CertificateError) {
            let next = try readAgain(onlyIfChanged: onlyIfChanged)
            trouble.withLockedValue { $0 = nil }
            guard let next else { return false }
            current.withLockedValue { $0 = next }
            return true
        } catch {
            trouble.withLockedValue { $0 = error }
            throw error
        }
    }

    private func readAgain(onlyIfChanged: Bool) throws(CertificateError) -> Current? {
        if onlyIfChanged {
            let fingerprint = try Self.fingerprint(configuration)
            if current.withLockedValue({ $0.fingerprint == fingerprint }) { return nil }
        }
        return try Self.load(configuration, mustBeValidNow: true)
    }

    private static func read(_ path: String) throws(CertificateError) -> [UInt8] {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
            throw .unreadable(path: path)
        }
        return [UInt8](data)
    }

    private static func fingerprint(
        _ configuration: ListenerConfiguration.TLS
    ) throws(CertificateError) -> [UInt8] {
        try fingerprint(
            chain: read(configuration.certificateChain), key: read(configuration.privateKey),
            authorities: try readAuthorities(configuration))
    }

    private static func readAuthorities(
        _ configuration: ListenerConfiguration.TLS
    ) throws(CertificateError) -> [UInt8] {
        guard let path = configuration.clientAuthorities else { return [] }
        return try read(path)
    }

    private static func fingerprint(chain: [UInt8], key: [UInt8], authorities: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        for part in [chain, key, authorities] { hash.update(data: Data(SHA256.hash(data: part))) }
        return Array(hash.finalize())
    }

    private static func load(
        _ configuration: ListenerConfiguration.TLS, mustBeValidNow: Bool
    ) throws(CertificateError) -> Current {
        let chainBytes = try read(configuration.certificateChain)
        let keyBytes = try read(configuration.privateKey)
        guard let chain = try? NIOSSLCertificate.fromPEMBytes(chainBytes), let leaf = chain.first,
            let leafBytes = try? leaf.toDERBytes(),
            let parsed = try? Certificate(derEncoded: leafBytes)
        else { throw .invalid(path: configuration.certificateChain) }
        guard let key = try? NIOSSLPrivateKey(bytes: keyBytes, format: .pem) else {
            throw .invalid(path: configuration.privateKey)
        }
        guard
            let parsedKey = try? Certificate.PrivateKey(
                pemEncoded: String(decoding: keyBytes, as: UTF8.self))
        else { throw .invalid(path: configuration.privateKey) }
        guard parsedKey.publicKey == parsed.publicKey else { throw .mismatch }
        let now = Date()
        if mustBeValidNow, now < parsed.notValidBefore || now > parsed.notValidAfter {
            throw .notValidNow
        }

        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        tls.minimumTLSVersion = configuration.profile == .modern ? .tlsv13 : .tlsv12
        tls.maximumTLSVersion = .tlsv13
        tls.cipherSuiteValues = Self.suites
        // Which of them is used is for the client's order to say, whatever ours is.
        tls.curves = [.x25519_MLKEM768, .x25519, .secp256r1, .secp384r1]
        tls.applicationProtocols = ["h2", "http/1.1"]
        tls.renegotiationSupport = .none
        // The client's own close_notify is waited for by the connection's linger time instead.
        tls.shutdownTimeout = .milliseconds(500)
        let authorityBytes = try readAuthorities(configuration)
        if let path = configuration.clientAuthorities {
            guard let authorities = try? NIOSSLCertificate.fromPEMBytes(authorityBytes),
                !authorities.isEmpty
            else { throw .invalid(path: path) }
            tls.trustRoots = .certificates(authorities)
            tls.certificateVerification = .optionalVerification
            tls.sendCANameList = true
        }
        guard let context = try? NIOSSLContext(configuration: tls) else {
            throw .invalid(path: configuration.certificateChain)
        }
        return Current(
            context: context,
            fingerprint: fingerprint(
                chain: chainBytes, key: keyBytes, authorities: authorityBytes),
            expiry: parsed.notValidAfter)
    }

    /// The six suites of Mozilla's intermediate profile for TLS 1.2; those of 1.3 cannot be chosen.
    private static let suites: [NIOTLSCipher] = [
        .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]
}
