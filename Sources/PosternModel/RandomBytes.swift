import Glibc
import Synchronization

/// Bytes nobody can guess.
public enum RandomBytes {
    /// As many bytes as asked for, at most 256, from the system's secure random source.
    ///
    /// One `getentropy` for all of them: the standard library's generator would ask for every eight.
    public static func make(_ count: Int) -> [UInt8] {
        precondition((0...256).contains(count))
        var bytes = [UInt8](repeating: 0, count: count)
        fill(&bytes)
        return bytes
    }

    /// Sixteen bytes from the same source, which is asked once for sixteen such draws.
    ///
    /// For names and salts, of which every send takes several. A key is worth a call of its own: bytes that
    /// wait here to be drawn can be read from a copy of the process's memory before they are used.
    public static func draw() -> [UInt8] { pool.withLock { $0.draw() } }

    private static let pool = Mutex(Pool())

    /// What the system gave and nobody has drawn yet.
    ///
    /// INVARIANT: no byte is handed out twice, and none is kept once it is. The process never forks, so there is
    /// no second copy of the pool either.
    private struct Pool {
        static let share = 16
        var bytes = [UInt8](repeating: 0, count: 256)
        var left = 0

        mutating func draw() -> [UInt8] {
            if left < Self.share {
                fill(&bytes)
                left = bytes.count
            }
            let drawn = Array(bytes[left - Self.share..<left])
            for index in left - Self.share..<left { bytes[index] = 0 }
            left -= Self.share
            return drawn
        }
    }

    private static func fill(_ bytes: inout [UInt8]) {
        guard getentropy(&bytes, bytes.count) == 0 else {
            fatalError("the system has no random source")
        }
    }
}
