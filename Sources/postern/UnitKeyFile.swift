import Foundation
import PosternCredentials
import PosternModel
import PosternSettings

/// The file of the private key that cells of this unit sign their tokens with.
struct UnitKeyFile {
    /// Where it is.
    let path: String

    /// The file that the settings name.
    init(_ settings: Settings) {
        path = settings.dialects.crossing.keyFile ?? settings.dataDirectory + "/unit.key"
    }

    /// What is wrong with the file: a whole sentence that quotes nothing of it.
    struct Trouble: Error {
        let sentence: String
    }

    /// The key; nil when there is no file.
    func read() throws(Trouble) -> UnitKey? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        if let mode = attributes?[.posixPermissions] as? NSNumber, mode.intValue & 0o007 != 0 {
            throw Trouble(
                sentence:
                    "Every user of this machine can read the unit's key `\(path.escapedForLine)`: take that right away."
            )
        }
        guard let data = FileManager.default.contents(atPath: path), data.count <= 16_384,
            let text = String(validating: data, as: UTF8.self), let key = UnitKey(Secret(text))
        else {
            throw Trouble(
                sentence:
                    "The unit's key `\(path.escapedForLine)` cannot be read: a private key for ES256 as PEM or as a JSON Web Key."
            )
        }
        return key
    }

    /// Makes a key and writes it, for its owner's eyes alone; never in the place of another.
    func make() throws(Trouble) -> UnitKey {
        let key = UnitKey.generate()
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        try? FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw unwritable }
        let written = key.text.withExposed { text in
            let bytes = Array(text.utf8)
            return write(file, bytes, bytes.count) == bytes.count && fsync(file) == 0
        }
        close(file)
        guard written else {
            unlink(path)
            throw unwritable
        }
        return key
    }

    private var unwritable: Trouble {
        Trouble(
            sentence:
                "The unit's key `\(path.escapedForLine)` cannot be written: \(String(cString: strerror(errno)))."
        )
    }
}
