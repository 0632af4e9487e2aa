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
}
