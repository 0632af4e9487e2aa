import Foundation
import PosternTesting
import Testing

/// A mail server in a process of its own that ends with the object, or with the test process.
final class RealServer {
    /// Which server, how protected.
    enum Kind: String, CaseIterable, Sendable {
        case plain, starttls, starttlsLogin = "starttls-login", tls, exim

        /// Whether this machine has the server.
        ///
        /// Exim is tried where it is installed and never installed for a test: it would become the machine's mail
        /// server.
        var isInstalled: Bool {
            self != .exim || FileManager.default.isExecutableFile(atPath: "/usr/sbin/exim4")
        }

        /// Those of the kinds given that this machine has.
        static func installed(_ kinds: Kind...) -> [Kind] { kinds.filter(\.isInstalled) }
    }

    /// One mail as Python's mail library reads it.
    struct Mail: Decodable {
        struct Part: Decodable, Equatable {
            let type: String
            let text: String
        }
        let defects: [String]
        let headers: [String: String]
        let names: [String]
        let type: String
        let parts: [Part]
        let longest: Int
        let ascii: Bool
    }

    var port: Int { peer.port }
    private let peer: ScriptedPeer

    init(_ kind: Kind, in folder: URL, _ certificates: Certificates) throws {
        let maildir = folder.appending(path: "mail-\(kind.rawValue)")
        let (chain, key) = (certificates.chain.path, certificates.key.path)
        if kind == .exim {
            try FileManager.default.createDirectory(at: maildir, withIntermediateDirectories: true)
            // Exim's own user must be able to pass through to what is its.
            for open in [folder, maildir] {
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o755], ofItemAtPath: open.path)
            }
            peer = try ScriptedPeer("exim_server.py", [maildir.path, chain, key])
        } else {
            peer = try ScriptedPeer(
                "aiosmtpd_server.py", [maildir.path, kind.rawValue, chain, key])
        }
    }

    /// Every mail that has arrived.
    func mails() throws -> [Mail] { try peer.ask(Data("mails".utf8)) }
}

/// A temporary folder, removed with the object.
final class TemporaryFolder {
    let url = FileManager.default.temporaryDirectory.appending(path: "postern-\(UUID().uuidString)")

    init() throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}

/// An authority and a certificate for `localhost` from it, minted by the openssl command.
struct Certificates: Sendable {
    let authority: URL
    let chain: URL
    let key: URL

    init(in folder: URL) throws {
        authority = folder.appending(path: "authority.pem")
        chain = folder.appending(path: "server.pem")
        key = folder.appending(path: "server.key")
        let names = folder.appending(path: "names")
        try Data("subjectAltName=DNS:localhost,IP:127.0.0.1\n".utf8).write(to: names)
        let newKey = [
            "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        ]
        try Self.openssl(
            ["req", "-x509"] + newKey + [
                "-keyout", folder.appending(path: "authority.key").path, "-out", authority.path,
                "-days", "2", "-subj", "/CN=Test authority",
                "-addext", "basicConstraints=critical,CA:TRUE",
            ])
        let request = folder.appending(path: "request").path
        try Self.openssl(
            ["req"] + newKey + ["-keyout", key.path, "-out", request, "-subj", "/CN=localhost"])
        try Self.openssl([
            "x509", "-req", "-in", request, "-CA", authority.path,
            "-CAkey", folder.appending(path: "authority.key").path, "-CAcreateserial",
            "-days", "2", "-extfile", names.path, "-out", chain.path,
        ])
        // The mail server may run as a user of its own; this key protects nothing.
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: key.path)
    }

    private static func openssl(_ arguments: [String]) throws {
        let (status, _) = try Process.finish("/usr/bin/openssl", arguments) {
            $0.standardError = FileHandle.nullDevice
        }
        try #require(status == 0, "openssl \(arguments.joined(separator: " "))")
    }
}
