public import PosternModel
import Synchronization

/// Looks for the words of a policy's keyword lists in messages.
///
/// Text is compared in one normal form (``TextNormaliser``); HTML is first reduced to what a reader
/// sees (``VisibleText``); words disguised with look-alike letters are undone and scanned again
/// (``LookAlikes``). All keywords of all lists are sought at once, by Vectorscan and, the words of
/// large lists, in a ``WordTable``: in time linear in the text whatever the text is.
///
/// A scanner never changes and any number of threads may scan with it at once.
public final class ContentScanner: Sendable {
    /// The most UTF-8 bytes scanned in one message: far above what the listener lets through.
    static let largestMessage = 16 * 1024 * 1024
    /// The most bytes of HTML that are read for one message, all the ways to read it together: a second's work or three.
    private static let mostReading = 64 * 1024 * 1024
    /// How many idle workspaces are kept; a burst beyond it makes its own and drops them.
    private static let idleWorkspaces = 16

    private let names: [String]
    private let sources: HitCollector.Sources
    private let table: WordTable?
    private let literals: KeywordDatabase?
    private let patterns: KeywordDatabase?
    private let normaliser = TextNormaliser()
    private let lookAlikes = LookAlikes()
    private let workspaces = Mutex<[ScanWorkspace]>([])

    /// Compiles the lists, or loads what an earlier run compiled from the same entries.
    ///
    /// Words of large lists need no compiling; 100,000 substrings take seconds, and tens of milliseconds
    /// to load.
    ///
    /// - Parameters:
    ///   - lists: The policy's lists.
    ///   - cache: A folder for compiled lists, writable by nobody else; nil for none. It is made if
    ///     it is missing. A damaged or unwritable cache costs time only.
    /// - Throws: Every entry that cannot be looked for: patterns that do not parse, that match the
    ///   empty text or that need backtracking, and entries with nothing in them.
    public init(lists: [KeywordList], cache: String?) throws(KeywordFaults) {
        let keywords = Keywords(lists)
        let isCompiled = !keywords.literals.isEmpty || !keywords.patterns.isEmpty
        let kept = isCompiled ? cache.flatMap { KeywordCache(folder: $0, for: keywords) } : nil
        if keywords.faults.isEmpty, let loaded = kept?.load(expecting: keywords) {
            (literals, patterns) = loaded
        } else {
            var faults = keywords.faults
            var compiled: KeywordDatabase?
            do throws(KeywordFaults) {
                compiled = try KeywordDatabase.patterns(of: keywords)
            } catch {
                faults += error.entries
            }
            guard faults.isEmpty else { throw KeywordFaults(entries: Self.sorted(faults, lists)) }
            patterns = compiled
            literals = try KeywordDatabase.literals(of: keywords)
            kept?.store(literals: literals, patterns: patterns)
        }
        names = lists.map(\.id)
        table = keywords.table
        sources = HitCollector.Sources(
            thresholds: lists.map(\.threshold),
            parts: lists.map { $0.parts.reduce(0) { $0 | $1.bit } },
            tabled: keywords.table?.literals.meanings ?? [],
            literals: keywords.literals.meanings, patterns: keywords.patternMeanings)
    }

    /// Looks through a message.
    ///
    /// - Parameters:
    ///   - subject: The subject line.
    ///   - body: The body as the sender wrote it.
    ///   - format: How the body is written.
    ///   - attachmentNames: The names of attached files.
    ///   - words: Other short texts that recipients are shown; a find in one is a find in the subject.
    ///   - lists: The ids of the lists that apply; nil for all.
    /// - Returns: One hit for each list and part with a find, in the order subject, body,
    ///   attachment names, then in the order of the lists. An entry counts in the first part it is
    ///   found in, so that policy can add up parts, and thresholds are not applied: a list below its
    ///   threshold is among the hits. What a list's hits count together is exact up to its threshold
    ///   and may stop growing beyond it.
    /// - Throws: ``FaultCode/contentUnscannable`` when Vectorscan fails or has no memory, ``FaultCode/contentTooTangled`` for
    ///   HTML with elements far deeper inside each other than readers show them, or so large that reading it in every way
    ///   would take too long; never for what a message says.
    public func scan(
        subject: String, body: String, format: BodyFormat, attachmentNames: [String],
        words: [String] = [], lists: Set<String>?
    ) throws(Fault) -> [ContentHit] {
        guard table != nil || literals != nil || patterns != nil else { return [] }
        let size = (attachmentNames + words).reduce(subject.utf8.count + body.utf8.count) {
            $0 + $1.utf8.count + 1
        }
        guard size <= Self.largestMessage else {
            throw Fault(
                .contentUnscannable,
                note: "a message of \(size) bytes is beyond the scanner's bound")
        }
        guard
            let workspace = workspaces.withLock({ $0.popLast() })
                ?? ScanWorkspace(
                    for: [literals, patterns].compactMap { $0 }, sources: sources)
        else {
            throw Fault(.contentUnscannable, note: "Vectorscan has no memory for its scratch space")
        }
        defer {
            if !workspace.isBloated {
                workspaces.withLock { if $0.count < Self.idleWorkspaces { $0.append(workspace) } }
            }
        }
        var hits: [ContentHit] = []
        workspace.collector.begin()
        func scan(_ part: MessagePart, _ scan: () -> Fault?) throws(Fault) {
            let isActive = workspace.collector.begin(part) { lists?.contains(names[$0]) ?? true }
            guard isActive else { return }
            if let failure = scan() { throw failure }
            let found = workspace.collector.hits(named: names, in: part)
            if !found.isEmpty { hits += found }
        }
        if !subject.isEmpty || !words.isEmpty {
            try scan(.subject) {
                let failure = subject.isEmpty ? nil : self.scan(text: subject, in: workspace)
                guard failure == nil, !words.isEmpty else { return failure }
                workspace.collector.beginNames()
                return self.scan(
                    names: words, from: subject.utf8.count + 1, in: workspace)
            }
        }
        if !body.isEmpty {
            try scan(.body) {
                format == .html
                    ? self.scan(html: body, in: workspace) : self.scan(text: body, in: workspace)
            }
        }
        if !attachmentNames.isEmpty {
            try scan(.attachmentNames) { self.scan(names: attachmentNames, in: workspace) }
        }
        return hits
    }

    private func scan(text: String, in workspace: ScanWorkspace) -> Fault? {
        var text = text
        return text.withUTF8 { self.scan($0, in: workspace) { $0 } }
    }

    /// Normalises and scans a text.
    ///
    /// Most texts are plain and hold nothing: what their bytes were made from is worked out only once something is
    /// found.
    private func scan(
        _ source: UnsafeBufferPointer<UInt8>, in workspace: ScanWorkspace,
        isBreak: (Int) -> Bool = { _ in true }, origin: (Range<Int>) -> Range<Int>
    ) -> Fault? {
        let normal = workspace.normal
        if normal.squeeze(source) {
            var isMapped = false
            return match(normal, undone: nil, in: workspace) { range in
                if !isMapped {
                    normal.removeAll()
                    _ = normaliser.normalise(source, into: normal)
                    isMapped = true
                }
                return origin(normal.map.source(of: range))
            }
        }
        return scan(source, in: workspace, isBreak: isBreak, origin: origin) {
            normaliser.normalise($0, keepingWordEnds: $1, into: normal)
        }
    }

    /// Normalises and scans a text, and once more as it is seen where its direction is forced.
    ///
    /// `normalise` is told whether to keep word ends.
    private func scan(
        _ source: UnsafeBufferPointer<UInt8>, in workspace: ScanWorkspace,
        isBreak: (Int) -> Bool, origin: (Range<Int>) -> Range<Int>,
        normalise: (UnsafeBufferPointer<UInt8>, Bool) -> TextNormaliser.Signs
    ) -> Fault? {
        let (signs, failure) = scan(source, in: workspace, origin: origin, normalise: normalise)
        guard failure == nil, signs.contains(.override) else { return failure }
        let turned = workspace.turned
        turned.removeAll()
        OverriddenDirection.undo(source, into: turned, isBreak: isBreak)
        return scan(
            turned.buffer, in: workspace, origin: { origin(turned.map.source(of: $0)) },
            normalise: normalise
        ).failure
    }

    /// Normalises and scans a text in the order in which it stands, and once more with the word ends kept that its normal
    /// form has lost.
    ///
    /// WHY NOT only the second time: `CO₂` is to be found as "co2". Nor with a space where the word ends: nobody reads
    /// `secret²plan` as "secret plan".
    private func scan(
        _ source: UnsafeBufferPointer<UInt8>, in workspace: ScanWorkspace,
        origin: (Range<Int>) -> Range<Int>,
        normalise: (UnsafeBufferPointer<UInt8>, Bool) -> TextNormaliser.Signs
    ) -> (signs: TextNormaliser.Signs, failure: Fault?) {
        workspace.normal.removeAll()
        let signs = normalise(source, false)
        let failure = scan(workspace, source, signs, origin: origin)
        guard failure == nil, signs.contains(.wordEnd) else { return (signs, failure) }
        workspace.normal.removeAll()
        return (signs, scan(workspace, source, normalise(source, true), origin: origin))
    }

    private func scan(html: String, in workspace: ScanWorkspace) -> Fault? {
        var html = html
        return html.withUTF8 { source in
            let visible = workspace.visible
            var doubts: HTMLReading = []
            for reading in HTMLReading.all where reading.isSubset(of: doubts) {
                visible.removeAll()
                guard let met = VisibleText.extract(source, reading, into: visible) else {
                    return Fault(.contentTooTangled, note: "elements too deep inside each other")
                }
                doubts.formUnion(met)
                guard source.count << doubts.count <= Self.mostReading else {
                    return Fault(.contentTooTangled, note: "too large to be read in so many ways")
                }
                let failure = scan(
                    visible.buffer, in: workspace, isBreak: { visible.map.isBlock(at: $0) },
                    origin: { visible.map.source(of: $0) })
                if failure != nil { return failure }
            }
            return nil
        }
    }

    /// Scans the names joined by line feeds.
    ///
    /// A line feed never stands in a normal form, so no phrase is found across two names, and it
    /// joins no words. Patterns meet each name by itself.
    ///
    /// What is found is reported as if `place` bytes came before the first.
    private func scan(
        names: [String], from place: Int = 0, in workspace: ScanWorkspace
    ) -> Fault? {
        var joined = names.joined(separator: "\n")
        return joined.withUTF8 { source in
            scan(source, in: workspace, isBreak: { _ in true }) {
                $0.lowerBound + place..<$0.upperBound + place
            } normalise: {
                normalise(names, joined: $0, keepingWordEnds: $1, into: workspace.normal)
            }
        }
    }

    private func normalise(
        _ names: [String], joined: UnsafeBufferPointer<UInt8>, keepingWordEnds: Bool,
        into normal: MappedText
    ) -> TextNormaliser.Signs {
        var signs: TextNormaliser.Signs = []
        var start = 0
        for name in names {
            let end = start + name.utf8.count
            normal.map.copy(at: normal.count, from: start)
            signs.formUnion(
                normaliser.normalise(
                    UnsafeBufferPointer(rebasing: joined[start..<end]), base: start,
                    keepingWordEnds: keepingWordEnds, into: normal))
            normal.reserve(1)
            normal.map.copy(at: normal.count, from: end)
            normal.append(UInt8(ascii: "\n"))
            start = end + 1
        }
        return signs
    }

    /// Scans a normalised text, and again with its disguises undone if it has any.
    private func scan(
        _ workspace: ScanWorkspace, _ source: UnsafeBufferPointer<UInt8>,
        _ signs: TextNormaliser.Signs,
        origin: (Range<Int>) -> Range<Int>
    ) -> Fault? {
        let (normal, undone) = (workspace.normal, workspace.undone)
        let failure = match(normal, undone: nil, in: workspace) {
            origin(normal.map.source(of: $0))
        }
        guard failure == nil, signs.contains(.disguise),
            lookAlikes.undo(normal, of: source, into: undone)
        else {
            return failure
        }
        return match(undone.text, undone: undone, in: workspace) {
            origin(normal.map.source(of: undone.text.map.source(of: $0)))
        }
    }

    private func match(
        _ text: MappedText, undone: LookAlikes.Undone?, in workspace: ScanWorkspace,
        origin: (Range<Int>) -> Range<Int>
    ) -> Fault? {
        if let table {
            workspace.scan(text, undone: undone, with: table)
            workspace.collector.leave(origin)
        }
        if let literals {
            let failure = workspace.scan(
                text, undone: undone, with: literals, source: .literals)
            workspace.collector.leave(origin)
            if let failure { return Self.fault(failure) }
        }
        guard let patterns else { return nil }
        let failure = workspace.scan(
            text, undone: undone, with: patterns, source: .patterns)
        workspace.collector.leave(origin)
        return failure.map(Self.fault)
    }

    private static func fault(_ failure: Int32) -> Fault {
        Fault(.contentUnscannable, note: "hs_scan failed with \(failure)")
    }

    /// In the order of the lists and their lines.
    private static func sorted(
        _ faults: [KeywordFaults.Entry], _ lists: [KeywordList]
    ) -> [KeywordFaults.Entry] {
        let places = Dictionary(
            lists.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        return faults.sorted {
            (places[$0.list] ?? -1, $0.line) < (places[$1.list] ?? -1, $1.line)
        }
    }
}
