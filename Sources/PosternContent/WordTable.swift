import CFold

/// Finds the words of large lists by looking up each word of a text.
///
/// Vectorscan takes seconds and twelve megabytes to compile 100,000 words; this takes milliseconds. A text
/// is taken apart into tokens, the longest runs of ASCII letters and digits, and each token is looked up. That finds
/// every match of a word or phrase that could stand at word boundaries, because a literal that begins with a token
/// can only match whole where the text has the same token: letters and digits on either side would join it.
///
/// `@unchecked Sendable`: written by its initialiser only.
final class WordTable: @unchecked Sendable {
    /// So many words make a table worth its while: fewer are compiled in a blink, and Vectorscan looks for them faster.
    static let least = 5000
    /// So many literals may share a place in the table: each is compared wherever a token belongs there.
    private static let mostAlike = 8
    private static let longestToken = 63

    /// The literals it looks for.
    let literals: Keywords.Literals
    private let filter: cfold_filter
    /// For each place, the first literal that belongs there; -1 where there is none.
    private let heads: [Int32]
    /// The literal to try after each.
    private let next: [Int32]
    /// What tells most literals in one place apart.
    private let tags: [UInt32]

    /// Takes the literals a table can look for out of many, if they are enough to make one.
    static func taking(from all: inout Keywords.Literals) -> WordTable? {
        guard all.meanings.count >= least else { return nil }
        let hashes = all.meanings.map { hash(of: $0, in: all.bytes) }
        let places = 1 << (Int.bitWidth - (all.meanings.count * 2).leadingZeroBitCount)
        var crowds = [UInt8](repeating: 0, count: places)
        for hash in hashes {
            guard let place = hash.map({ place(of: UInt32($0 >> 32), among: places) }) else {
                continue
            }
            if crowds[place] <= mostAlike { crowds[place] += 1 }
        }
        var (taken, left) = (Keywords.Literals(), Keywords.Literals())
        var takenHashes: [UInt64] = []
        for (meaning, hash) in zip(all.meanings, hashes) {
            if let hash, crowds[place(of: UInt32(hash >> 32), among: places)] <= mostAlike {
                taken.append(meaning, of: all)
                takenHashes.append(hash)
            } else {
                left.append(meaning, of: all)
            }
        }
        guard takenHashes.count >= least else { return nil }
        all = left
        return WordTable(taken, takenHashes, places: places)
    }

    private init(_ literals: Keywords.Literals, _ hashes: [UInt64], places: Int) {
        self.literals = literals
        // Twenty bits and more for each literal let one in a hundred others through.
        let power = min(Int.bitWidth - (hashes.count * 20 / 64).leadingZeroBitCount, 16)
        let words = UnsafeMutablePointer<UInt64>.allocate(capacity: 1 << power)
        words.initialize(repeating: 0, count: 1 << power)
        let shortest = literals.meanings.lazy.map { Self.token(of: $0, in: literals.bytes) }.min()
        filter = cfold_filter(
            words: words, shift: UInt32(64 - power), least: UInt32(shortest ?? 1))
        var heads = [Int32](repeating: -1, count: places)
        var next: [Int32] = []
        next.reserveCapacity(hashes.count)
        for (number, hash) in hashes.enumerated() {
            cfold_enter(filter, hash)
            let place = Self.place(of: UInt32(hash >> 32), among: places)
            next.append(heads[place])
            heads[place] = Int32(number)
        }
        self.heads = heads
        self.next = next
        tags = hashes.map { UInt32($0 >> 32) }
    }

    deinit { filter.words.deallocate() }

    /// Looks through a normalised text behind which 128 bytes are readable.
    ///
    /// - Parameters:
    ///   - text: What to search.
    ///   - collector: Takes the matches, whole words or not.
    func scan(_ text: UnsafeBufferPointer<UInt8>, collector: HitCollector) {
        guard let base = text.baseAddress else { return }
        withUnsafeTemporaryAllocation(of: cfold_token.self, capacity: 64) { tokens in
            var from = 0
            while from < text.count {
                let count = cfold_tokens(
                    base, text.count, &from, filter, tokens.baseAddress, tokens.count)
                for token in tokens[..<count] where take(token, text, collector) { return }
            }
        }
    }

    /// Takes the literals that stand at a token; returns whether the scan may stop.
    private func take(
        _ token: cfold_token, _ text: UnsafeBufferPointer<UInt8>, _ collector: HitCollector
    ) -> Bool {
        let start = Int(token.start)
        var number = Int(heads[Self.place(of: token.tag, among: heads.count)])
        while number >= 0 {
            if tags[number] == token.tag {
                let meaning = literals.meanings[number]
                let end = start + Int(meaning.length)
                if end <= text.count,
                    literals.bytes[meaning.range].elementsEqual(text[start..<end]),
                    collector.take(number, from: start, to: end)
                {
                    return true
                }
            }
            number = Int(next[number])
        }
        return false
    }

    private static func place(of tag: UInt32, among places: Int) -> Int { Int(tag) & (places - 1) }

    /// The number of the token a literal begins with; nil when it has to be sought in another way.
    private static func hash(of meaning: Keywords.Meaning, in bytes: [UInt8]) -> UInt64? {
        guard meaning.isWhole else { return nil }
        let length = token(of: meaning, in: bytes)
        guard (1...longestToken).contains(length) else { return nil }
        // Eight bytes are read, whatever the length.
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: longestToken + 8) { padded in
            padded.initialize(repeating: 0)
            for at in 0..<length { padded[at] = bytes[Int(meaning.start) + at] }
            return cfold_hash(padded.baseAddress, length)
        }
    }

    /// How many letters and digits a literal begins with.
    private static func token(of meaning: Keywords.Meaning, in bytes: [UInt8]) -> Int {
        let rest = bytes[meaning.range]
        return (rest.firstIndex { !isJoined($0) } ?? rest.endIndex) - rest.startIndex
    }

    /// What tokens are made of.
    private static func isJoined(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
