import Foundation
import NIOSSL
import PosternTesting
import Testing

extension EndToEndTests {
    /// Certificates replaced while the gateway serves.
    @Suite struct Certificates {
        @Test func `a replaced certificate is used by new connections, and no request fails`()
            async throws
        {
            let pki = try TestPKI()
            defer { pki.remove() }
            let world = try await World(settings: [
                "listener.certificate": pki.path("server.pem"),
                "listener.privateKey": pki.path("server.key"),
            ])
            try await world.load(People.annAndBob(drafts: [1]))
            try await world.serving(trusting: pki.folder.appending(path: "ca.pem")) { gateway in
                let old = try await gateway.connect()
                #expect(try await old.ask(.ann(1)).status == 200)
                let certificate = await old.serverCertificate
                let done = Shared(false)
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for version in HTTPVersion.allCases {
                        group.addTask {
                            var answered = 0
                            while !done.value {
                                let answer = try await gateway.ask(.ann(1), over: version)
                                #expect(answer.status == 200)
                                answered += 1
                            }
                            return answered
                        }
                    }
                    defer { done.change { $0 = true } }
                    try pki.install(pki.serverCertificate(commonName: "the next one"))
                    try await eventually("new connections see the new certificate") {
                        let connection = try await gateway.connect()
                        let seen = await connection.serverCertificate
                        await connection.close()
                        return seen != certificate
                    }
                    done.change { $0 = true }
                    for try await answered in group { #expect(answered > 0) }
                }
                // The connection from before lives on.
                #expect(try await old.ask(.ann(1)).status == 200)
                await old.close()
            }
        }

        @Test func `health warns for fourteen days before a certificate ends, and after`()
            async throws
        {
            let pki = try TestPKI()
            defer { pki.remove() }
            // A gateway starts with one that has ended: it would help nobody to serve nobody.
            try pki.install(pki.serverCertificate(lifetime: .seconds(-60)))
            let world = try await World(settings: [
                "listener.certificate": pki.path("server.pem"),
                "listener.privateKey": pki.path("server.key"),
            ])
            try await world.serving { gateway in
                func becomes(_ warning: String?) async throws {
                    try await eventually("health says \(warning ?? "nothing")") {
                        let health = try await gateway.health()
                        return health.reasons["certificate"] == warning
                            && health.status == (warning == nil ? "good" : "degraded")
                    }
                }
                try await becomes("The certificate has ended.")
                for (hours, isNear) in [(14 * 24 + 1, false), (14 * 24 - 1, true), (1, true)] {
                    try pki.install(pki.serverCertificate(lifetime: .seconds(hours * 3600)))
                    let leaf = try #require(
                        NIOSSLCertificate.fromPEMFile(pki.path("server.pem")).first)
                    let end = Date(timeIntervalSince1970: TimeInterval(leaf.notValidAfter))
                        .formatted(.iso8601)
                    try await becomes(isNear ? "The certificate ends at \(end)." : nil)
                }
            }
        }

        @Test func `a certificate without its key is not taken`() async throws {
            let world = try await World()
            try await world.load(People.annAndBob(drafts: [1]))
            let next = try await Program.run(
                ["cert", "dev", "--directory", "next"], in: world.folder)
            #expect(next.succeeded, "\(next.errors)")
            try await world.serving { gateway in
                try Data(contentsOf: world.path("next/server.pem"))
                    .write(to: world.path("certs/server.pem"), options: .atomic)
                try await eventually("the failure is counted") {
                    try await gateway.metrics()["postern_certificate_reloads_failed_total"] ?? 0 > 0
                }
                try await gateway.becomes("degraded")
                #expect(
                    try await gateway.health().reasons["certificate"]?.contains(
                        "does not belong to the certificate") == true)
                // Trusting the old authority alone: the old pair must still be the one in use.
                #expect(try await gateway.ask(.ann(1)).status == 200)
                try Data(contentsOf: world.path("next/server.key"))
                    .write(to: world.path("certs/server.key"), options: .atomic)
                try await eventually("the new pair is in use") {
                    (try? await gateway.connect()) == nil
                }
                #expect(
                    try await gateway.health().reasons["certificate"]?.contains("private key")
                        == true)
                #expect(chmod(world.path("certs/server.key").path, 0o600) == 0)
                #expect(try await gateway.health().status == "good")
            }
        }
    }
}
