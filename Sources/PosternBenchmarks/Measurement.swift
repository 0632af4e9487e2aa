import Foundation

/// One figure, and the limit it stands beside, measured in the same run.
struct Measurement: Codable {
    /// Stable name; goals are looked up by it.
    var id: String
    var what: String
    var value: Double
    var unit: String
    /// What it is compared with.
    var besides: String?
    var limit: Double?

    /// The figure as a part of the limit.
    var ratio: Double? { limit.map { value / $0 } }

    private enum CodingKeys: String, CodingKey { case id, what, value, unit, besides, limit, ratio }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(id, forKey: .id)
        try fields.encode(what, forKey: .what)
        try fields.encode(value, forKey: .value)
        try fields.encode(unit, forKey: .unit)
        try fields.encodeIfPresent(besides, forKey: .besides)
        try fields.encodeIfPresent(limit, forKey: .limit)
        try fields.encodeIfPresent(ratio, forKey: .ratio)
    }

    init(
        _ id: String, _ what: String, _ value: Double, _ unit: String, besides: String? = nil,
        _ limit: Double? = nil
    ) {
        self.id = id
        self.what = what
        self.value = value
        self.unit = unit
        self.besides = besides
        self.limit = limit
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        id = try fields.decode(String.self, forKey: .id)
        what = try fields.decode(String.self, forKey: .what)
        value = try fields.decode(Double.self, forKey: .value)
        unit = try fields.decode(String.self, forKey: .unit)
        besides = try fields.decodeIfPresent(String.self, forKey: .besides)
        limit = try fields.decodeIfPresent(Double.self, forKey: .limit)
    }
}

/// Taking times.
enum Timing {
    /// Two things measured in turn, so that a machine that slows down slows both.
    ///
    /// - Returns: The median of each.
    static func paired(
        rounds: Int, _ first: () throws -> Double, _ second: () throws -> Double
    ) rethrows -> (first: Double, second: Double) {
        var (firsts, seconds): ([Double], [Double]) = ([], [])
        for _ in 0..<rounds {
            firsts.append(try first())
            seconds.append(try second())
        }
        return (median(firsts), median(seconds))
    }

    static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return .nan }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// Seconds that something took.
    static func seconds(_ body: () async throws -> Void) async rethrows -> Double {
        let start = ContinuousClock.now
        try await body()
        return start.duration(to: .now).seconds
    }

    /// Seconds that one of many repetitions took.
    static func each(_ times: Int, _ body: (Int) throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        for time in 0..<times { try body(time) }
        return start.duration(to: .now).seconds / Double(times)
    }

    /// Seconds of processor time this process has used, all threads together.
    static func processorSeconds() -> Double {
        var usage = rusage()
        guard getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else { return .nan }
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}

extension Duration {
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}

/// Says on standard error what is going on; standard output is for results.
func progress(_ line: String) {
    FileHandle.standardError.write(Data("  \(line)\n".utf8))
}

/// A measurement that could not be made.
struct Trouble: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
