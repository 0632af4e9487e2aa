import CVectorscan
import PosternModel

/// The memory one scan needs, reused by the next: Vectorscan's scratch, the texts and the
/// collector.
///
/// `@unchecked Sendable`: it is moved between threads, never shared. ``ContentScanner`` takes it
/// out of its pool under a lock, uses it in one synchronous call, and puts it back under the lock;
/// no reference stays behind.
final class ScanWorkspace: @unchecked Sendable {
    let collector: HitCollector
    let visible = MappedText()
    let turned = MappedText()
    let normal = MappedText()
    let undone = LookAlikes.Undone()
    /// Nil when there is nothing Vectorscan looks for.
    private let scratch: OpaquePointer?

    /// Nil when Vectorscan cannot have the memory.
    init?(for databases: [KeywordDatabase], sources: HitCollector.Sources) {
        var scratch: OpaquePointer?
        for database in databases where hs_alloc_scratch(database.pointer, &scratch) != HS_SUCCESS {
            hs_free_scratch(scratch)
            return nil
        }
        self.scratch = scratch
        collector = HitCollector(sources)
    }

    deinit { hs_free_scratch(scratch) }

    /// Whether an unusual message has made it too large to keep.
    var isBloated: Bool {
        visible.capacity + turned.capacity + normal.capacity + undone.text.capacity > 1 << 20
    }

    /// Looks the words of a text up; the matches go to the collector.
    func scan(_ text: MappedText, undone: LookAlikes.Undone?, with table: WordTable) {
        guard text.count > 0, !collector.isSettled else { return }
        // The table reads so far beyond the end.
        text.reserve(128)
        collector.face(text.buffer, undone: undone, source: .tabled)
        table.scan(text.buffer, collector: collector)
    }

    /// Scans a text; the matches go to the collector.
    ///
    /// - Returns: Vectorscan's code when it failed, nil when it went well.
    func scan(
        _ text: MappedText, undone: LookAlikes.Undone?, with database: KeywordDatabase,
        source: HitCollector.Source
    ) -> Int32? {
        let text = text.buffer
        guard source == .patterns, collector.isAtNames else {
            return scan(text, 0..<text.count, undone: undone, with: database, source: source)
        }
        // To a pattern each name is a text of its own: `$` is its end, and a match of `[^x]+y` must not begin in the name
        // before, where it would be no match in this one.
        var start = 0
        while start < text.count {
            let end = text[start...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count
            let failure = scan(text, start..<end, undone: undone, with: database, source: source)
            if failure != nil { return failure }
            start = end + 1
        }
        return nil
    }

    private func scan(
        _ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, undone: LookAlikes.Undone?,
        with database: KeywordDatabase, source: HitCollector.Source
    ) -> Int32? {
        guard !range.isEmpty, !collector.isSettled else { return nil }
        collector.face(text, from: range.lowerBound, undone: undone, source: source)
        // The callback gets the collector as an unretained pointer. That is safe: hs_scan calls
        // back only on this thread and only before it returns, and `self` holds the collector until
        // then.
        let code = withExtendedLifetime(collector) {
            UnsafeBufferPointer(rebasing: text[range]).withMemoryRebound(to: CChar.self) { bytes in
                hs_scan(
                    database.pointer, bytes.baseAddress, UInt32(bytes.count), 0, scratch,
                    { number, from, to, _, context in
                        guard let context else { return 1 }
                        let collector = Unmanaged<HitCollector>.fromOpaque(context)
                            .takeUnretainedValue()
                        return collector.take(Int(number), from: Int(from), to: Int(to)) ? 1 : 0
                    }, Unmanaged.passUnretained(collector).toOpaque())
            }
        }
        return code == HS_SUCCESS || code == HS_SCAN_TERMINATED ? nil : code
    }
}
