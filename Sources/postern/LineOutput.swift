import Dispatch
import Foundation
import Synchronization

/// Lines on their way out of the process: whoever has one to say never waits for whoever reads them.
///
/// A reader that stands still, such as a log collector behind a full pipe, or a disk that takes no more costs lines and nothing
/// else. What is lost is counted, and told of as soon as something can be said again.
final class LineOutput: Sendable {
    /// How much may wait to be read, in bytes: some thousand lines.
    static let room = 1 << 20

    private struct State {
        var waiting = Data()
        var lost = 0
        /// Lines lost that nobody was told of yet.
        var untold = 0
        var isWriting = false

        mutating func lose(_ lines: Int) {
            lost += lines
            untold += lines
        }
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "postern.log")
    private let writing = DispatchGroup()
    private let descriptor: Int32
    private let notice: @Sendable (_ lost: Int) -> Data

    /// Makes it; nothing is written yet.
    ///
    /// - Parameters:
    ///   - descriptor: An open file descriptor, which stays its owner's.
    ///   - notice: The line that says how many are missing where it stands.
    init(_ descriptor: Int32, notice: @escaping @Sendable (_ lost: Int) -> Data) {
        self.descriptor = descriptor
        self.notice = notice
    }

    /// How many lines were lost so far.
    var lost: Int { state.withLock { $0.lost } }

    /// Takes a line, with its line end, and has it written after those before it.
    func say(_ line: Data) {
        let begins = state.withLock { state in
            if state.waiting.count + line.count <= Self.room {
                state.waiting.append(line)
            } else {
                state.lose(1)
            }
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if begins { queue.async(group: writing) { [self] in drain() } }
    }

    /// Waits until all is written, a second at most.
    func finish() { _ = writing.wait(timeout: .now() + 1) }

    private func drain() {
        while let (lines, untold) = next() {
            guard pour(lines), untold == 0 || pour(notice(untold), losing: false) else {
                return state.withLock {
                    $0.untold += untold
                    // The next line tries again.
                    $0.isWriting = false
                }
            }
        }
    }

    /// What is to be written now; nil when nothing is.
    private func next() -> (lines: Data, untold: Int)? {
        state.withLock { state in
            var next = (lines: Data(), untold: 0)
            swap(&next.lines, &state.waiting)
            swap(&next.untold, &state.untold)
            state.isWriting = !next.lines.isEmpty || next.untold > 0
            return state.isWriting ? next : nil
        }
    }

    /// Writes lines, waiting for room; false when the output failed, and the lines not written are lost.
    private func pour(_ lines: Data, losing: Bool = true) -> Bool {
        let done = lines.withUnsafeBytes { bytes in
            var done = 0
            while let start = bytes.baseAddress, done < bytes.count {
                let count = write(descriptor, start + done, bytes.count - done)
                if count >= 0 {
                    done += count
                } else if errno == EAGAIN {
                    // Somebody who has the output too does not want to wait for it.
                    var readiness = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&readiness, 1, -1)
                } else if errno != EINTR {
                    break
                }
            }
            return done
        }
        guard done < lines.count else { return true }
        let end = UInt8(ascii: "\n")
        state.withLock { state in
            if losing { state.lose(lines.dropFirst(done).count { $0 == end }) }
            // What was cut is ended, so that the next line is not taken for its rest.
            if done > 0, lines[done - 1] != end { state.waiting.insert(end, at: 0) }
        }
        return false
    }
}
