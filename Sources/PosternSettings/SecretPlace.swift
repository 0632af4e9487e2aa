public import PosternModel

/// Where a secret is.
public enum SecretPlace: Sendable, Equatable {
    /// Here.
    case given(Secret)
    /// In a file that holds it and nothing else.
    case file(String)

    /// Reads both settings that can say so; nil when neither does.
    static func read(
        _ reader: inout SettingsReader, _ name: String, _ purpose: String, _ fileName: String,
        _ filePurpose: String
    ) -> SecretPlace? {
        let secret = reader.secret(name, purpose)
        let file = reader.optionalText(fileName, takes: "a file", filePurpose)
        if secret != nil, file != nil {
            reader.object(name, "Give it or `\(fileName)`, not both.")
        }
        return secret.map { .given($0) } ?? file.map { .file($0) }
    }

    /// Reads the key that a gateway and its delivery core have in common; both set it by the same names.
    static func readCoreKey(_ reader: inout SettingsReader) -> SecretPlace? {
        read(
            &reader, "core.key",
            "What a gateway shows its delivery core, the same at both: 32 to 256 letters, digits and signs of `-._~+/=`.",
            "core.keyFile", "A file with the key, in place of it.")
    }
}
