import Foundation

/// A pipe with a name whose reader stands still until it is told to read.
final class UnreadPipe {
    private let descriptor: Int32
    private var bytes: [UInt8] = []

    /// Makes it, and takes its reading end.
    ///
    /// - Throws: When it cannot be made.
    init(at path: URL) throws {
        // Open for writing too, so that it never ends.
        guard mkfifo(path.path, 0o600) == 0,
            case let descriptor = open(path.path, O_RDWR | O_NONBLOCK | O_CLOEXEC), descriptor >= 0
        else { throw CocoaError(.fileWriteUnknown) }
        self.descriptor = descriptor
    }

    /// Reads what there is; all whole lines that have come so far.
    func lines() -> [String] {
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(descriptor, &piece, piece.count), count > 0 {
            bytes += piece.prefix(count)
        }
        return String(decoding: bytes, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    deinit { close(descriptor) }
}
