import Crypto
import Foundation

/// The public half of a note key: checks Ed25519 signatures (C2SP signed-note, signature type 1).
public struct NoteVerifier: Sendable, Equatable, CustomStringConvertible {
    /// The key's name: not empty, without spaces and plus signs; for a log, its origin.
    public let name: String
    /// The first four bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key), big-endian.
    public let keyID: UInt32
    /// The 32 bytes of the Ed25519 public key.
    public let publicKey: [UInt8]

    /// Names a public key.
    ///
    /// - Returns: nil when the name cannot stand in a note or the key is not 32 bytes.
    public init?(name: String, publicKey: [UInt8]) {
        guard NoteName.isValid(name),
            (try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey)) != nil
        else { return nil }
        self.name = name
        self.publicKey = publicKey
        keyID = NoteName.keyID(name, publicKey: publicKey)
    }

    /// Reads `name+keyid+base64`, the form that Go's `note` package and other tools write.
    ///
    /// - Returns: nil for another algorithm, a key id that does not fit, or any other spelling.
    public init?(text: String) {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let key = Base64.decode(parts[2]), key.first == NoteName.ed25519
        else { return nil }
        self.init(name: String(parts[0]), publicKey: Array(key.dropFirst()))
        guard self.text.utf8.elementsEqual(text.utf8) else { return nil }
    }

    /// The key as `name+keyid+base64`: what to give to whoever is to check the log.
    public var text: String {
        "\(name)+\(NoteName.digits(keyID))+\(Base64.encode([NoteName.ed25519] + publicKey))"
    }

    /// The key's text form; public keys are no secret.
    public var description: String { text }

    /// Whether bytes are this key's signature over a text.
    public func accepts(_ signature: [UInt8], over text: [UInt8]) -> Bool {
        guard signature.count == 64,
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey)
        else { return false }
        return key.isValidSignature(signature, for: text)
    }

    /// Compares names by their bytes, which is what is signed; Swift's `==` holds more texts equal.
    public static func == (left: NoteVerifier, right: NoteVerifier) -> Bool {
        left.name.utf8.elementsEqual(right.name.utf8) && left.publicKey == right.publicKey
    }
}

/// The private half of a note key: signs notes with Ed25519.
///
/// It prints and reflects as its public half.
public struct NoteSigner: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The public half.
    public let verifier: NoteVerifier
    private let key: Curve25519.Signing.PrivateKey

    /// Makes a new key from the system's secure random source; nil when the name cannot stand in a note.
    public init?(generating name: String) {
        self.init(name: name, key: Curve25519.Signing.PrivateKey())
    }

    /// Reads `PRIVATE+KEY+name+keyid+base64`, the form that Go's `note` package writes.
    ///
    /// - Returns: nil for another algorithm, a key id that does not fit, or any other spelling.
    public init?(exposedText text: String) {
        let parts = text.split(separator: "+", maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 5, let seed = Base64.decode(parts[4]), seed.first == NoteName.ed25519,
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed.dropFirst())
        else { return nil }
        self.init(name: String(parts[2]), key: key)
        guard exposedText.utf8.elementsEqual(text.utf8) else { return nil }
    }

    private init?(name: String, key: Curve25519.Signing.PrivateKey) {
        let publicKey = Array(key.publicKey.rawRepresentation)
        guard let verifier = NoteVerifier(name: name, publicKey: publicKey) else { return nil }
        self.verifier = verifier
        self.key = key
    }

    /// The private key as `PRIVATE+KEY+name+keyid+base64`, for the key's file and nothing else.
    public var exposedText: String {
        let seed = Base64.encode([NoteName.ed25519] + Array(key.rawRepresentation))
        return "PRIVATE+KEY+\(verifier.name)+\(NoteName.digits(verifier.keyID))+\(seed)"
    }

    /// The key's signature line for a text.
    ///
    /// - Throws: ``NoteError/unsignable`` when the cryptographic library fails.
    public func sign(_ text: [UInt8]) throws(NoteError) -> NoteSignature {
        guard let signature = try? key.signature(for: text),
            let line = NoteSignature(
                name: verifier.name, keyID: verifier.keyID, bytes: Array(signature))
        else { throw .unsignable }
        return line
    }

    /// The public half.
    public var description: String { verifier.text }

    /// The public half.
    public var debugDescription: String { verifier.text }

    /// A mirror with the public half alone.
    public var customMirror: Mirror { Mirror(self, children: ["verifier": verifier]) }
}

enum NoteName {
    /// The signature type (C2SP signed-note, "Signature types").
    static let ed25519: UInt8 = 0x01

    /// Names are not empty and hold no Unicode white space, plus sign or control character.
    static func isValid(_ name: String) -> Bool {
        !name.isEmpty
            && name.unicodeScalars.allSatisfy {
                !$0.properties.isWhitespace && $0 != "+" && $0.value >= 0x20
            }
    }

    static func keyID(_ name: String, publicKey: [UInt8]) -> UInt32 {
        SHA256.hash(data: Array(name.utf8) + [0x0A, ed25519] + publicKey).prefix(4)
            .reduce(0) { $0 << 8 | UInt32($1) }
    }

    static func digits(_ keyID: UInt32) -> String {
        let text = String(keyID, radix: 16)
        return String(repeating: "0", count: 8 - text.utf8.count) + text
    }
}
