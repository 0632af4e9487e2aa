/// Elements that format text and were closed by the end of others: browsers open them again for the text that follows, until
/// their own end tags.
///
/// However many there are, they are opened again all at once, so that no text takes longer for having closed many.
struct StrayFormatting {
    private struct Stray {
        let number: Int32
        let hides: Bool
        var hasEnded = false
    }

    /// In the order in which they were closed; the last has not ended.
    private var strays: [Stray] = []
    /// The places of those that did not end, by name.
    private var places: [String: [Int32]] = [:]
    /// Those from a place on were opened again in an element at a height; up to the next of these.
    private var opened: [(from: Int32, height: Int32)] = []
    /// Those from here on were not.
    private var unopened: Int32 = 0
    /// How many leave their text out.
    private(set) var hiding = 0

    private var count: Int32 { Int32(strays.count) }

    /// How many other elements are open where the last was opened again.
    var height: Int32? { opened.last?.height }

    /// Notes that an element was closed.
    mutating func append(_ name: String, number: Int32, hides: Bool) {
        places[name, default: []].append(count)
        strays.append(Stray(number: number, hides: hides))
        if hides { hiding += 1 }
    }

    /// Opens all again in an element.
    mutating func open(at height: Int32) {
        guard unopened < count else { return }
        opened.append((unopened, height))
        unopened = count
    }

    /// Notes that no more than so many other elements are open.
    mutating func close(to height: Int32) {
        while let last = opened.last, last.height > height {
            unopened = last.from
            opened.removeLast()
        }
    }

    /// The last of a name, and where it was opened again if it was.
    func last(_ name: String) -> (number: Int32, height: Int32?)? {
        guard let place = places[name]?.last else { return nil }
        return (strays[Int(place)].number, place < unopened ? height(at: place) : nil)
    }

    private func height(at place: Int32) -> Int32? {
        var (low, high) = (0, opened.count)
        while low < high {
            let middle = (low + high) / 2
            if opened[middle].from <= place { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : opened[low - 1].height
    }

    /// Ends the last of a name, and with it where the ones after it were opened again if `all`.
    mutating func end(_ name: String, closing all: Bool) {
        guard let place = places[name]?.popLast() else { return }
        if places[name]?.isEmpty ?? false { places[name] = nil }
        if strays[Int(place)].hides { hiding -= 1 }
        strays[Int(place)].hasEnded = true
        while strays.last?.hasEnded ?? false { strays.removeLast() }
        unopened = min(unopened, all ? place : count)
        while let last = opened.last, last.from >= unopened { opened.removeLast() }
    }
}
