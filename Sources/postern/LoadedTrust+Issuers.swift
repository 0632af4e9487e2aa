import PosternCredentials
import PosternSettings

extension IssuerRegister: TrustRegister {}

extension LoadedTrust<JWTVerifier> {
    /// Reads the file of issuers and every key file it names.
    init(issuersIn file: String) throws(TrustTrouble) {
        var fingerprint = TrustFingerprint(of: [file])
        let named: [IssuerSettings]
        do throws(SettingFaults) { named = try IssuersFile.read(file) } catch {
            throw TrustTrouble(error)
        }
        for issuer in named { fingerprint.look(at: issuer.keyFile) }
        var lines: [String] = []
        var issuers: [TokenIssuer] = []
        for settings in named {
            do throws(TrustTrouble) { issuers.append(try TokenIssuer(settings)) } catch {
                lines += error.lines
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
    fileprivate init(_ settings: IssuerSettings) throws(TrustTrouble) {
        let algorithms = Set(settings.algorithms.map(JWTAlgorithm.init))
        self.init(
            name: settings.issuer, audience: settings.audience, account: settings.account,
            algorithms: algorithms,
            keys: try JWTKeySet(file: settings.keyFile, for: algorithms))
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
