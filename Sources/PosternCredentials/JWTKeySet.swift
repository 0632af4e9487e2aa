import Foundation

/// Everything wrong with a set of keys, a sentence each.
public struct JWTKeySetFaults: Error, Sendable, Equatable {
    /// At least one; they name keys by their place and `kid`, and quote nothing else.
    public let sentences: [String]
}

/// An issuer's public keys, by name: a JSON Web Key Set (RFC 7517 section 5).
///
/// Issuers publish more than Postern can use: keys for encryption, for other algorithms and of other kinds are passed
/// over. A key that is for us must be whole.
public struct JWTKeySet: Sendable {
    /// The largest set read, in bytes.
    public static let largestSize = 1 << 20
    /// The most keys in a set.
    public static let mostKeys = 100

    private let keys: [String: JWTKey]

    /// The names of the keys that can be used.
    public var names: [String] { keys.keys.sorted() }

    /// Reads a set.
    ///
    /// - Parameters:
    ///   - bytes: The JSON text.
    ///   - algorithms: Those the issuer signs with; keys of others are passed over.
    /// - Throws: ``JWTKeySetFaults``: it is no such set; a key that would be used has no `kid`, one that stands twice, or
    ///   cannot be read; one is private or a shared secret, which has no business here; or nothing is left to use.
    public init(
        _ bytes: [UInt8], for algorithms: Set<JWTAlgorithm>
    ) throws(JWTKeySetFaults) {
        struct Document: Decodable { let keys: [[String: JSONMembers.Value]] }
        guard bytes.count <= Self.largestSize else {
            throw JWTKeySetFaults(sentences: ["It is larger than \(Self.largestSize) bytes."])
        }
        guard String(validating: bytes, as: UTF8.self) != nil,
            let document = try? JSONDecoder().decode(Document.self, from: Data(bytes))
        else {
            throw JWTKeySetFaults(
                sentences: ["It is no JSON Web Key Set: an object whose `keys` is a list of keys."])
        }
        guard document.keys.count <= Self.mostKeys else {
            throw JWTKeySetFaults(sentences: ["It has more than \(Self.mostKeys) keys."])
        }
        var faults: [String] = []
        var keys: [String: JWTKey] = [:]
        for (index, members) in document.keys.enumerated() {
            let jwk = JSONMembers(members)
            let place = "Key \(index + 1)"
            if jwk["d"] != nil || jwk["k"] != nil {
                faults.append(
                    "\(place) is a secret. Only public keys belong here; make a new one in its place."
                )
                continue
            }
            guard let algorithm = Self.use(of: jwk), algorithms.contains(algorithm) else {
                continue
            }
            guard let name = jwk.text("kid"), (1...512).contains(name.utf8.count) else {
                faults.append("\(place) has no name (`kid`).")
                continue
            }
            guard let key = JWTKey(jwk, for: algorithm) else {
                faults.append("\(place) cannot be read as a key for \(algorithm.rawValue).")
                continue
            }
            if keys.updateValue(key, forKey: name) != nil {
                faults.append("\(place) has the same name (`kid`) as one before it.")
            }
        }
        if faults.isEmpty, keys.isEmpty {
            let words = algorithms.map(\.rawValue).sorted().joined(separator: ", ")
            faults.append("It has no key for \(words).")
        }
        if !faults.isEmpty { throw JWTKeySetFaults(sentences: faults) }
        self.keys = keys
    }

    /// The key of a name.
    subscript(_ name: String) -> JWTKey? { keys[name] }

    /// What a key signs with; nil when it is not for signatures, or of a kind that Postern does not know.
    private static func use(of jwk: JSONMembers) -> JWTAlgorithm? {
        if let use = jwk["use"], use != .text("sig") { return nil }
        if let operations = jwk["key_ops"] {
            guard case .texts(let words) = operations, words.contains("verify") else { return nil }
        }
        let algorithm: JWTAlgorithm
        switch (jwk.text("kty"), jwk.text("crv")) {
        case ("EC", "P-256"): algorithm = .es256
        case ("OKP", "Ed25519"): algorithm = .edDSA
        case ("RSA", nil): algorithm = .rs256
        default: return nil
        }
        // RFC 9864 has a name of its own for Ed25519 under which some issuers publish the same key.
        if let named = jwk["alg"], named != .text(algorithm.rawValue),
            algorithm != .edDSA || named != .text("Ed25519")
        {
            return nil
        }
        return algorithm
    }
}
