import ArgumentParser
import Foundation

/// How a command prints its data: as a line for people, or as JSON, an object a line, for programs.
struct OutputFormat: ParsableArguments {
    @Flag(help: "Print JSON, an object a line.") var json = false

    /// Prints one piece of data.
    func show(_ data: some Encodable, as line: @autoclosure () -> String) throws {
        guard json else {
            print(line())
            return
        }
        print(String(decoding: try JSONEncoder.sorted.encode(data), as: UTF8.self))
    }
}

extension JSONEncoder {
    /// The same bytes for the same value; times as RFC 3339 writes them are the rows' own business.
    static var sorted: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}
