import Configuration
import PosternModel

/// Reads settings one by one, collecting every fault instead of stopping at the first.
struct SettingsReader {
    private let source: ConfigReader
    private(set) var table: [Setting] = []
    private(set) var faults: [SettingFault] = []

    init(_ source: ConfigReader) { self.source = source }

    mutating func text(
        _ name: String, default fallback: String, takes: String = "text", _ purpose: String
    ) -> String {
        read(name, takes: takes, fallback: fallback, purpose) { $0.isEmpty ? nil : $0 } ?? fallback
    }

    mutating func optionalText(
        _ name: String, takes: String = "text", _ purpose: String
    ) -> String? {
        read(name, takes: takes, fallback: "", purpose) { $0.isEmpty ? nil : $0 }
    }

    mutating func secret(_ name: String, _ purpose: String) -> Secret? {
        read(name, takes: "a secret", fallback: "", purpose, isSecret: true) {
            $0.isEmpty ? nil : Secret($0)
        }
    }

    mutating func number(
        _ name: String, default fallback: Int, in range: ClosedRange<Int>, _ purpose: String
    ) -> Int {
        read(
            name, takes: "a whole number from \(range.lowerBound) to \(range.upperBound)",
            fallback: "\(fallback)", purpose
        ) { text in Int(text).flatMap { range.contains($0) ? $0 : nil } } ?? fallback
    }

    mutating func duration(
        _ name: String, default fallback: String, from least: String = "1ms",
        upTo most: String = "365d", _ purpose: String
    ) -> Duration {
        let range =
            (Duration(words: least) ?? .zero)...(Duration(words: most) ?? .seconds(31_536_000))
        return read(
            name, takes: "a duration from \(least) to \(most), such as `30s`, `10m` or `1h`",
            fallback: fallback, purpose
        ) { text in Duration(words: text).flatMap { range.contains($0) ? $0 : nil } }
            ?? Duration(words: fallback) ?? .zero
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, default fallback: Choice, _ purpose: String
    ) -> Choice where Choice.RawValue == String {
        read(
            name, takes: Choice.allCases.map { "`\($0.rawValue)`" }.joined(separator: " or "),
            fallback: fallback.rawValue, purpose
        ) { Choice(rawValue: $0) } ?? fallback
    }

    /// Adds a fault that concerns several settings.
    mutating func object(_ name: String, _ message: String) {
        faults.append(SettingFault(name: name, message: message))
    }

    /// Takes an address apart that was read; nil with a fault for one that will not do.
    ///
    /// - Parameters:
    ///   - text: The address.
    ///   - name: The setting.
    ///   - objection: What else keeps an address from being used; nil for nothing.
    /// - Returns: The address.
    mutating func address(
        _ text: String, of name: String, objection: (OutboundURL) -> String? = { _ in nil }
    ) -> OutboundURL? {
        do throws(OutboundURL.Problem) {
            let url = try OutboundURL(text)
            guard let sentence = objection(url) else { return url }
            object(name, sentence)
        } catch {
            // Not quoted: what is wrong with it may be a password in it.
            object(name, error.rawValue)
        }
        return nil
    }

    private mutating func read<Value>(
        _ name: String, takes: String, fallback: String, _ purpose: String, isSecret: Bool = false,
        _ parse: (String) -> Value?
    ) -> Value? {
        table.append(Setting(name: name, takes: takes, fallback: fallback, purpose: purpose))
        guard let text = source.string(forKey: ConfigKey(name), isSecret: isSecret) else {
            return nil
        }
        if let value = parse(text) { return value }
        let shown = isSecret ? "its value" : "`\(text.prefix(80).escapedForLine)`"
        object(name, "\(shown) will not do: it takes \(takes).")
        return nil
    }
}

extension Duration {
    /// Reads `250ms`, `30s`, `10m`, `12h` or `30d`: a whole number and a unit.
    init?(words text: String) {
        let units: [(String, Int64)] = [
            ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
        ]
        for (unit, milliseconds) in units where text.hasSuffix(unit) {
            guard let count = Int64(text.dropLast(unit.count)), count >= 0 else { continue }
            let (product, overflow) = count.multipliedReportingOverflow(by: milliseconds)
            if overflow { return nil }
            self = .milliseconds(product)
            return
        }
        return nil
    }
}
