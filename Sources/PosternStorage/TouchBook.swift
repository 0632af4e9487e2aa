import PosternCredentials
import PosternModel
import Synchronization

/// Remembers which sessions were used; the writer learns of it when it next passes, at most once a minute for each.
final class TouchBook: Sendable {
    struct Touch: Sendable {
        let digest: [UInt8]
        let at: Int64
    }

    private struct Note {
        /// The last use.
        var last: Int64
        /// The last use that is on disk or about to be.
        var written: Int64
    }

    private struct State {
        var noted: [TokenDigest: Note] = [:]
        var waiting: [TokenDigest: Int64] = [:]
    }

    /// Every use is durable to the minute.
    private let grain: Int64 = 60_000
    /// Sessions remembered before the book starts a new page.
    private let pageLimit = 100_000
    private let state = Mutex(State())

    /// Notes a use; true when the writer should be woken.
    func note(_ token: TokenDigest, _ at: Int64) -> Bool {
        state.withLock { state in
            if let note = state.noted[token], at < note.written + grain, at >= note.written - grain
            {
                state.noted[token]?.last = max(note.last, at)
                return false
            }
            if state.noted.count >= pageLimit { state.noted.removeAll(keepingCapacity: true) }
            guard state.waiting.count < pageLimit else { return false }
            state.noted[token] = Note(last: at, written: at)
            state.waiting[token] = at
            return true
        }
    }

    /// The last use noted; nil when none was.
    func lastNoted(_ token: TokenDigest) -> Int64? { state.withLock { $0.noted[token]?.last } }

    var isWaiting: Bool { state.withLock { !$0.waiting.isEmpty } }

    /// Hands out what is to be written.
    func take() -> [Touch] {
        let waiting = state.withLock { state in
            defer { state.waiting.removeAll(keepingCapacity: true) }
            return state.waiting
        }
        return waiting.map { Touch(digest: $0.key.bytes, at: $0.value) }
    }

    /// Takes back what could not be written.
    func putBack(_ touches: [Touch]) {
        state.withLock { state in
            for touch in touches {
                guard let token = TokenDigest(bytes: touch.digest) else { continue }
                state.waiting[token] = max(state.waiting[token] ?? touch.at, touch.at)
            }
        }
    }
}
