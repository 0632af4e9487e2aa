/// An argon2id hash as a PHC string, `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
///
/// It prints as its parameters only: a hash in a log is a password given to whoever reads it next.
public struct PasswordHash: Hashable, Sendable, CustomStringConvertible,
    CustomDebugStringConvertible, CustomReflectable
{
    /// The whole PHC string, for storing.
    public let phc: String

    /// Reads a PHC string; nil for anything but argon2id, version 19, with parameters, salt and hash.
    public init?(phc: String) {
        let fields = phc.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count == 6, fields[0].isEmpty, fields[1] == "argon2id", fields[2] == "v=19",
            !fields[4].isEmpty, !fields[5].isEmpty,
            let parameters = Argon2Parameters(phcField: fields[3])
        else { return nil }
        self.phc = phc
        self.parameters = parameters
    }

    /// The parameters it was made with.
    public let parameters: Argon2Parameters

    /// Writes the PHC string of a hash just made.
    init(parameters: Argon2Parameters, salt: [UInt8], tag: [UInt8]) {
        self.parameters = parameters
        phc =
            "$argon2id$v=19$\(parameters)$\(UnpaddedBase64.encode(salt))$\(UnpaddedBase64.encode(tag))"
    }

    /// The salt and the tag; nil when they are not base64 or of a length that Postern checks.
    ///
    /// They are read when a password is checked, so that an odd string in the ledger stops its own account
    /// and not the reading of accounts.
    var decoded: (salt: [UInt8], tag: [UInt8])? {
        let fields = phc.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count == 6, let salt = UnpaddedBase64.decode(fields[4]),
            let tag = UnpaddedBase64.decode(fields[5]),
            (8...64).contains(salt.count), (16...64).contains(tag.count)
        else { return nil }
        return (salt, tag)
    }

    /// The parameters, without salt and hash.
    public var description: String { "argon2id(\(parameters))" }

    /// The parameters, without salt and hash.
    public var debugDescription: String { description }

    /// A mirror with the parameters alone.
    public var customMirror: Mirror { Mirror(self, children: ["parameters": parameters]) }
}

/// How much work an argon2id hash takes (RFC 9106 section 3.1).
public struct Argon2Parameters: Hashable, Sendable, CustomStringConvertible {
    /// Memory in KiB, at least 8 for each lane and at most 4 GiB.
    public let memory: UInt32
    /// Passes over the memory, at least 1.
    public let passes: UInt32
    /// Lanes, at least 1.
    public let lanes: UInt32

    /// OWASP's floor and Postern's default: 19 MiB, two passes, one lane.
    public static let standard = Argon2Parameters(unchecked: 19_456, 2, 1)

    /// Checks the ranges; nil outside them.
    public init?(memory: UInt32, passes: UInt32, lanes: UInt32) {
        guard (1...64).contains(passes), (1...16).contains(lanes), memory >= 8 * lanes,
            memory <= 4 * 1024 * 1024
        else { return nil }
        self.init(unchecked: memory, passes, lanes)
    }

    /// Reads `m=…,t=…,p=…`.
    init?(phcField field: some StringProtocol) {
        var values: [Substring: UInt32] = [:]
        for part in String(field).split(separator: ",", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", omittingEmptySubsequences: false)
            guard pair.count == 2, let value = UInt32(pair[1]), values[pair[0]] == nil else {
                return nil
            }
            values[pair[0]] = value
        }
        guard values.count == 3, let memory = values["m"], let passes = values["t"],
            let lanes = values["p"]
        else { return nil }
        self.init(memory: memory, passes: passes, lanes: lanes)
    }

    init(unchecked memory: UInt32, _ passes: UInt32, _ lanes: UInt32) {
        self.memory = memory
        self.passes = passes
        self.lanes = lanes
    }

    /// Whether a hash made with these should be made anew with `configured`.
    ///
    /// Memory counts first, because it is what an attacker's hardware pays for; passes count between equals.
    /// This orders all parameters, so that a hash is never made anew twice.
    public func isWeaker(than configured: Argon2Parameters) -> Bool {
        (memory, passes) < (configured.memory, configured.passes)
    }

    /// `m=…,t=…,p=…`.
    public var description: String { "m=\(memory),t=\(passes),p=\(lanes)" }
}
