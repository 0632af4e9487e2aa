import Foundation
public import PosternModel
import Synchronization

/// This process's hold on a data folder: while it lasts, no other process serves from there.
///
/// Which deliveries are in whose hands is known to a process alone (``Leases``); a second one at the same outbox would carry
/// everything once more. Commands take no hold and work beside whoever has it.
///
/// It is an advisory lock (`flock`) on an empty file that stays in the folder, and ends with ``release()`` or with the process,
/// however that ends.
///
/// WHY NOT a lock on the data file: closing any descriptor of that drops SQLite's own locks on it.
public final class DataFolderHold: Sendable {
    /// What serves from a data folder: one of each may, for each has a data file of its own.
    public enum Service: String, Sendable, CaseIterable {
        /// A gateway, which has the ledger.
        case gateway
        /// A core in a process of its own, which has the spool.
        case core
    }

    private let lock: Mutex<Int32?>

    /// Takes the hold, making the folder when it is missing; nil while another process has it.
    ///
    /// - Parameters:
    ///   - folder: The data folder; made with mode 0700.
    ///   - service: What is going to serve from it.
    /// - Throws: ``FaultCode/storageUnwritable`` when the folder cannot be made, or the file in it not be made or locked.
    public init?(_ folder: String, for service: Service) throws(Fault) {
        try DataFile.makeFolder(folder)
        let name = "\(service.rawValue).lock"
        let descriptor = open(
            "\(folder)/\(name)", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw Fault(.storageUnwritable, note: "`\(name)` cannot be opened: errno \(errno)")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            close(descriptor)
            if number == EWOULDBLOCK { return nil }
            throw Fault(.storageUnwritable, note: "`\(name)` cannot be locked: errno \(number)")
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
