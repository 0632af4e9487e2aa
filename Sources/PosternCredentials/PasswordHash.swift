/// An argon2id hash as a PHC string, `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
///
/// It prints as its parameters only: a hash in a log is a password given to whoever reads it next.
public struct PasswordHash: Hashable, Sendable, CustomStringConvertible {
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

    /// The parameters, without salt and hash.
    public var description: String { "argon2id(\(parameters))" }
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

    private init(unchecked memory: UInt32, _ passes: UInt32, _ lanes: UInt32) {
        self.memory = memory
        self.passes = passes
        self.lanes = lanes
    }

    /// `m=…,t=…,p=…`.
    public var description: String { "m=\(memory),t=\(passes),p=\(lanes)" }
}
