import Foundation
import Logging
import PosternCredentials
import PosternModel
import PosternSettings
import ServiceLifecycle

/// Everything wrong with the file of issuers and the key files it names, a line each.
struct IssuerTrouble: Error, CustomStringConvertible {
    let lines: [String]

    var description: String { lines.joined(separator: "\n") }
}

/// Issuers ready to be trusted, and the files they were read from.
struct LoadedIssuers {
    let verifier: JWTVerifier
    /// Each issuer with the names of its keys, for the log.
    let names: [String]
    /// What the files looked like before they were read: an edit made meanwhile differs from it.
    let fingerprint: IssuerFingerprint
}

/// How the file of issuers and the key files it names look from outside; an edit that keeps number, size and time goes
/// unseen.
struct IssuerFingerprint: Equatable {
    private(set) var looks: [String: String] = [:]

    init(of paths: some Sequence<String>) { for path in paths { look(at: path) } }

    mutating func look(at path: String) {
        let found = try? FileManager.default.attributesOfItem(atPath: path)
        let changed = (found?[.modificationDate] as? Date)?.timeIntervalSinceReferenceDate
        looks[path] =
            found.map { "\($0[.systemFileNumber] ?? 0) \($0[.size] ?? 0) \(changed ?? 0)" }
            ?? "missing"
    }
}

/// Keeps whom Postern trusts in step with the file of issuers and their key files.
///
/// Nothing is fetched: whoever runs Postern has the issuers' keys put there, by rename. A good edit is trusted as one
/// value; a bad one keeps the last good keys, and health and the log say so until the files are good again.
final class IssuerKeeper: Service {
    private let first: LoadedIssuers
    private let file: String
    private let register: IssuerRegister
    private let logger: Logger

    /// How often the files are looked at: as often as the certificate is.
    private static let interval = Duration.seconds(2)

    init(_ first: LoadedIssuers, file: String, register: IssuerRegister, logger: Logger) {
        self.first = first
        self.file = file
        self.register = register
        self.logger = logger
    }

    /// Reads the file of issuers and every key file it names.
    static func load(_ file: String) throws(IssuerTrouble) -> LoadedIssuers {
        var fingerprint = IssuerFingerprint(of: [file])
        let named: [IssuerSettings]
        do throws(SettingFaults) { named = try IssuersFile.read(file) } catch {
            throw IssuerTrouble(lines: error.faults.map(\.description))
        }
        for issuer in named { fingerprint.look(at: issuer.keyFile) }
        var lines: [String] = []
        var issuers: [TokenIssuer] = []
        for settings in named {
            guard let data = FileManager.default.contents(atPath: settings.keyFile) else {
                lines.append("\(settings.keyFile): The file does not exist or cannot be read.")
                continue
            }
            do throws(JWTKeySetFaults) {
                issuers.append(try TokenIssuer(settings, keys: Array(data)))
            } catch {
                lines += error.sentences.map { "\(settings.keyFile): \($0)" }
            }
        }
        if !lines.isEmpty { throw IssuerTrouble(lines: lines) }
        return LoadedIssuers(
            verifier: JWTVerifier(issuers),
            names: issuers.map { "\($0.name): \($0.keys.names.joined(separator: " "))" },
            fingerprint: fingerprint)
    }

    /// Looks at the files again and again until the program stops.
    func run() async {
        await cancelWhenGracefulShutdown {
            var seen = self.first.fingerprint
            self.logger.notice("issuers trusted", metadata: self.metadata(self.first))
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.interval)
                let found = IssuerFingerprint(of: seen.looks.keys)
                // While there is trouble, it may lie in a file that was not known before.
                guard found != seen || self.register.trouble != nil else { continue }
                do throws(IssuerTrouble) {
                    let next = try Self.load(self.file)
                    self.register.activate(next.verifier)
                    seen = next.fingerprint
                    self.logger.notice("issuers trusted", metadata: self.metadata(next))
                } catch {
                    self.say(error.description)
                }
            }
        }
    }

    private func metadata(_ issuers: LoadedIssuers) -> Logger.Metadata {
        ["issuers": "\(issuers.names.joined(separator: "; ").escapedForLine)"]
    }

    /// Is loud about files that are not trusted, once for each reason.
    private func say(_ trouble: String) {
        guard register.trouble != trouble else { return }
        register.keepDespite(trouble: trouble)
        logger.error(
            "issuers refused; the last good keys stay trusted", metadata: ["faults": "\(trouble)"])
    }
}

extension TokenIssuer {
    fileprivate init(_ settings: IssuerSettings, keys: [UInt8]) throws(JWTKeySetFaults) {
        let algorithms = Set(settings.algorithms.map(JWTAlgorithm.init))
        self.init(
            name: settings.issuer, audience: settings.audience, account: settings.account,
            algorithms: algorithms,
            keys: try JWTKeySet(keys, for: algorithms))
    }
}

extension JWTAlgorithm {
    fileprivate init(_ algorithm: IssuerSettings.Algorithm) {
        self =
            switch algorithm {
            case .es256: .es256
            case .rs256: .rs256
            case .edDSA: .edDSA
            }
    }
}
