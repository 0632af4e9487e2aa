import PosternModel

/// Gathers the matches of a message, part by part; Vectorscan's callback and the ``WordTable`` write to it.
///
/// One thread uses it at a time, together with the ``ScanWorkspace`` it belongs to.
final class HitCollector {
    /// Most spans reported for one list in one part.
    static let longestSpans = 16

    /// What was compiled or tabled, and what its matches mean.
    struct Sources: Sendable {
        /// Each list's threshold.
        var thresholds: [Int]
        /// The parts each list is looked for in, a bit each.
        var parts: [UInt8]
        var tabled: [Keywords.Meaning]
        var literals: [Keywords.Meaning]
        var patterns: [Keywords.Meaning]
    }

    /// Where a number of a match comes from.
    enum Source { case tabled, literals, patterns }

    private struct Finds {
        /// Distinct entries found in the parts before.
        var earlier = 0
        /// Distinct entries found in this part only.
        var distinct = 0
        var isTouched = false
        /// Ranges in the text under scan.
        var fresh: [Range<Int>] = []
        /// Ranges in the sender's own text.
        var spans: [Range<Int>] = []
        var isSettled = false
        var isActive = false
    }

    private let sources: Sources
    /// One for each list.
    ///
    /// WHY NOT an array: the runtime would watch over each access to it, in every scan.
    private let finds: UnsafeMutableBufferPointer<Finds>
    /// Whether the message has any finds: most have none.
    private var foundSomething = false
    /// Entries found in the message.
    private var seen: Set<Int32> = []
    /// Lists with finds in the part.
    private var touched: [Int] = []
    private var unsettled = 0

    // What is under scan; valid only while hs_scan runs.
    private var source = Source.literals
    private var text = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    private var start = 0
    private var undone: LookAlikes.Undone?
    private var boundary = WordBoundary(underscoreJoins: true)

    init(_ sources: Sources) {
        self.sources = sources
        finds = .allocate(capacity: sources.thresholds.count)
        finds.initialize(repeating: Finds())
    }

    deinit {
        finds.deinitialize()
        finds.deallocate()
    }

    /// Whether every list has all it can report: a scan may stop.
    var isSettled: Bool { unsettled == 0 }

    /// Starts on a message.
    func begin() {
        guard foundSomething else { return }
        for place in finds.indices { finds[place] = Finds() }
        touched.removeAll(keepingCapacity: true)
        seen.removeAll(keepingCapacity: true)
        foundSomething = false
    }

    /// Starts on a part; returns whether any list applies to it.
    func begin(_ part: MessagePart, applies: (Int) -> Bool) -> Bool {
        if foundSomething {
            for place in touched {
                finds[place] = Finds(earlier: finds[place].earlier + finds[place].distinct)
            }
            touched.removeAll(keepingCapacity: true)
        }
        var active = 0
        for place in finds.indices {
            let isActive = sources.parts[place] & part.bit != 0 && applies(place)
            finds[place].isActive = isActive
            if isActive { active += 1 }
        }
        unsettled = active
        boundary.underscoreJoins = part != .attachmentNames
        return active > 0
    }

    /// Goes on to names, in which an underscore divides words.
    func beginNames() { boundary.underscoreJoins = false }

    /// Whether names are under scan, joined by line feeds.
    var isAtNames: Bool { !boundary.underscoreJoins }

    /// Starts on a text of the part; its matches count from a place in it.
    func face(
        _ text: UnsafeBufferPointer<UInt8>, from start: Int = 0, undone: LookAlikes.Undone?,
        source: Source
    ) {
        self.text = text
        self.start = start
        self.source = source
        if undone !== self.undone { self.undone = undone }
    }

    /// Takes a match; returns whether the scan may stop.
    func take(_ number: Int, from: Int, to end: Int) -> Bool {
        let meaning =
            switch source {
            case .tabled: sources.tabled[number]
            case .literals: sources.literals[number]
            case .patterns: sources.patterns[number]
            }
        let list = Int(meaning.list)
        guard finds[list].isActive, !finds[list].isSettled else { return isSettled }
        let upper = start + end
        let match = (meaning.length > 0 ? upper - Int(meaning.length) : start + from)..<upper
        if let undone {
            // Everything else was found, or rightly not found, in the text as it stands.
            guard undone.hasChange(in: match) else { return false }
        } else if meaning.isUndisguised {
            return false
        }
        if meaning.isWhole, !boundary.isWhole(match, in: text) { return false }
        add(match, to: list, isNew: seen.insert(meaning.entry).inserted)
        return isSettled
    }

    private func add(_ match: Range<Int>, to list: Int, isNew: Bool) {
        foundSomething = true
        if !finds[list].isTouched {
            finds[list].isTouched = true
            touched.append(list)
        }
        if isNew { finds[list].distinct += 1 }
        // Matches come in the order of their ends or of their beginnings, so a new one can only swallow the last few.
        var span = match
        while let last = finds[list].fresh.last, last.upperBound > span.lowerBound {
            span = min(last.lowerBound, span.lowerBound)..<max(last.upperBound, span.upperBound)
            finds[list].fresh.removeLast()
        }
        if finds[list].fresh.count < Self.longestSpans { finds[list].fresh.append(span) }
        if finds[list].distinct >= sources.thresholds[list],
            finds[list].fresh.count == Self.longestSpans
        {
            finds[list].isSettled = true
            unsettled -= 1
        }
    }

    /// Ends a pass over a text: carries its matches back to the sender's own text.
    func leave(_ origin: (Range<Int>) -> Range<Int>) {
        text = UnsafeBufferPointer(start: nil, count: 0)
        if undone != nil { undone = nil }
        guard foundSomething else { return }
        for list in touched {
            finds[list].spans += finds[list].fresh.map(origin)
            finds[list].fresh.removeAll(keepingCapacity: true)
        }
    }

    /// What was found in the part, in the order of the lists; an entry counts in the first part it is found in.
    func hits(named names: [String], in part: MessagePart) -> [ContentHit] {
        guard foundSomething else { return [] }
        return touched.sorted().map {
            ContentHit(
                list: names[$0], part: part, distinct: finds[$0].distinct,
                spans: Self.merged(finds[$0].spans))
        }
    }

    private static func merged(_ spans: [Range<Int>]) -> [Range<Int>] {
        var merged: [Range<Int>] = []
        for span in spans.sorted(by: {
            ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound)
        }) {
            if let last = merged.last, span.lowerBound < last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, span.upperBound)
            } else {
                merged.append(span)
            }
        }
        return Array(merged.prefix(longestSpans))
    }
}

extension MessagePart {
    /// A bit of its own.
    var bit: UInt8 {
        switch self {
        case .subject: 1
        case .body: 2
        case .attachmentNames: 4
        }
    }
}
