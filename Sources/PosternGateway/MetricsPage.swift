/// A page in the Prometheus text format, version 0.0.4.
///
/// Label values come from closed sets: codes, dialects, couriers. Nothing a client or a keyword list says
/// ever becomes one.
public struct MetricsPage: Sendable {
    /// The page so far.
    public private(set) var text = ""
    private var described: Set<String> = []

    /// An empty page.
    public init() {}

    /// Adds one value that goes up and down.
    public mutating func gauge(
        _ name: String, _ help: String, _ value: Double,
        _ labels: KeyValuePairs<String, String> = [:]
    ) { add("gauge", name, help, value, labels) }

    /// Adds one value that only goes up.
    public mutating func counter(
        _ name: String, _ help: String, _ value: Int, _ labels: KeyValuePairs<String, String> = [:]
    ) { add("counter", name, help, Double(value), labels) }

    /// Adds a distribution.
    ///
    /// - Parameters:
    ///   - name: Its name, in base units.
    ///   - help: What it measures.
    ///   - bounds: The upper bounds of the buckets, ascending.
    ///   - counts: How many fell in each bucket, one more than there are bounds.
    ///   - sum: The sum of what was measured.
    public mutating func histogram(
        _ name: String, _ help: String, bounds: [Double], counts: [Int], sum: Double
    ) {
        describe("histogram", name, help)
        var total = 0
        for (bound, count) in zip(bounds, counts) {
            total += count
            text += "\(name)_bucket{le=\"\(Self.number(bound))\"} \(total)\n"
        }
        total += counts.last ?? 0
        text += "\(name)_bucket{le=\"+Inf\"} \(total)\n"
        text += "\(name)_sum \(Self.number(sum))\n\(name)_count \(total)\n"
    }

    private mutating func add(
        _ type: String, _ name: String, _ help: String, _ value: Double,
        _ labels: KeyValuePairs<String, String>
    ) {
        describe(type, name, help)
        let written = labels.map { "\($0)=\"\($1)\"" }.joined(separator: ",")
        text += labels.isEmpty ? name : "\(name){\(written)}"
        text += " \(Self.number(value))\n"
    }

    private mutating func describe(_ type: String, _ name: String, _ help: String) {
        if described.insert(name).inserted {
            text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
        }
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }
}
