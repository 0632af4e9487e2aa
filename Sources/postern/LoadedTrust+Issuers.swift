import Foundation
import PosternCredentials
import PosternSettings

extension IssuerRegister: TrustRegister {}

extension LoadedTrust<JWTVerifier> {
    /// Reads the file of issuers and every key file it names.
    init(issuersIn file: String) throws(TrustTrouble) {
        var fingerprint = TrustFingerprint(of: [file])
        let named: [IssuerSettings]
        do throws(SettingFaults) { named = try IssuersFile.read(file) } catch {
            throw TrustTrouble(lines: error.faults.map(\.description))
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
        if !lines.isEmpty { throw TrustTrouble(lines: lines) }
        self.init(
            value: JWTVerifier(issuers),
            names: issuers.map { "\($0.name): \($0.keys.names.joined(separator: " "))" },
            fingerprint: fingerprint)
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
