import Foundation
import NIOCore
import NIOEmbedded
import NIOSSL
import PosternListener
import PosternTesting
import Testing

@Suite struct `TLS` {
    @Test(
        arguments: [
            (["h2", "http/1.1"], "h2"), (["http/1.1"], "http/1.1"), (["http/1.1", "h2"], "h2"),
            ([], nil),
            (["spdy/3"], nil),
        ] as [([String], String?)])
    func `the protocol is chosen by ALPN`(_ offered: [String], _ chosen: String?) async throws {
        try await Harness.run { harness in
            let client = try await harness.connect(harness.clientContext(protocols: offered))
            #expect(client.negotiatedProtocol ?? "" == chosen ?? "")
            await client.close()
        }
    }

    @Test(arguments: [
        (ListenerConfiguration.Profile.intermediate, TLSVersion.tlsv12, true),
        (.intermediate, .tlsv13, true), (.intermediate, .tlsv11, false),
        (.modern, .tlsv12, false), (.modern, .tlsv13, true),
    ])
    func `a profile takes its versions only`(
        _ profile: ListenerConfiguration.Profile, _ version: TLSVersion, _ isTaken: Bool
    ) async throws {
        try await Harness.run(profile: profile) { harness in
            let context = try harness.clientContext(minimum: version, maximum: version)
            do {
                let client = try await harness.connect(context)
                #expect(isTaken)
                #expect(client.tlsVersion == version)
                await client.close()
            } catch {
                #expect(!isTaken)
            }
        }
    }

    @Test(arguments: [
        (NIOTLSCurve.x25519_MLKEM768, true), (.x25519, true), (.secp256r1, true),
        (.secp384r1, true),
        (.secp521r1, false),
    ])
    func `four groups are taken and no other`(_ curve: NIOTLSCurve, _ isTaken: Bool) async throws {
        try await Harness.run { harness in
            let context = try harness.clientContext(minimum: .tlsv13, curves: [curve])
            let client = try? await harness.connect(context)
            #expect((client != nil) == isTaken)
            await client?.close()
        }
    }

    /// A handshake's first message, made without a socket, so that the answer can be read as bytes.
    private static func clientHello(_ context: NIOSSLContext) throws -> [UInt8] {
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(
            NIOSSLClientHandler(context: context, serverHostname: "localhost"))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
        var bytes: [UInt8] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) {
            bytes.append(contentsOf: buffer.readableBytesView)
        }
        return bytes
    }

    /// The group a server's first message names, whether it agrees or asks for another try (RFC 8446 section 4.1.3).
    private static func group(of serverHello: [UInt8]) -> UInt16? {
        var message = ByteBuffer(bytes: serverHello.dropFirst(5))
        // Type, length, version and random; the session; the suite and the compression.
        message.moveReaderIndex(forwardBy: 38)
        guard let session = message.readInteger(as: UInt8.self) else { return nil }
        message.moveReaderIndex(forwardBy: Int(session) + 3)
        guard var extensions = message.readLengthPrefixedSlice(as: UInt16.self) else { return nil }
        while let type = extensions.readInteger(as: UInt16.self),
            var content = extensions.readLengthPrefixedSlice(as: UInt16.self)
        {
            if type == 51 { return content.readInteger() }
        }
        return nil
    }

    @Test(
        arguments: [
            ([.x25519_MLKEM768, .x25519], 0x11EC), ([.x25519, .x25519_MLKEM768], 0x001D),
            ([.secp384r1, .x25519_MLKEM768], 0x0018), ([.secp521r1, .x25519_MLKEM768], 0x11EC),
            ([.secp521r1, .secp256r1, .x25519], 0x0017),
        ] as [([NIOTLSCurve], UInt16)])
    func `of the groups both have, the client's first is used`(
        _ offered: [NIOTLSCurve], _ chosen: UInt16
    ) async throws {
        try await Harness.run { harness in
            let client = try await TestClient.connect(to: harness.address, tls: nil)
            client.send(
                try Self.clientHello(harness.clientContext(minimum: .tlsv13, curves: offered)))
            let answer = try await client.receive {
                $0.count > 5 && $0.count >= 5 + Int($0[3]) << 8 + Int($0[4])
            }
            #expect(answer.first == 22)
            #expect(Self.group(of: answer) == chosen)
            await client.close()
        }
    }

    @Test(arguments: [
        (NIOTLSCipher.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, true),
        (.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, true),
        (.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, true),
        (.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, false),
    ])
    func `TLS 1.2 takes authenticated encryption only`(_ suite: NIOTLSCipher, _ isTaken: Bool)
        async throws
    {
        try await Harness.run { harness in
            let context = try harness.clientContext(maximum: .tlsv12, suites: [suite])
            let client = try? await harness.connect(context)
            #expect((client != nil) == isTaken)
            await client?.close()
        }
    }

    @Test func `new connections get the new certificate and old ones live on`() async throws {
        try await Harness.run { harness in
            let old = try await harness.connect()
            let busy = try await harness.connectHTTP2()
            busy.send(TestFrame.headers(1, TestFrame.request("GET", "/hold")).bytes)
            let held = try #require(await harness.handler.nextHeld())
            let certificate = try harness.pki.serverCertificate(commonName: "second")
            try harness.pki.install(certificate)
            #expect(try harness.listener.reloadCertificatesIfChanged())
            #expect(try !harness.listener.reloadCertificatesIfChanged())
            let new = try await harness.connect()
            #expect(new.serverCertificate == certificate.certificateDER)
            #expect(old.serverCertificate != certificate.certificateDER)
            held.reply(TestHandler.answer(held.request))
            _ = try await busy.receive { ((try? TestFrame.statuses(in: $0)) ?? [:])[1] == 200 }
            old.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try await old.receive(answers: 1).map(\.status) == [200])
            #expect(harness.listener.snapshot.certificateReloads == 1)
        }
    }

    @Test func `the files are watched`() async throws {
        try await Harness.run(checkInterval: .milliseconds(20)) { harness in
            let certificate = try harness.pki.serverCertificate(commonName: "second")
            try harness.pki.install(certificate)
            var seen: [UInt8]?
            for _ in 0..<500 where seen != certificate.certificateDER {
                let client = try await harness.connect()
                seen = client.serverCertificate
                await client.close()
            }
            #expect(seen == certificate.certificateDER)
        }
    }

    enum BadFiles: String, CaseIterable, Sendable {
        case otherKey, garbageKey, garbageCertificate, noKey, noCertificate, empty, expired
    }

    @Test(arguments: BadFiles.allCases)
    func `files that cannot be used leave the old ones in use`(_ bad: BadFiles) async throws {
        try await Harness.run { harness in
            let before = try await harness.connect().serverCertificate
            let next = try harness.pki.serverCertificate(commonName: "second")
            let certificate = URL(fileURLWithPath: harness.pki.path("server.pem"))
            let key = URL(fileURLWithPath: harness.pki.path("server.key"))
            let expected: CertificateError
            switch bad {
            case .otherKey:
                try Data(next.privateKeyPEM.utf8).write(to: key)
                expected = .mismatch
            case .garbageKey:
                try Data("garbage".utf8).write(to: key)
                expected = .invalid(path: key.path)
            case .garbageCertificate:
                try Data("garbage".utf8).write(to: certificate)
                expected = .invalid(path: certificate.path)
            case .noKey:
                try FileManager.default.removeItem(at: key)
                expected = .unreadable(path: key.path)
            case .noCertificate:
                try FileManager.default.removeItem(at: certificate)
                expected = .unreadable(path: certificate.path)
            case .empty:
                try Data().write(to: certificate)
                expected = .invalid(path: certificate.path)
            case .expired:
                try harness.pki.install(harness.pki.serverCertificate(lifetime: .seconds(-60)))
                expected = .notValidNow
            }
            #expect(throws: expected) { try harness.listener.reloadCertificates() }
            #expect(throws: expected) { try harness.listener.reloadCertificatesIfChanged() }
            #expect(try await harness.connect().serverCertificate == before)
            #expect(harness.listener.snapshot.certificateReloadsFailed == 2)
        }
    }

    @Test(arguments: [(nil, nil), ("alice", "CN=alice")] as [(String?, String?)])
    func `a client's certificate is optional and its subject reaches the handler`(
        _ name: String?, _ subject: String?
    ) async throws {
        try await Harness.run(clientAuthorities: true) { harness in
            let certificate = try name.map { try harness.pki.clientCertificate(commonName: $0) }
            // Twice, as the second connection may resume the session of the first.
            let context = try harness.clientContext(certificate: certificate)
            for _ in 0..<2 {
                let client = try await harness.connect(context)
                client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                #expect(try await client.receive(answers: 1).map(\.status) == [200])
                await client.close()
            }
            #expect(harness.handler.requests.map(\.clientCertificateSubject) == [subject, subject])
        }
    }

    @Test func `a client's certificate of another authority is refused`() async throws {
        try await Harness.run(clientAuthorities: true) { harness in
            let stranger = try CertificateIssuer().issue(.client, commonName: "mallory")
            let client = try? await harness.connect(harness.clientContext(certificate: stranger))
            client?.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let bytes = try await client?.receiveUntilClose()
            #expect(bytes ?? [] == [])
            #expect(harness.handler.requests.isEmpty)
            #expect(await harness.isAlive())
        }
    }

    @Test func `a key file is its owner's alone`() throws {
        let pki = try TestPKI()
        defer { pki.remove() }
        let attributes = try FileManager.default.attributesOfItem(atPath: pki.path("server.key"))
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test
    func `two development authorities in one trust store are told apart, whichever comes first`()
        throws
    {
        let (first, second) = (try TestPKI(), try TestPKI())
        defer { for pki in [first, second] { pki.remove() } }
        for pki in [first, second] {
            try CertificateIssuer.writeDevelopmentFiles(to: pki.folder)
        }
        for order in [[first, second], [second, first]] {
            let store = try order.map {
                try String(contentsOfFile: $0.path("ca.pem"), encoding: .utf8)
            }
            try Data(store.joined().utf8).write(to: URL(filePath: first.path("both.pem")))
            for pki in order {
                // Strict: key identifiers must be there and fit.
                let (status, _) = try Process.finish(
                    "/usr/bin/openssl",
                    [
                        "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname",
                        "localhost", "-CAfile", first.path("both.pem"), pki.path("server.pem"),
                    ])
                #expect(status == 0)
            }
        }
    }

    @Test(arguments: [
        ("localhost", true), ("mail.example", true), ("*.mail.example", true), ("127.0.0.1", true),
        ("::1", true), ("xn--mnchen-3ya.example", true), ("münchen.example", false), ("", false),
        ("*", false), ("a b", false), ("mail..example", false), ("-a.example", false),
        ("a.*.example", false), ("::zz", false),
    ])
    func `a certificate is for host names and addresses`(_ name: String, _ can: Bool) {
        #expect(CertificateIssuer.canName(name) == can)
    }

    @Test func `a key is never written through a link that lies in its way`() throws {
        let pki = try TestPKI()
        defer { pki.remove() }
        let elsewhere = pki.path("elsewhere")
        try Data("mine".utf8).write(to: URL(filePath: elsewhere))
        for name in ["server.key.new", "server.key"] {
            try? FileManager.default.removeItem(atPath: pki.path(name))
            try FileManager.default.createSymbolicLink(
                atPath: pki.path(name), withDestinationPath: elsewhere)
        }
        let issued = try pki.serverCertificate()
        try pki.install(issued)
        #expect(try String(contentsOfFile: elsewhere, encoding: .utf8) == "mine")
        #expect(
            try String(contentsOfFile: pki.path("server.key"), encoding: .utf8)
                == issued.privateKeyPEM)
    }

    @Test func `development files are enough to listen with`() throws {
        let pki = try TestPKI()
        defer { pki.remove() }
        let issued = try CertificateIssuer.writeDevelopmentFiles(
            to: pki.folder, names: ["mail.example"])
        let certificates = try NIOSSLCertificate.fromPEMFile(pki.path("server.pem"))
        #expect(try certificates.first?.toDERBytes() == issued.certificateDER)
        #expect(try NIOSSLCertificate.fromPEMFile(pki.path("ca.pem")).count == 1)
        #expect(abs(issued.expiry.timeIntervalSinceNow - 90 * 86400) < 60)
    }
}
