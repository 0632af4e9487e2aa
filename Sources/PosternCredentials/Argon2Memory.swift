import CArgon2
import Foundation

/// The working memory of one hashing thread: kept from one hash to the next, grown when a hash takes more.
///
/// libargon2 would otherwise allocate it anew for every hash, and glibc would keep freed blocks for each
/// thread that ever hashed. libargon2 wipes it after each hash.
struct Argon2Memory: ~Copyable {
    /// How many bytes are held.
    private(set) var byteCount = 0
    private var base: UnsafeMutableRawPointer?

    // Huge pages of 2 MiB: the memory is walked at random, and small pages cost translation misses.
    private static let alignment = 2 << 20

    deinit { base?.deallocate() }

    /// Lets libargon2 use the memory while `body` runs, on the thread that calls.
    ///
    /// - Returns: What `body` returns, or libargon2's code for no memory.
    mutating func lend(_ needed: Int, to body: () -> Int32) -> Int32 {
        guard let key = Self.key, grow(to: needed) else {
            return ARGON2_MEMORY_ALLOCATION_ERROR.rawValue
        }
        // libargon2's callbacks carry no context of the caller's, so the memory waits in a slot of the thread.
        var loan = Loan(base: base, byteCount: byteCount)
        return withUnsafeMutablePointer(to: &loan) { loan in
            guard pthread_setspecific(key, loan) == 0 else {
                return ARGON2_MEMORY_ALLOCATION_ERROR.rawValue
            }
            defer { pthread_setspecific(key, nil) }
            return body()
        }
    }

    /// libargon2's allocator: hands out the memory lent to this thread.
    static let allocate: allocate_fptr = { memory, byteCount in
        guard let memory, let key = Argon2Memory.key, let slot = pthread_getspecific(key) else {
            return -1
        }
        let loan = slot.assumingMemoryBound(to: Loan.self).pointee
        guard let base = loan.base, byteCount <= loan.byteCount else { return -1 }
        memory.pointee = base.assumingMemoryBound(to: UInt8.self)
        return 0
    }

    /// libargon2's deallocator: the memory stays with the thread.
    static let free: deallocate_fptr = { _, _ in }

    private struct Loan {
        var base: UnsafeMutableRawPointer?
        var byteCount: Int
    }

    /// The threads' slot; nil when the process has none left.
    private static let key: pthread_key_t? = {
        var key = pthread_key_t()
        return pthread_key_create(&key, nil) == 0 ? key : nil
    }()

    private mutating func grow(to needed: Int) -> Bool {
        if needed <= byteCount { return true }
        base?.deallocate()
        base = nil
        byteCount = 0
        let rounded = (needed + Self.alignment - 1) / Self.alignment * Self.alignment
        var memory: UnsafeMutableRawPointer?
        guard posix_memalign(&memory, Self.alignment, rounded) == 0, let memory else {
            return false
        }
        madvise(memory, rounded, MADV_HUGEPAGE)
        base = memory
        byteCount = rounded
        return true
    }
}
