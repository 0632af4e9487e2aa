import ArgumentParser

/// Exit codes as `sysexits.h` numbers them, so that scripts can tell causes apart.
extension ExitCode {
    /// A policy, load or audit file is wrong.
    static let badData = ExitCode(65)
    /// A file that is needed cannot be read.
    static let noInput = ExitCode(66)
    /// Something Postern rests on is not available.
    static let unavailable = ExitCode(69)
    /// The settings are wrong.
    static let badSettings = ExitCode(78)
}
