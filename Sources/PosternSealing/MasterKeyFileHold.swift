import Glibc
import Synchronization

/// This process's hold on a file of master keys: while it lasts, no other program changes the file.
///
/// Whoever only reads needs none, for the file is always there whole. It is an advisory lock (`flock`) on the folder the file
/// lies in, because the file itself is replaced when it changes, and ends with ``release()`` or with the process, however that ends.
public final class MasterKeyFileHold: Sendable {
    private let lock: Mutex<Int32?>

    /// Takes the hold; nil while somebody else has it.
    ///
    /// - Throws: Why it cannot be had at all.
    public init?(_ file: MasterKeyFile) throws(MasterKeyFaults) {
        let descriptor = open(file.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw file.failure("held") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            close(descriptor)
            if reason == EWOULDBLOCK { return nil }
            throw file.failure("held", reason)
        }
        lock = Mutex(descriptor)
    }

    /// Lets go; nothing happens the second time.
    public func release() {
        lock.withLock { descriptor in
            if let open = descriptor { close(open) }
            descriptor = nil
        }
    }
}
