import Crypto
import Foundation
public import PosternModel

extension MasterKeyring {
    /// The longest text that is read, in bytes.
    public static let longestText = 65_536

    /// What every key's line begins with.
    static let version = "postern-master-key-1"

    /// Reads a text of keys, one a line, the current one first.
    ///
    /// A line is `postern-master-key-1`, the key's id and its 32 bytes in base64, with one space between them. Lines
    /// that are blank or begin with `#` are passed over.
    ///
    /// - Throws: Every fault at once. None holds any part of the text, save ids.
    public init(text: Secret) throws(MasterKeyFaults) {
        self = try text.withExposed { text in Self.read(text) }.get()
    }

    /// Reads what an environment variable holds: a text of keys, or the base64 of one key and nothing else.
    ///
    /// - Throws: As ``init(text:)``.
    public init(environment text: Secret) throws(MasterKeyFaults) {
        self = try text.withExposed { text in
            let words = text.split(whereSeparator: \.isWhitespace)
            guard words.count == 1, let word = words.first, !word.hasPrefix("#") else {
                return Self.read(text)
            }
            guard let key = Self.bytes(word).flatMap(MasterKey.init(bytes:)) else {
                return .failure(
                    MasterKeyFaults(
                        "It is neither lines that begin with `\(Self.version)` nor the base64 of one key of 32 bytes."
                    ))
            }
            return .success(MasterKeyring(key))
        }.get()
    }

    /// The ring as ``init(text:)`` reads it.
    public func text() -> Secret {
        Secret(
            keys.map { key in
                let bytes = key.key.withUnsafeBytes { Data($0).base64EncodedString() }
                return "\(Self.version) \(key.id) \(bytes)\n"
            }.joined())
    }

    private static func read(_ text: String) -> Result<MasterKeyring, MasterKeyFaults> {
        guard text.utf8.count <= longestText else {
            return .failure(MasterKeyFaults("It is longer than \(longestText) bytes."))
        }
        var keys: [(key: MasterKey, line: Int)] = []
        var faults: [MasterKeyFault] = []
        // By bytes: to Swift a carriage return and a line feed are one character, which is no line feed.
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (number, line) in zip(1..., lines.map(Substring.init)) {
            if line.hasPrefix("#") || line.allSatisfy({ $0 == " " || $0 == "\t" }) { continue }
            let found = key(in: line)
            var messages = found.messages
            if let key = found.key {
                if let twin = keys.first(where: { $0.key == key }) {
                    messages.append("The key is that of line \(twin.line) again.")
                }
                keys.append((key, number))
            }
            faults += messages.map { MasterKeyFault(line: number, message: $0) }
        }
        if !faults.isEmpty { return .failure(MasterKeyFaults(faults)) }
        guard let current = keys.first?.key else {
            return .failure(MasterKeyFaults("There is no key in it."))
        }
        return .success(
            MasterKeyring(current: current, older: keys.dropFirst().map(\.key)))
    }

    /// A line's key, and what is wrong with the line.
    private static func key(in line: Substring) -> (key: MasterKey?, messages: [String]) {
        let fields = line.split(separator: " ", omittingEmptySubsequences: false)
        guard fields.count == 3, fields[0].hasPrefix("postern-master-key-") else {
            return (
                nil,
                [
                    "The line is not `\(version)`, an id and a key in base64, with one space between them."
                ]
            )
        }
        guard fields[0] == version else {
            return (nil, ["The line is not of version 1, the only one that this build reads."])
        }
        var messages: [String] = []
        let id = MasterKeyID(fields[1])
        if id == nil { messages.append("The id is not 8 lower-case hexadecimal digits.") }
        let bytes = bytes(fields[2])
        let key = bytes.flatMap(MasterKey.init(bytes:))
        switch (bytes, key) {
        case (nil, _): messages.append("The key is not base64.")
        case (let bytes?, nil):
            messages.append("The key is \(bytes.count) bytes long, and keys are 32.")
        case (_, let key?):
            if let id, id != key.id {
                messages.append(
                    "The id is `\(id)`, and the key's own is `\(key.id)`: one of the two was changed."
                )
            }
        }
        return (key, messages)
    }

    /// Reads the one canonical spelling of base64.
    private static func bytes(_ text: Substring) -> [UInt8]? {
        guard let data = Data(base64Encoded: String(text)),
            data.base64EncodedString().utf8.elementsEqual(text.utf8)
        else { return nil }
        return Array(data)
    }
}
