/// One parser under fuzzing: what is done with an input, and what must hold whatever the input is.
struct FuzzTarget: Sendable {
    /// The name on the command line, and of the corpus folder.
    let name: String
    /// The longest input tried, in bytes: long enough for every limit that is cheap to reach.
    let longest: Int
    /// Parses, and stops the process where an invariant does not hold.
    let check: @Sendable ([UInt8]) -> Void

    /// Every target, in the order they are run.
    static let all: [FuzzTarget] = [
        .http1, .http2, .http2Head, .json, .markup, .jsv, .multipart, .dialect, .policy, .decision,
        .keywords,
        .content, .token, .address,
        .note, .audit, .tamper, .load, .settings, .relay, .mail, .contract,
    ]

    /// The one that the command line names.
    static let chosen = all.first { $0.name == CommandLine.arguments.dropFirst().first }
}

/// Stops the process, and so makes the input a finding, unless something holds.
func require(
    _ holds: @autoclosure () -> Bool, _ claim: @autoclosure () -> String,
    file: StaticString = #file,
    line: UInt = #line
) {
    guard !holds() else { return }
    fatalError("does not hold: \(claim())", file: file, line: line)
}
