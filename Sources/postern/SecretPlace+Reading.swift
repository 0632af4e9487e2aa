import Foundation
import PosternModel
import PosternSettings

extension SecretPlace {
    /// The secret; of a file, what its first 4 KiB hold.
    ///
    /// - Parameter setting: Whose it is, for whoever is told that its file cannot be read.
    /// - Returns: The secret.
    /// - Throws: ``StartTrouble``.
    func read(for setting: String) throws(StartTrouble) -> Secret {
        switch self {
        case .given(let secret): return secret
        case .file(let path):
            guard let data = FileManager.default.contents(atPath: path) else {
                throw StartTrouble(
                    code: .badSettings,
                    description:
                        "\(setting): The file of the secret, `\(path.escapedForLine)`, cannot be read."
                )
            }
            // Whatever is no text is no key either.
            return Secret(String(decoding: data.prefix(4096), as: UTF8.self))
        }
    }
}
