import ArgumentParser
import Foundation
import PosternListener
import PosternModel

/// Certificates for development.
struct CertCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cert", abstract: "Make certificates for development.",
        subcommands: [Development.self])

    /// Makes an authority and a server certificate.
    struct Development: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "dev",
            abstract: "Make a certificate authority and a server certificate for this machine.",
            discussion: """
                Writes ca.pem, server.pem and server.key (readable by its owner alone). The authority's \
                key is thrown away, so nobody can issue more in its name. Valid for 90 days.
                """)

        @Option(help: "The folder to write into; made when missing.")
        var directory = "certs"

        @Option(
            name: .customLong("name"),
            help: "A further host name or address the certificate is for; may be repeated.")
        var names: [String] = []

        func validate() throws {
            for name in names where !CertificateIssuer.canName(name) {
                throw ValidationError(
                    "`\(name.escapedForLine)` is no host name or address. Names beyond ASCII are written as `xn--…`."
                )
            }
        }

        func run() async throws {
            let folder = URL(fileURLWithPath: directory, isDirectory: true)
            do {
                try FileManager.default.createDirectory(
                    at: folder, withIntermediateDirectories: true)
                let issued = try CertificateIssuer.writeDevelopmentFiles(
                    to: folder, names: names, now: Date())
                print(
                    "wrote \(directory)/ca.pem, server.pem and server.key, valid until \(issued.expiry.formatted(.iso8601))"
                )
            } catch {
                printError(
                    "The certificates cannot be written to `\(directory)`: \(error.localizedDescription)"
                )
                throw ExitCode.noInput
            }
        }
    }
}
