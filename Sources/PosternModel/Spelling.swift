/// Finds what somebody probably meant to write.
public enum Spelling {
    /// The known word nearest to a misspelt one, when it is near enough to be worth proposing.
    ///
    /// Near enough means at most a third of its letters inserted, removed, replaced or swapped with a
    /// neighbour (optimal string alignment); case does not count. Words over 64 characters are not compared.
    public static func nearest(to word: String, among known: some Sequence<String>) -> String? {
        let typed = Array(word.lowercased())
        guard word.utf8.count <= 64 else { return nil }
        let ranked = known.lazy.filter { $0.utf8.count <= 64 }.map {
            (word: $0, distance: distance(typed, Array($0.lowercased())))
        }
        guard
            let best = ranked.min(by: { ($0.distance, $0.word) < ($1.distance, $1.word) }),
            best.distance <= max(1, best.word.count / 3)
        else { return nil }
        return best.word
    }

    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var row = [i + 1]
            for (j, b) in right.enumerated() {
                var best = min(last[j + 1] + 1, row[j] + 1, last[j] + (a == b ? 0 : 1))
                if i > 0, j > 0, a == right[j - 1], left[i - 1] == b {
                    best = min(best, beforeLast[j - 1] + 1)
                }
                row.append(best)
            }
            beforeLast = last
            last = row
        }
        return last[right.count]
    }
}
