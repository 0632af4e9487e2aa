import ArgumentParser

/// Measures Postern's parts beside their limits, and prepares data for measuring the whole.
@main
struct Benchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postern-bench",
        abstract: "Measure Postern's parts beside their limits, or prepare data for `make bench`.",
        subcommands: [MeasureCommand.self, PrepareCommand.self, CeilingCommand.self])
}
