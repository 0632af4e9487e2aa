import NIOConcurrencyHelpers
import PosternListener

/// Pieces of one size, each of one byte's value, that ends as the test wants; it knows how often it was asked.
final class CountingSource: BodySource {
    enum End: String, CaseIterable, Sendable {
        /// The rest, however small.
        case whole
        case throwing
        /// Nothing, while bytes are missing.
        case empty
        /// A byte more than is missing.
        case over
        /// Waits until its task is cancelled.
        case never
    }

    struct Failure: Error {}

    private struct State {
        var pulls = 0
        var given = 0
        var isCancelled = false
    }

    private let state = NIOLockedValueBox(State())
    private let length: Int
    private let piece: Int
    /// The number of the pull that is answered as ``end`` says.
    private let last: Int
    private let end: End

    init(length: Int, piece: Int, end: End = .whole, at last: Int = .max) {
        self.length = length
        self.piece = piece
        self.end = end
        self.last = last
    }

    var pulls: Int { state.withLockedValue { $0.pulls } }
    var isCancelled: Bool { state.withLockedValue { $0.isCancelled } }

    /// What a client must receive.
    var whole: [UInt8] {
        stride(from: 0, to: length, by: piece).enumerated().reduce(into: []) { bytes, at in
            bytes += Array(repeating: Self.byte(at.offset), count: min(piece, length - at.element))
        }
    }

    func next() async throws -> [UInt8] {
        let (pull, left) = state.withLockedValue { state in
            state.pulls += 1
            return (state.pulls, length - state.given)
        }
        if pull == last {
            switch end {
            case .whole: break
            case .throwing: throw Failure()
            case .empty: return []
            case .over: return Array(repeating: 0, count: left + 1)
            case .never:
                do {
                    try await Task.sleep(for: .seconds(60))
                } catch {
                    state.withLockedValue { $0.isCancelled = true }
                    throw error
                }
            }
        }
        let count = min(piece, left)
        state.withLockedValue { $0.given += count }
        return Array(repeating: Self.byte(pull - 1), count: count)
    }

    private static func byte(_ piece: Int) -> UInt8 { UInt8(truncatingIfNeeded: piece &* 37 &+ 1) }
}
